"""The API on a real socket, for clients that are slow, gone, odd or hostile."""

import asyncio
import json
import random
import socket
import time
from collections.abc import AsyncGenerator, Awaitable, Callable

import asyncpg
import pytest
import strawberry

from boucle import serve
from boucle.asgi import create_app
from boucle.edge import body
from models.base import fetchval
from tests.boucle import edge
from tests.boucle.listening import listening


class Quick(serve.Deadline):
    head_seconds = 0.5
    write_seconds = 0.5


@strawberry.type
class Query(edge.Query):
    @strawberry.field
    def blob(self, kilobytes: int) -> str:
        return "x" * 1024 * kilobytes

    @strawberry.field
    async def asleep(self, seconds: float) -> bool:
        return await fetchval("SELECT pg_sleep($1) IS NULL", seconds) is not None


SCHEMA = edge.public(strawberry.Schema(Query, edge.Mutation))


@pytest.fixture(scope="module")
async def port(migrated: None, database_url: str) -> AsyncGenerator[int]:
    given = edge.settings(database_url)
    async with listening(given, create_app(given, SCHEMA), Quick) as port:
        yield port


def post(query: str, *more: str, keep: bool = True) -> bytes:
    """A request of that query, with more lines in its head."""
    sent = json.dumps({"query": query}).encode()
    lines = [
        "POST /graphql HTTP/1.1",
        "Host: localhost",
        "Content-Type: application/json",
        f"Content-Length: {len(sent)}",
        *([] if keep else ["Connection: close"]),
        *more,
    ]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + sent


async def answer_of(reader: asyncio.StreamReader) -> tuple[int, bytes]:
    """The status and the body of the next answer."""
    async with asyncio.timeout(10):
        head = (await reader.readuntil(b"\r\n\r\n")).lower()
        length = head.partition(b"content-length:")[2].partition(b"\r\n")[0]
        return int(head[9:12]), await reader.readexactly(int(length or 0))


