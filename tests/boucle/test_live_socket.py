"""`/graphql` over a WebSocket: exactly the protocol, whatever a client sends."""

import asyncio
import json
from collections.abc import AsyncGenerator
from dataclasses import replace
from typing import Any

import pytest
from structlog.testing import capture_logs

from boucle.edge.live import Live
from boucle.edge.operations import Operations
from boucle.edge.subscriptions import OnSchema
from resolvers.context import ANONYMOUS, Caller
from tests.boucle.live import OPEN, SCHEMA, Site, nothing_open, refused, seen, served, talk, until


@pytest.fixture(scope="module")
async def site() -> AsyncGenerator[Site]:
    found = Site()
    live = Live(OnSchema(Operations(SCHEMA)))
    async with served(found, live) as (port, _):
        found.port = port
        yield found


async def test_a_subscription_is_answered_event_by_event_and_completed(site: Site) -> None:
    async with talk(site.mount()) as client:
        await client.begin()
        await client.ask("a", "subscription($n: Int!){count(to: $n){number}}", variables={"n": 2})

        heard = [await client.hear() for _ in range(3)]

    assert heard == [
        {
            "id": "a",
            "type": "next",
            "payload": {
                "data": {"count": {"number": n}},
                "extensions": {"eventId": f"{n}-0"},
            },
        }
        for n in range(2)
    ] + [{"id": "a", "type": "complete"}]


@pytest.mark.parametrize(
    ("query", "data"),
    [
        pytest.param("{hello}", {"hello": "hello world"}, id="query"),
        pytest.param("mutation{touch(seconds: 0.01)}", None, id="mutation"),
    ],
)
async def test_queries_and_mutations_have_one_answer(site: Site, query: str, data: Any) -> None:
    async with talk(site.mount()) as client:
        await client.begin()
        await client.ask("q", query)
        heard = [await client.hear(), await client.hear()]

    assert heard[1] == {"id": "q", "type": "complete"}
    assert heard[0]["type"] == "next"
    assert heard[0]["payload"]["data"] == (data or {"touch": seen["touched"]})


REQUEST_ERRORS = [
    pytest.param({"query": "{"}, "GRAPHQL_PARSE_FAILED", id="syntax"),
    pytest.param({"query": "{nope}"}, "GRAPHQL_VALIDATION_FAILED", id="unknown field"),
    pytest.param(
        {"query": "subscription{a: count{number} b: count{number}}"},
        "GRAPHQL_VALIDATION_FAILED",
        id="two root fields",
    ),
    pytest.param(
        {"query": "subscription($s: Boolean!){count @skip(if: $s){number}}"},
        "GRAPHQL_VALIDATION_FAILED",
        id="a root field that may be skipped",
    ),
    pytest.param(
        {"query": "subscription($n: Int!){count(to: $n){number}}", "variables": {"n": "x"}},
        "BAD_USER_INPUT",
        id="variable of a subscription",
    ),
    pytest.param(
        {"query": "query($n: Int!){double(n: $n)}", "variables": {"n": "x"}},
        "BAD_USER_INPUT",
        id="variable of a query",
    ),
    pytest.param(
        {"query": "{node" + "{inner" * 20 + "{name}" + "}" * 21}, "QUERY_TOO_COMPLEX", id="too deep"
    ),
    pytest.param(
        {"query": "{" + " ".join(f"f{n}: hello" for n in range(40)) + "}"},
        "QUERY_TOO_COMPLEX",
        id="too many aliases",
    ),
    pytest.param(
        {"query": "subscription A{count{number}} query B{hello}"},
        "OPERATION_RESOLUTION_FAILURE",
        id="which one",
    ),
    pytest.param({"query": "subscription{refused}"}, "BAD_USER_INPUT", id="refused by a resolver"),
]


