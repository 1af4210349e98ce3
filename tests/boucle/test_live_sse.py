"""`/graphql` as server-sent events: exactly the protocol, resumed where a client left."""

import asyncio
import json
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from typing import Any
from uuid import uuid4

import httpx
import pytest

from boucle.edge.live import Limits, Live
from boucle.edge.operations import Operations
from boucle.edge.sse import wants_stream
from boucle.edge.subscriptions import OnSchema
from domain.accounts.roles import CallerKind
from resolvers.context import ANONYMOUS, Caller, SignInFirst
from tests.boucle.live import (
    OPEN,
    SCHEMA,
    Site,
    app_of,
    nothing_open,
    seen,
    served,
    talk,
    until,
)

EVENTS = {"accept": "text/event-stream"}
GOOD = Caller(CallerKind.MERCHANT, merchant_id=uuid4(), key_prefix="good")
NEWS = 'subscription{news(topic: "%s")}'


@pytest.fixture(scope="module")
async def site() -> AsyncGenerator[Site]:
    found = Site()
    async with served(found, Live(OnSchema(Operations(SCHEMA)))) as (port, _):
        found.port = port
        yield found


@pytest.fixture(scope="module")
async def client() -> AsyncGenerator[httpx.AsyncClient]:
    async with httpx.AsyncClient(timeout=5, trust_env=False) as made:
        yield made


@dataclass(slots=True)
class Heard:
    """An event stream as a browser reads it."""

    response: httpx.Response
    lines: Any
    comments: int = 0
    ids: list[str] = field(default_factory=list)

    async def next(self) -> tuple[str, Any] | None:
        """The next event and its data; None at the end of the stream."""
        event = {"data": ""}
        async for line in self.lines:
            if line.startswith(":"):
                self.comments += 1
            elif line:
                name, _, value = line.partition(":")
                event[name] = value.removeprefix(" ")
            elif "event" in event:
                self.ids += [event["id"]] if "id" in event else []
                return event["event"], json.loads(event["data"]) if event["data"] else None
        return None


@asynccontextmanager
async def hearing(
    client: httpx.AsyncClient, address: str, query: str, **more: Any
) -> AsyncGenerator[Heard]:
    headers = EVENTS | more.pop("headers", {})
    body = {"query": query, **more}
    async with client.stream("POST", f"http://{address}", json=body, headers=headers) as response:
        assert response.headers["content-type"].startswith("text/event-stream")
        yield Heard(response, response.aiter_lines())


async def test_a_subscription_is_a_stream_of_next_and_one_complete(
    site: Site, client: httpx.AsyncClient
) -> None:
    response = await client.post(
        f"http://{site.mount()}",
        json={"query": "subscription{count(to: 2){number}}"},
        headers=EVENTS,
    )

    assert response.status_code == 200
    assert response.text.replace(":\n\n", "") == (
        'event: next\nid: 0-0\ndata: {"data":{"count":{"number":0}}}\n\n'
        'event: next\nid: 1-0\ndata: {"data":{"count":{"number":1}}}\n\n'
        "event: complete\ndata: \n\n"
    )


@pytest.mark.parametrize("query", ["{hello}", "mutation{touch}"])
async def test_queries_and_mutations_are_streams_of_one(
    site: Site, client: httpx.AsyncClient, query: str
) -> None:
    async with hearing(client, site.mount(), query) as heard:
        kind, data = await heard.next() or ("", None)
        assert (kind, list(data)) == ("next", ["data"])
        assert await heard.next() == ("complete", None)
        assert await heard.next() is None


@pytest.mark.parametrize(
    ("query", "code"),
    [
        pytest.param("{", "GRAPHQL_PARSE_FAILED", id="syntax"),
        pytest.param("subscription{nope}", "GRAPHQL_VALIDATION_FAILED", id="unknown field"),
        pytest.param("subscription{refused}", "BAD_USER_INPUT", id="refused"),
        pytest.param("subscription{broken}", "INTERNAL_SERVER_ERROR", id="fault"),
    ],
)
async def test_errors_are_told_inside_the_stream_which_is_then_complete(
    site: Site, client: httpx.AsyncClient, query: str, code: str
) -> None:
    async with hearing(client, site.mount(), query) as heard:
        kind, data = await heard.next() or ("", {})
        if code == "INTERNAL_SERVER_ERROR":
            kind, data = await heard.next() or ("", {})
        assert (kind, data["errors"][0]["extensions"]["code"]) == ("next", code)
        assert "secret" not in json.dumps(data)
        assert await heard.next() == ("complete", None)