async def exchanged(port: int, sent: bytes) -> bytes:
    """Everything that comes back before the server closes."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(sent)
    try:
        async with asyncio.timeout(10):
            return await reader.read()
    finally:
        writer.close()


def answers_in(told: bytes) -> list[tuple[int, object]]:
    """The status and the data of each answer; nothing else may be there."""
    found = []
    while told:
        head, _, rest = told.partition(b"\r\n\r\n")
        length = int(head.lower().partition(b"content-length:")[2].partition(b"\r\n")[0])
        assert head.startswith(b"HTTP/1.1 ")
        found.append((int(head[9:12]), json.loads(rest[:length])["data"]))
        told = rest[length:]
    return found


HELLO = (200, {"hello": "hello world"})


async def test_pipelined_requests_are_answered_in_their_order(port: int) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(b"".join(post(f'{{hello(name:"{n}")}}') for n in range(50)))

    for n in range(50):
        status, told = await answer_of(reader)
        assert (status, json.loads(told)["data"]) == (200, {"hello": f"hello {n}"})
    writer.close()


async def test_wrong_bytes_behind_requests_do_not_spoil_their_answers(port: int) -> None:
    told = await exchanged(port, post("{asleep(seconds:0.1)}") + post("{hello}") + b"\x00" * 9)

    assert answers_in(told) == [(200, {"asleep": True}), HELLO]


async def test_a_request_behind_a_slow_one_is_kept(port: int) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(post("{asleep(seconds:0.3)}") + post("{hello}"))

    for wanted in ((200, {"asleep": True}), HELLO):
        status, told = await answer_of(reader)
        assert (status, json.loads(told)["data"]) == wanted
    writer.close()


async def test_who_waits_for_a_go_gets_it_once_the_head_is_fine(port: int) -> None:
    head, _, sent = post("{hello}", "Expect: 100-continue").partition(b"\r\n\r\n")
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(head + b"\r\n\r\n")

    assert await reader.readuntil(b"\r\n\r\n") == b"HTTP/1.1 100 Continue\r\n\r\n"
    writer.write(sent)
    assert (await answer_of(reader))[0] == 200

    writer.write(head.replace(b"application/json", b"text/plain") + b"\r\n\r\n")
    assert (await answer_of(reader))[0] == 415
    writer.close()


@pytest.mark.parametrize(
    ("sent", "status"),
    [
        pytest.param(b"GET http://localhost/graphql?query={hello} HTTP/1.1", 200, id="absolute"),
        pytest.param(b"GET http://evil.example/graphql?query={hello} HTTP/1.1", 200, id="foreign"),
        pytest.param(b"GET /graphql?query={hello} HTTP/1.0", 200, id="1.0"),
        pytest.param(b"GET //graphql?query={hello} HTTP/1.1", 404, id="two slashes"),
        pytest.param(b"GET /graphql/?query={hello} HTTP/1.1", 404, id="slash after"),
        pytest.param(b"GET /x/../graphql?query={hello} HTTP/1.1", 404, id="dots"),
        pytest.param(b"GET /./graphql?query={hello} HTTP/1.1", 404, id="dot"),
        pytest.param(b"GET /graphql;a=b?query={hello} HTTP/1.1", 404, id="parameter"),
        pytest.param(b"GET /GraphQL?query={hello} HTTP/1.1", 404, id="case"),
        pytest.param(b"GET /%67raphql?query={hello} HTTP/1.1", 200, id="escaped letter"),
        pytest.param(b"GET /graphql%00?query={hello} HTTP/1.1", 404, id="NUL"),
        pytest.param(b"HEAD /graphql?query={hello} HTTP/1.1", 405, id="HEAD"),
        pytest.param(b"TRACE /graphql HTTP/1.1", 405, id="TRACE"),
        pytest.param(b"OPTIONS /graphql HTTP/1.1", 405, id="OPTIONS"),
        pytest.param(b"PROPFIND /graphql HTTP/1.1", 405, id="PROPFIND"),
        pytest.param(b"OPTIONS * HTTP/1.1", 404, id="asterisk"),
        pytest.param(b"CONNECT localhost:443 HTTP/1.1", 400, id="CONNECT"),
        pytest.param(b"BREW /graphql HTTP/1.1", 400, id="unknown method"),
        pytest.param(b"get /graphql?query={hello} HTTP/1.1", 400, id="small letters"),
        pytest.param(b"GET /graphql?query={hello} HTTP/2.0", 200, id="2.0"),
        pytest.param(b"PRI * HTTP/2.0", 400, id="HTTP/2 preface"),
        pytest.param(b"GET /graphql?query={hello}", 200, id="0.9"),
        pytest.param(b"GET graphql HTTP/1.1", 400, id="no path"),
    ],
)
async def test_each_request_line_has_one_meaning(port: int, sent: bytes, status: int) -> None:
    told = await exchanged(port, sent + b"\r\nHost: localhost\r\nConnection: close\r\n\r\n")

    assert told.startswith(b"HTTP/1.1 %d " % status), told
    assert b"\r\ncontent-type: application/" in told.lower()
    if not sent.startswith(b"HEAD"):
        assert b'"code":' in told or status == 200


@pytest.mark.parametrize(
    ("lines", "status"),
    [
        pytest.param(
            b"Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 400, id="both"
        ),
        pytest.param(
            b"Content-Length: 5\r\nContent-Length: 6\r\n\r\nabcdef", 400, id="two lengths"
        ),
        pytest.param(b"Content-Length: +5\r\n\r\nabcde", 400, id="signed length"),
        pytest.param(b"Transfer-Encoding: gzip\r\n\r\nabc", 400, id="unknown coding"),
        pytest.param(b"Transfer-Encoding: chunked\r\n\r\nzz\r\n\r\n", 400, id="bad chunk"),
        pytest.param(
            b"Transfer-Encoding: chunked\r\n\r\n" + b"f" * 20 + b"\r\n", 400, id="great chunk"
        ),
        pytest.param(b"Content-Length : 5\r\n\r\nabcde", 400, id="blank before the colon"),
        pytest.param(b"X: a\r\n b\r\nContent-Length: 2\r\n\r\n{}", 400, id="folded"),
        pytest.param(b"X: \x00\r\nContent-Length: 2\r\n\r\n{}", 400, id="NUL in a header"),
        pytest.param(b"Host: evil\r\nContent-Length: 2\r\n\r\n{}", 400, id="two hosts"),
        pytest.param(b"Content-Encoding: gzip\r\nContent-Length: 2\r\n\r\n{}", 415, id="gzip"),
        pytest.param(b"Content-Length: 300000\r\n\r\n", 413, id="length told"),
        pytest.param(b"X: " + b"a" * 66_000 + b"\r\n\r\n", 431, id="66 kB of head"),
        pytest.param(b"X: a\r\n" * 17_000 + b"\r\n", 431, id="17,000 headers"),
    ],
)
async def test_no_head_smuggles_anything(port: int, lines: bytes, status: int) -> None:
    head = b"POST /graphql HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
    told = await exchanged(port, head + b"Connection: close\r\n" + lines)

    assert told.startswith(b"HTTP/1.1 %d " % status), told
    assert told.count(b"HTTP/1.1 ") == 1
    assert b'"code":"BAD_REQUEST"' in told


def _mutant(seed: int) -> bytes:
    """A good request with bytes changed, doubled or lost."""
    draw, sent = random.Random(seed), bytearray(post("{hello}", "Accept: */*", keep=False))
    for _ in range(draw.randint(1, 4)):
        at, size = draw.randrange(len(sent)), draw.choice([1, 1, 1, 8, 40])
        other = draw.choice([b"", draw.randbytes(size), bytes(sent[at : at + size]) * 2])
        sent[at : at + size] = other
    return bytes(sent)


async def test_a_damaged_request_is_answered_unless_its_head_has_no_end(
    port: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(body, "BODY_SECONDS", 0.4)

    async def sent(mutant: bytes) -> None:
        began = time.monotonic()
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(mutant)
        try:
            status, content = await answer_of(reader)
        except asyncio.IncompleteReadError as cut:
            status, content = 0, cut.partial
        writer.transport.abort()
        if status:
            assert 200 <= status < 500, (mutant, content)
            assert json.loads(content), (mutant, content)
        else:
            assert (content, time.monotonic() - began > 0.4) == (b"", True), mutant

    await asyncio.gather(*(sent(_mutant(seed)) for seed in range(150)))


async def test_a_query_string_of_20_kb_is_414(port: int) -> None:
    line = b"GET /graphql?query=" + b"a" * 20_000 + b" HTTP/1.1\r\nHost: localhost\r\n"
    assert (await exchanged(port, line + b"Connection: close\r\n\r\n")).startswith(b"HTTP/1.1 414 ")


async def test_a_body_that_never_ends_is_answered_and_closed(
    port: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(body, "BODY_SECONDS", 0.3)
    told = await exchanged(port, post("{hello}")[:-4])

    assert told.startswith(b"HTTP/1.1 408 ")
    assert b'"reason":"BODY_TOO_SLOW"' in told


async def test_a_body_that_is_too_large_is_answered_before_its_end(port: int) -> None:
    """A client that sends on reads the answer all the same: the socket is not reset under it."""
    lines = post("").partition(b"Content-Length")[0]
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(lines + b"Content-Length: 4000000\r\n\r\n")
    for _ in range(40):
        writer.write(b" " * 100_000)
        await writer.drain()

    assert (await answer_of(reader))[0] == 413
    assert await reader.read() == b""
    writer.close()


async def test_who_does_not_read_is_cut_off(port: int) -> None:
    with socket.create_connection(("127.0.0.1", port)) as connection:
        connection.sendall(post("{blob(kilobytes:8192)}"))
        await asyncio.sleep(1.0)
        connection.setblocking(False)
        received = 0
        loop = asyncio.get_running_loop()
        try:
            async with asyncio.timeout(5):
                while piece := await loop.sock_recv(connection, 1 << 20):
                    received += len(piece)
        except ConnectionResetError:
            pass

    assert received < 8192 * 1024


async def _sleeping(onlooker: asyncpg.Connection) -> int:
    """Statements that sleep in the database now."""
    found: int = await onlooker.fetchval(
        "SELECT count(*) FROM pg_stat_activity"
        " WHERE state = 'active' AND query LIKE 'SELECT pg_sleep%'"
    )
    return found


async def _until(onlooker: asyncpg.Connection, wanted: int, seconds: float = 3.0) -> None:
    deadline = time.monotonic() + seconds
    while await _sleeping(onlooker) != wanted:
        assert time.monotonic() < deadline
        await asyncio.sleep(0.02)


async def test_a_statement_ends_with_the_client_who_waits_for_it(
    port: int, onlooker: asyncpg.Connection
) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(post("{asleep(seconds:20)}"))
    await _until(onlooker, 1)
    writer.close()

    await _until(onlooker, 0)
    assert reader.at_eof() or not await reader.read()
    assert answers_in(await exchanged(port, post("{hello}", keep=False))) == [HELLO]


Attack = Callable[[int], Awaitable[object]]


def _many(sent: bytes, times: int) -> Attack:
    async def attack(port: int) -> None:
        """Send, and read whatever comes."""
        connections = [await asyncio.open_connection("127.0.0.1", port) for _ in range(times)]
        for _, writer in connections:
            writer.write(sent)
        await asyncio.sleep(0.35)
        for _, writer in connections:
            writer.transport.abort()

    return attack


DOUBLING = "{node{...F0}} fragment F40 on Node{name} " + " ".join(
    f"fragment F{n} on Node{{...F{n + 1} ...F{n + 1}}}" for n in range(40)
)
ATTACKS = {
    "silent": _many(b"", 100),
    "half heads": _many(b"POST /graphql HTTP/1.1\r\nHost: local", 100),
    "half bodies": _many(post("{hello}")[:-4], 100),
    "great heads": _many(b"GET / HTTP/1.1\r\nX: " + b"a" * 100_000, 10),
    "great bodies": _many(post("#" * 250_000 + "\n{hello}"), 5),
    "no readers": _many(post("{blob(kilobytes:2048)}"), 5),
    "pipelines": _many(post("{hello}") * 100, 1),
    "deep JSON": _many(post("{hello}").replace(b'{"query"', b"[" * 900), 20),
    "doubling fragments": _many(post(DOUBLING), 5),
    "deep selections": _many(post("{node" + "{inner" * 480 + "}" * 481), 5),
    "400 fields": _many(post("{" + "hello " * 400 + "}"), 1),
    "unknown fields": _many(post("{" + " ".join(f"x{n}" for n in range(400)) + "}"), 1),
    "slow statements": _many(post("{asleep(seconds:5)}"), 5),
    "garbage": _many(bytes(range(256)) * 200, 20),
}


@pytest.mark.parametrize("attack", ATTACKS.values(), ids=ATTACKS.keys())
async def test_a_bystander_is_served_meanwhile(port: int, attack: Attack) -> None:
    longest = 0.0
    for _ in range(3):  # the best of three: the machine has other work
        attacking = asyncio.create_task(attack(port))
        longest = 0.0
        while not attacking.done():
            began = time.monotonic()
            told = await exchanged(port, post("{hello}", keep=False))
            assert answers_in(told) == [HELLO]
            longest = max(longest, time.monotonic() - began)
            await asyncio.sleep(0.02)
        await attacking
        if longest < 0.5:
            break

    assert longest < 0.5