@pytest.mark.parametrize(("payload", "code"), REQUEST_ERRORS)
async def test_an_operation_that_does_not_start_is_one_error_message(
    site: Site, payload: dict[str, Any], code: str
) -> None:
    async with talk(site.mount()) as client:
        await client.begin()
        await client.say(type="subscribe", id="x", payload=payload)
        error = await client.hear()
        await client.ask("x", "{hello}")
        after = await client.hear()

    assert (error["id"], error["type"]) == ("x", "error")
    assert [each["extensions"]["code"] for each in error["payload"]] == [code]
    assert after["payload"] == {"data": {"hello": "hello world"}}


async def test_one_of_several_operations_is_chosen_by_name(site: Site) -> None:
    document = "subscription A{count(to: 1){number}} query B{hello}"
    async with talk(site.mount()) as client:
        await client.begin()
        await client.ask("a", document, operationName="A")
        assert (await client.hear())["payload"]["data"] == {"count": {"number": 0}}
        assert (await client.hear())["type"] == "complete"
        await client.ask("b", document, operationName="B")
        assert (await client.hear())["payload"]["data"] == {"hello": "hello world"}


@pytest.mark.parametrize(
    ("query", "code"),
    [
        pytest.param("subscription{broken}", "INTERNAL_SERVER_ERROR", id="fault"),
        pytest.param("subscription{away}", "UNAVAILABLE", id="database away"),
    ],
)
async def test_a_stream_that_breaks_ends_with_a_coded_error_and_tells_nothing_else(
    site: Site, query: str, code: str
) -> None:
    with capture_logs():
        async with talk(site.mount()) as client:
            await client.begin()
            await client.ask("x", query)
            first, error = await client.hear(), await client.hear()

    assert first["type"] == "next"
    assert error["type"] == "error"
    assert error["payload"][0]["extensions"]["code"] == code
    assert not any(word in json.dumps(error) for word in ("secret", "10.0.0.7", "Error:"))


async def test_a_fault_in_a_field_is_masked_and_the_stream_goes_on(site: Site) -> None:
    with capture_logs() as logs:
        async with talk(site.mount()) as client:
            await client.begin()
            await client.ask("x", "subscription{count(to: 2){fault number}}")
            heard = [await client.hear() for _ in range(3)]

    assert [each["type"] for each in heard] == ["next", "next", "complete"]
    assert heard[1]["payload"]["data"] == {"count": {"fault": None, "number": 1}}
    assert "secret" not in json.dumps(heard)
    (error,) = heard[0]["payload"]["errors"]
    assert error["extensions"]["errorId"] in {log.get("error_id") for log in logs}


async def test_each_event_has_a_context_and_loaders_of_its_own(site: Site) -> None:
    async with talk(site.mount()) as client:
        await client.begin()
        await client.ask("x", "subscription{count(to: 3, wait: 0.01){loaders}}")
        heard = [(await client.hear())["payload"]["data"]["count"] for _ in range(3)]

    assert [each["loaders"] for each in heard] == [1, 1, 1]


async def test_an_operation_over_its_time_ends_with_a_code(site: Site) -> None:
    async with talk(site.mount(seconds=0.1)) as client:
        await client.begin()
        await client.ask("x", "{pause(seconds: 30)}")
        error = await client.hear()

    assert error["type"] == "error"
    assert error["payload"][0]["extensions"]["reason"] == "DEADLINE"


@pytest.mark.parametrize("query", ['subscription{news(topic: "t")}', "{pause(seconds: 30)}"])
async def test_complete_stops_the_work_and_frees_the_id(site: Site, query: str) -> None:
    await nothing_open()
    async with talk(site.mount()) as client:
        await client.begin()
        await client.ask("x", query)
        await until(lambda: seen["open"] + seen["began"] == 1)
        await client.say(type="complete", id="x")
        await client.ask("x", "{hello}")
        heard = await client.hear()
        await until(lambda: seen["open"] == 0 and seen["cancelled"] == seen["began"])

    assert heard["payload"] == {"data": {"hello": "hello world"}}


async def test_all_that_a_client_began_stops_when_it_leaves(site: Site) -> None:
    await nothing_open()
    address = site.mount()
    async with talk(address) as client:
        await client.begin()
        for n in range(5):
            await client.ask(f"s{n}", 'subscription{news(topic: "t")}')
            await client.ask(f"q{n}", "{pause(seconds: 30)}")
        await until(lambda: seen["open"] == 5 and seen["began"] == 5)
        client.socket.transport.abort()
        await until(lambda: seen["open"] == 0 and seen["cancelled"] == 5)
    assert site.live(address)._taken == {}