async def test_a_stream_that_may_be_tried_again_ends_without_complete(
    site: Site, client: httpx.AsyncClient
) -> None:
    async with hearing(client, site.mount(), "subscription{away}") as heard:
        assert await heard.next() == ("next", {"data": {"away": 1}})
        kind, data = await heard.next() or ("", {})
        assert (kind, data["errors"][0]["extensions"]["code"]) == ("next", "UNAVAILABLE")
        assert await heard.next() is None


async def test_a_get_may_subscribe_and_may_not_change(
    site: Site, client: httpx.AsyncClient
) -> None:
    address = f"http://{site.mount()}"
    asked = {"query": "subscription{count(to: 1){number}}"}
    response = await client.get(address, params=asked, headers=EVENTS)
    assert response.text.count("event: next") == 1

    before = seen["touched"]
    response = await client.get(address, params={"query": "mutation{touch}"}, headers=EVENTS)
    assert (response.status_code, response.headers["allow"]) == (405, "POST")
    assert seen["touched"] == before


@pytest.mark.parametrize(
    ("accept", "query", "streams"),
    [
        pytest.param("text/event-stream", "{hello}", True, id="events only"),
        pytest.param("application/json, text/event-stream", "{hello}", False, id="either, query"),
        pytest.param("application/json, text/event-stream", "{", False, id="either, syntax"),
        pytest.param("*/*, text/event-stream", "subscription{count{number}}", True, id="either"),
        pytest.param("application/json", "subscription{count{number}}", False, id="json only"),
        pytest.param("*/*", "subscription{count{number}}", False, id="anything"),
        pytest.param("text/event-stream;q=0", "{hello}", False, id="not liked"),
    ],
)
async def test_streams_are_for_those_who_name_them_and_json_where_it_does(
    site: Site, client: httpx.AsyncClient, accept: str, query: str, streams: bool
) -> None:
    response = await client.post(
        f"http://{site.mount()}", json={"query": query}, headers={"accept": accept}
    )

    assert response.headers["content-type"].startswith("text/event-stream") is streams


def test_no_accept_wants_no_stream() -> None:
    assert not wants_stream(None)


# Resuming


@pytest.mark.parametrize("how", ["header", "extension"])
async def test_a_stream_goes_on_after_the_last_event_that_a_client_names(
    site: Site, client: httpx.AsyncClient, how: str
) -> None:
    topic, address = f"resume-{how}", site.mount()
    async with hearing(client, address, NEWS % topic) as heard:
        await until(lambda: seen["open"] > 0)
        await asyncio.sleep(0.02)
        await site.bus.publish(topic, {"n": 1})
        assert await heard.next() == ("next", {"data": {"news": 1}})
    (last,) = heard.ids
    for n in (2, 3):
        await site.bus.publish(topic, {"n": n})

    more: dict[str, Any] = {"headers": {"last-event-id": last}}
    if how == "extension":
        more = {"extensions": {"lastEventId": last}}
    async with hearing(client, address, NEWS % topic, **more) as heard:
        found = [await heard.next() for _ in range(2)]
    assert found == [("next", {"data": {"news": n}}) for n in (2, 3)]


async def test_a_socket_resumes_by_the_extension_too(site: Site) -> None:
    first = await site.bus.publish("both", {"n": 1})
    await site.bus.publish("both", {"n": 2})
    async with talk(site.mount()) as client:
        await client.begin()
        await client.ask("x", NEWS % "both", extensions={"lastEventId": first})
        payload = (await client.hear())["payload"]

    assert payload["data"] == {"news": 2}
    assert payload["extensions"]["eventId"] > first


# Who, how many, how long


async def test_a_silent_stream_has_heartbeats(site: Site, client: httpx.AsyncClient) -> None:
    address = site.mount(replace(OPEN, heartbeat_seconds=0.05))
    async with hearing(client, address, NEWS % "silence") as heard:
        async with asyncio.timeout(5):
            async for line in heard.lines:
                heard.comments += line == ":"
                if heard.comments == 4:
                    break


