"""The API on a real socket: who is slow is cut off, who is not stays."""

import asyncio
import contextlib
import json
import time
from collections.abc import AsyncGenerator

import pytest

from boucle import serve
from boucle.asgi import create_app
from tests.boucle.edge import SCHEMA, settings
from tests.boucle.listening import listening

GOOD = (
    b"POST /graphql HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
    b'Content-Length: 19\r\n\r\n{"query":"{hello}"}'
)


class Quick(serve.Deadline):
    head_seconds = 0.4
    write_seconds = 0.6


@pytest.fixture
async def port(migrated: None, database_url: str) -> AsyncGenerator[int]:
    given = settings(database_url)
    async with listening(given, create_app(given, SCHEMA), Quick) as port:
        yield port


async def _closed_after(reader: asyncio.StreamReader) -> tuple[bytes, float]:
    """What came before the server closed the connection, and how long that took."""
    began = time.monotonic()
    async with asyncio.timeout(5):
        try:
            data = await reader.read()
        except ConnectionResetError:
            data = b""
    return data, time.monotonic() - began


async def _answer(reader: asyncio.StreamReader) -> bytes:
    async with asyncio.timeout(5):
        head = await reader.readuntil(b"\r\n\r\n")
        length = next(
            int(line.split(b":")[1])
            for line in head.split(b"\r\n")
            if line.lower().startswith(b"content-length:")
        )
        return head + await reader.readexactly(length)


@pytest.mark.parametrize(
    "sent",
    [
        pytest.param(b"", id="silent"),
        pytest.param(b"POST /gra", id="half a line"),
        pytest.param(b"POST /graphql HTTP/1.1\r\nHost: localhost\r\nX-A: b\r\n", id="half a head"),
    ],
)
async def test_a_head_that_does_not_end_is_cut_off(port: int, sent: bytes) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(sent)

    data, seconds = await _closed_after(reader)

    assert data == b""
    assert 0.2 < seconds < 2
    writer.close()


async def test_a_dripping_head_is_cut_off(port: int) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)

    async def drip() -> None:
        with contextlib.suppress(ConnectionError):
            for byte in GOOD:
                writer.write(bytes([byte]))
                await writer.drain()
                await asyncio.sleep(0.1)

    dripping = asyncio.create_task(drip())
    data, seconds = await _closed_after(reader)
    dripping.cancel()

    assert data == b""
    assert seconds < 2
    writer.close()


async def test_a_kept_connection_lives(port: int) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)

    for _ in range(3):
        writer.write(GOOD)
        answer = await _answer(reader)
        assert answer.startswith(b"HTTP/1.1 200 ")
        body = answer.partition(b"\r\n\r\n")[2]
        assert json.loads(body)["data"] == {"hello": "hello world"}
        assert b"\r\nserver:" not in answer.lower()
        await asyncio.sleep(0.6)

    writer.write(GOOD[:30])
    _, seconds = await _closed_after(reader)
    assert seconds < 2
    writer.close()


async def test_a_body_may_be_slower_than_a_head(port: int) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(GOOD[:-5])
    await asyncio.sleep(0.8)
    writer.write(GOOD[-5:])

    assert (await _answer(reader)).startswith(b"HTTP/1.1 200 ")
    writer.close()


@pytest.mark.parametrize(
    ("sent", "status"),
    [
        pytest.param(b"\x16\x03\x01\x02\x00\x01\x00", 400, id="TLS"),
        pytest.param(b"HELLO\r\n\r\n", 400, id="no HTTP"),
        pytest.param(b"GET / HTTP/9.9\r\n\r\n", 400, id="version"),
        pytest.param(b"GET /\xff HTTP/1.1\r\nHost: localhost\r\n\r\n", 400, id="path"),
        pytest.param(
            b"GET / HTTP/1.1\r\nHost: localhost\r\nContent-Length: -1\r\n\r\n", 400, id="length"
        ),
        pytest.param(
            b"GET / HTTP/1.1\r\nHost: localhost\r\nX: " + b"a" * 70_000 + b"\r\n\r\n",
            431,
            id="70 kB of head",
        ),
        pytest.param(b"GET / HTTP/1.1\r\n\r\n", 400, id="no host"),
        pytest.param(
            b"POST /graphql HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
            b"Content-Length: 99999999999999\r\n\r\n",
            413,
            id="a great length",
        ),
        pytest.param(
            b"GET /health/live%00%ff HTTP/1.1\r\nHost: localhost\r\n\r\n", 404, id="odd path"
        ),
    ],
)
async def test_bytes_that_are_no_request_are_refused_in_json(
    port: int, sent: bytes, status: int
) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(sent)

    answer = await _answer(reader)

    assert answer.startswith(b"HTTP/1.1 %d " % status), answer
    assert b'"code":"BAD_REQUEST"' in answer
    writer.close()