async def test_an_unknown_id_may_be_completed(site: Site) -> None:
    async with talk(site.mount()) as client:
        await client.begin()
        await client.say(type="complete", id="never")
        await client.ask("x", "{hello}")
        assert (await client.hear())["type"] == "next"


async def test_pings_are_answered_with_their_payload_before_the_acknowledgement_too(
    site: Site,
) -> None:
    async with talk(site.mount()) as client:
        await client.say(type="ping", payload={"n": 1})
        assert await client.hear() == {"type": "pong", "payload": {"n": 1}}
        await client.say(type="ping")
        assert await client.hear() == {"type": "pong"}
        await client.say(type="pong")
        await client.begin()


# Close codes


MALFORMED = [
    pytest.param("nonsense", id="no JSON"),
    pytest.param('{"type": "ping"', id="cut off"),
    pytest.param('{"type": "ping", "payload": {"n": NaN}}', id="NaN"),
    pytest.param('{"type": "ping", "payload": {"n": Infinity}}', id="Infinity"),
    pytest.param('{"payload":' * 400 + "1" + "}" * 400, id="deep"),
    pytest.param('{"type": "ping", "payload": ' + "[" * 20_000 + "]" * 20_000 + "}", id="deeper"),
    pytest.param("[]", id="array"),
    pytest.param("null", id="null"),
    pytest.param('"ping"', id="string"),
    pytest.param("1" * 5000, id="5,000 digits"),
    pytest.param("{}", id="no type"),
    pytest.param('{"type": 1}', id="type of a number"),
    pytest.param('{"type": "start", "id": "1", "payload": {"query": "{hello}"}}', id="legacy"),
    pytest.param('{"type": "connection_terminate"}', id="legacy end"),
    pytest.param('{"type": "next", "id": "1"}', id="ours to say"),
    pytest.param('{"type": "ping", "payload": []}', id="payload of an array"),
    pytest.param('{"type": "connection_init", "payload": "x"}', id="payload of a string"),
    pytest.param('{"type": "connection_init", "payload": {"authorization": 1}}', id="bad key"),
    pytest.param('{"type": "subscribe", "payload": {"query": "{hello}"}}', id="no id"),
    pytest.param('{"type": "subscribe", "id": "", "payload": {"query": "{a}"}}', id="empty id"),
    pytest.param(
        '{"type": "subscribe", "id": 1, "payload": {"query": "{a}"}}', id="id of a number"
    ),
    pytest.param('{"type": "subscribe", "id": "1"}', id="no payload"),
    pytest.param('{"type": "subscribe", "id": "1", "payload": {}}', id="no query"),
    pytest.param(
        '{"type": "subscribe", "id": "1", "payload": {"query": 1}}', id="query of a number"
    ),
    pytest.param(
        '{"type": "subscribe", "id": "1", "payload": {"query": "{a}", "variables": []}}',
        id="variables of an array",
    ),
    pytest.param(
        '{"type": "subscribe", "id": "1", "payload": {"query": "{a}", "operationName": 1}}',
        id="name of a number",
    ),
    pytest.param('{"type": "ping", "payload": {"a": ["\\u0000"]}}', id="U+0000"),
    pytest.param(
        '{"type": "subscribe", "id": "1", "payload": {"query": "\\ud800"}}', id="surrogate"
    ),
    pytest.param('{"type": "complete"}', id="complete without id"),
    pytest.param(b'{"type": "ping"}', id="binary"),
    pytest.param(b"\xff\x00", id="binary noise"),
]


@pytest.mark.parametrize("sent", MALFORMED)
async def test_a_malformed_message_closes_with_4400_and_a_reason_that_fits(
    site: Site, sent: str | bytes
) -> None:
    async with talk(site.mount()) as client:
        await client.socket.send(sent)
        code, reason = await client.closed()

    assert code == 4400
    assert 0 < len(reason.encode()) <= 123