async def test_the_work_stops_and_the_place_is_free_when_the_client_leaves(
    site: Site, client: httpx.AsyncClient
) -> None:
    await nothing_open()
    address = site.mount()
    async with hearing(client, address, NEWS % "left"):
        await until(lambda: seen["open"] == 1)
    await until(lambda: seen["open"] == 0 and site.live(address)._taken == {})


async def test_streams_and_sockets_are_counted_together(
    site: Site, client: httpx.AsyncClient
) -> None:
    address = site.mount(Limits(per_address=2))
    async with talk(address), hearing(client, address, NEWS % "t"):
        response = await client.post(f"http://{address}", json={"query": "{hello}"}, headers=EVENTS)
        assert (response.status_code, response.headers["retry-after"]) == (429, "5")
        assert response.json()["errors"][0]["extensions"]["code"] == "RATE_LIMITED"
    await until(lambda: site.live(address)._taken == {})


async def test_streams_of_a_key_are_bounded(site: Site, client: httpx.AsyncClient) -> None:
    merchant = uuid4()

    async def known(_authorization: str | None, _address: str | None) -> Caller:
        return Caller(CallerKind.MERCHANT, merchant_id=merchant, key_prefix="known")

    address = site.mount(Limits(per_address=1, per_key=1), identify=known)
    async with hearing(client, address, "subscription{count(wait: 30){number}}"):
        response = await client.post(f"http://{address}", json={"query": "{hello}"}, headers=EVENTS)
        assert response.status_code == 429


async def test_a_key_that_opens_nothing_is_401_and_one_revoked_later_ends_the_stream(
    site: Site, client: httpx.AsyncClient
) -> None:
    usable = True

    async def identify(authorization: str | None, _address: str | None) -> Caller:
        if not usable or authorization == "Bearer bad":
            raise SignInFirst("Send a valid API key as a bearer token.")
        return GOOD if authorization else ANONYMOUS

    address = site.mount(identify=identify)
    headers = EVENTS | {"authorization": "Bearer bad"}
    response = await client.post(f"http://{address}", json={"query": "{hello}"}, headers=headers)
    assert response.status_code == 401

    await nothing_open()
    good = {"authorization": "Bearer good"}
    async with hearing(client, address, NEWS % "revoked", headers=good) as heard:
        await until(lambda: seen["open"] == 1)
        await asyncio.sleep(0.02)
        usable = False
        await site.bus.publish("revoked", {"n": 1})
        event = await heard.next()
        assert event is not None
        assert event[1]["errors"][0]["extensions"]["code"] == "UNAUTHENTICATED"
        assert await heard.next() == ("complete", None)


async def test_a_reader_that_stays_slow_is_let_go_and_a_bystander_is_served(
    site: Site, client: httpx.AsyncClient
) -> None:
    address = site.mount(replace(OPEN, slow_seconds=0.2))
    host, path = address.split("/", 1)
    body = b'{"query":"subscription{much(kilobytes: 200, to: 100000)}"}'
    reader, writer = await asyncio.open_connection(*host.split(":"), limit=2**10)
    writer.write(
        f"POST /{path} HTTP/1.1\r\nHost: {host}\r\nAccept: text/event-stream\r\n"
        f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n".encode()
        + body
    )
    await reader.readuntil(b"event: next")
    async with hearing(client, address, "{hello}") as heard:
        assert await heard.next() == ("next", {"data": {"hello": "hello world"}})
    await until(lambda: site.live(address)._taken == {})
    writer.transport.abort()


async def test_at_shutdown_streams_end_without_complete_and_queries_are_answered(
    client: httpx.AsyncClient,
) -> None:
    live = Live(OnSchema(Operations(SCHEMA)), limits=OPEN)
    async with served(app_of(live), live) as (port, server):
        address = f"127.0.0.1:{port}/graphql"
        async with (
            hearing(client, address, "subscription{count(wait: 30){number}}") as stream,
            hearing(client, address, "{pause(seconds: 0.3)}") as query,
        ):
            await stream.next()
            server.should_exit = True
            assert await stream.next() is None
            assert await query.next() == ("next", {"data": {"pause": "rested"}})
            assert await query.next() == ("complete", None)