async def test_a_socket_that_does_not_begin_is_closed_with_4408(site: Site) -> None:
    async with talk(site.mount(replace(OPEN, init_seconds=0.1))) as client:
        assert await client.closed() == (4408, "Connection initialisation timeout")


async def test_a_socket_that_began_lives_on(site: Site) -> None:
    async with talk(site.mount(replace(OPEN, init_seconds=0.1))) as client:
        await client.begin()
        await asyncio.sleep(0.2)
        await client.ask("x", "{hello}")
        assert (await client.hear())["type"] == "next"


async def test_a_second_beginning_closes_with_4429(site: Site) -> None:
    async with talk(site.mount()) as client:
        await client.begin()
        await client.say(type="connection_init")
        assert await client.closed() == (4429, "Too many initialisation requests")


async def test_an_operation_before_the_acknowledgement_closes_with_4401(site: Site) -> None:
    async def late(_authorization: str | None, _address: str | None) -> Caller:
        await asyncio.sleep(0.2)
        return ANONYMOUS

    for address, begun in ((site.mount(), False), (site.mount(identify=late), True)):
        before = seen["touched"]
        async with talk(address) as client:
            if begun:
                await client.say(type="connection_init")
            await client.ask("x", "mutation{touch}")
            assert await client.closed() == (4401, "Unauthorized")
        assert seen["touched"] == before


async def test_an_id_in_use_closes_with_4409(site: Site) -> None:
    name = "é" * 100
    async with talk(site.mount()) as client:
        await client.begin()
        await client.ask(name, 'subscription{news(topic: "t")}')
        await client.ask(name, 'subscription{news(topic: "t")}')
        code, reason = await client.closed()

    assert code == 4409
    assert reason.startswith("Subscriber for éé")
    assert len(reason.encode()) <= 123


async def test_too_many_messages_close_with_4429(site: Site) -> None:
    limits = replace(OPEN, messages=10, messages_seconds=5)
    async with talk(site.mount(limits)) as client:
        for _ in range(10):
            await client.say(type="pong")
        await client.say(type="ping")
        assert (await client.closed())[0] == 4429
    async with talk(site.mount(replace(limits, messages_seconds=0.01))) as client:
        for _ in range(12):
            await client.say(type="pong")
            await asyncio.sleep(0.005)
        await client.begin()


async def test_a_message_over_64_kb_closes_with_1009(site: Site) -> None:
    async with talk(site.mount()) as client:
        await client.socket.send(json.dumps({"type": "ping", "payload": {"a": "x" * 70_000}}))
        assert (await client.closed())[0] == 1009


# The handshake


@pytest.mark.parametrize(
    "subprotocols", [["graphql-ws"], ["soap"], None], ids=["legacy", "other", "none"]
)
async def test_other_subprotocols_are_refused_at_the_handshake(
    site: Site, subprotocols: Any, caplog: pytest.LogCaptureFixture
) -> None:
    status, body = await refused(site.mount(), subprotocols=subprotocols)
    assert not [each for each in caplog.records if each.levelname == "ERROR"]

    assert (status, body["errors"][0]["extensions"]["reason"]) == (400, "SUBPROTOCOL_UNKNOWN")


async def test_only_listed_origins_our_own_and_no_browser_may_open_sockets(site: Site) -> None:
    address = site.mount(origins=("https://shop.example",))
    host = address.split("/")[0]

    for origin in (None, "https://shop.example", f"http://{host}"):
        async with talk(address, origin=origin) as client:
            await client.begin()
    for origin in ("https://evil.example", "null", "https://shop.example.evil.example"):
        assert (await refused(address, origin=origin))[0] == 403


async def test_a_host_that_is_not_ours_is_refused(site: Site) -> None:
    address = site.mount(hosts=("shop.example",))

    status, body = await refused(address, origin=f"http://{address.split('/')[0]}")

    assert (status, body["errors"][0]["extensions"]["reason"]) == (400, "HOST_NOT_ALLOWED")
