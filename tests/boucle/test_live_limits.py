"""Sockets: who may hold one, how many, how slowly, and how they end with the server."""

import asyncio
import base64
import contextlib
import json
import os
import struct
from collections.abc import AsyncGenerator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest

from boucle import serve
from boucle.edge.live import Limits, Live
from boucle.edge.operations import Operations
from boucle.edge.subscriptions import OnSchema
from domain.accounts.roles import CallerKind
from resolvers.context import ANONYMOUS, Caller, SignInFirst
from tests.boucle.live import (
    OPEN,
    SCHEMA,
    Site,
    app_of,
    nothing_open,
    refused,
    seen,
    served,
    talk,
    until,
)


@pytest.fixture(scope="module")
async def site() -> AsyncGenerator[Site]:
    found = Site()
    live = Live(OnSchema(Operations(SCHEMA)))
    async with served(found, live) as (port, _):
        found.port = port
        yield found


# Who asks


def key(prefix: str, **more: Any) -> Caller:
    """The caller that a merchant's key names."""
    return Caller(CallerKind.MERCHANT, merchant_id=uuid4(), key_prefix=prefix, **more)


KEYS = {"Bearer good": key("good"), "Bearer other": key("other")}


async def keyring(authorization: str | None, _address: str | None) -> Caller:
    if authorization is None:
        return ANONYMOUS
    if (found := KEYS.get(authorization)) is None:
        raise SignInFirst("Send a valid API key as a bearer token.")
    return found


async def test_the_key_comes_from_the_first_message_or_the_handshake(site: Site) -> None:
    address = site.mount(identify=keyring)
    async with talk(address) as client:
        await client.begin("Bearer good")
    async with talk(address, additional_headers={"Authorization": "Bearer good"}) as client:
        await client.begin()
    for how in ({"additional_headers": {"Authorization": "Bearer bad"}}, {}):
        async with talk(address, **how) as client:
            payload = {} if how else {"payload": {"Authorization": "Bearer bad"}}
            await client.say(type="connection_init", **payload)
            assert (await client.closed())[0] == 4403


@pytest.mark.parametrize("change", ["revoked", "other rights"])
async def test_a_key_is_looked_at_before_each_event(site: Site, change: str) -> None:
    keys = dict(KEYS)

    async def changing(authorization: str | None, _address: str | None) -> Caller:
        if authorization not in keys:
            raise SignInFirst("Send a valid API key as a bearer token.")
        return keys[authorization]

    topic = f"revoked-{change}"
    async with talk(site.mount(identify=changing)) as client:
        await client.begin("Bearer good")
        await client.ask("x", f'subscription{{news(topic: "{topic}")}}')
        await asyncio.sleep(0.05)
        await site.bus.publish(topic, {"n": 1})
        assert (await client.hear())["payload"]["data"] == {"news": 1}
        if change == "revoked":
            del keys["Bearer good"]
        else:
            keys["Bearer good"] = replace(KEYS["Bearer good"], scopes=frozenset({"more"}))
        await site.bus.publish(topic, {"n": 2})
        with pytest.raises(Exception, match="4403"):
            await client.hear()


async def test_a_socket_closes_when_its_key_ends(site: Site) -> None:
    ends = datetime.now(UTC) + timedelta(seconds=0.3)

    async def short(_authorization: str | None, _address: str | None) -> Caller:
        return key("short", expires_at=ends)

    async with talk(site.mount(identify=short)) as client:
        await client.begin("Bearer short")
        assert (await client.closed())[0] == 4403


async def test_a_revoked_key_that_is_silent_is_found_too(site: Site) -> None:
    asked = 0

    async def twice(_authorization: str | None, _address: str | None) -> Caller:
        nonlocal asked
        asked += 1
        if asked > 2:
            raise SignInFirst("no more")
        return KEYS["Bearer good"]

    async with talk(site.mount(replace(OPEN, recheck_seconds=0.05), identify=twice)) as client:
        await client.begin("Bearer good")
        assert await client.closed() == (4403, "no more")


# How much


async def test_one_more_operation_than_allowed_is_an_error_of_that_operation(site: Site) -> None:
    limits = replace(OPEN, operations=3, anonymous_operations=2)
    for authorization, most in ((None, 2), ("Bearer good", 3)):
        async with talk(site.mount(limits, identify=keyring)) as client:
            await client.begin(authorization)
            for n in range(most + 1):
                await client.ask(f"s{n}", 'subscription{news(topic: "t")}')
            error = await client.hear()
            assert error["payload"][0]["extensions"] == {
                "code": "RATE_LIMITED",
                "reason": "TOO_MANY_OPERATIONS",
            }
            assert error["id"] == f"s{most}"
            await client.say(type="complete", id="s0")
            await client.ask("again", "{hello}")
            assert (await client.hear())["type"] == "next"


async def test_sockets_are_counted_by_address_and_by_key(site: Site) -> None:
    address = site.mount(Limits(per_address=2, per_key=3), identify=keyring)
    async with contextlib.AsyncExitStack() as stack:
        for _ in range(3):
            await (await stack.enter_async_context(talk(address))).begin("Bearer good")
        full = await stack.enter_async_context(talk(address))
        await full.say(type="connection_init", payload={"authorization": "Bearer good"})
        assert (await full.closed())[0] == 1013
        await (await stack.enter_async_context(talk(address))).begin("Bearer other")
        for _ in range(2):
            await (await stack.enter_async_context(talk(address))).begin()
        status, body = await refused(address)
        assert status == 429
        assert body["errors"][0]["extensions"]["code"] == "RATE_LIMITED"
    await until(lambda: site.live(address)._taken == {})
    async with talk(address) as client:
        await client.begin()


# Slow readers


async def _raw(address: str) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    """A socket whose reading a test controls."""
    host, path = address.split("/", 1)
    reader, writer = await asyncio.open_connection(*host.split(":"), limit=2**10)
    key = base64.b64encode(os.urandom(16)).decode()
    writer.write(
        f"GET /{path} HTTP/1.1\r\nHost: {host}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        f"Sec-WebSocket-Key: {key}\r\nSec-WebSocket-Version: 13\r\n"
        f"Sec-WebSocket-Protocol: graphql-transport-ws\r\n\r\n".encode()
    )
    await reader.readuntil(b"\r\n\r\n")
    return reader, writer


def _frame(text: str | bytes, opcode: int = 1) -> bytes:
    data = text.encode() if isinstance(text, str) else text
    size = bytes([0x80 | len(data)]) if len(data) < 126 else b"\xfe" + struct.pack(">H", len(data))
    return bytes([0x80 | opcode]) + size + bytes(4) + data


def _subscribe(query: str) -> bytes:
    begin = _frame(json.dumps({"type": "connection_init"}))
    return begin, _frame(json.dumps({"type": "subscribe", "id": "x", "payload": {"query": query}}))


async def test_a_reader_that_stays_slow_is_closed_and_a_bystander_is_served(site: Site) -> None:
    address = site.mount(replace(OPEN, slow_seconds=0.2))
    reader, writer = await _raw(address)
    begin, ask = _subscribe("subscription{much(kilobytes: 200, to: 100000)}")
    writer.write(begin)
    await reader.readuntil(b"connection_ack")
    writer.write(ask)
    async with talk(address) as bystander:
        await bystander.begin()
        await bystander.ask("x", "{hello}")
        assert (await bystander.hear())["type"] == "next"
    await until(lambda: site.live(address)._taken == {})
    async with asyncio.timeout(5):
        rest = b""
        while struct.pack(">H", 1013) + b"Read faster" not in rest:
            rest = (rest + await reader.read(2**20))[-200:]
    writer.transport.abort()


@pytest.mark.parametrize(
    ("sent", "code"),
    [
        pytest.param(_frame(b"\xff\xfe"), 1007, id="not UTF-8"),
        pytest.param(b"\x81\x05hello", 1002, id="not masked"),
        pytest.param(_frame("x", opcode=5), 1002, id="unknown opcode"),
        pytest.param(b"\xf1" + _frame("x")[1:], 1002, id="reserved bits"),
        pytest.param(b"\x81\xff" + struct.pack(">Q", 2**40) + bytes(4), 1009, id="huge length"),
        pytest.param(_frame(struct.pack(">H", 4999) + b"bye", opcode=8), 4999, id="a close frame"),
    ],
)
async def test_frames_that_are_no_frames_end_the_socket_and_nothing_else(
    site: Site, sent: bytes, code: int
) -> None:
    address = site.mount()
    reader, writer = await _raw(address)
    writer.write(sent)
    async with asyncio.timeout(5):
        answer = await reader.read()

    assert struct.pack(">H", code) in answer
    await until(lambda: site.live(address)._taken == {})
    writer.close()


FLOODS = [
    pytest.param(_frame(b"", opcode=9), id="pings"),
    pytest.param(_frame(b"", opcode=10), id="pongs"),
    pytest.param(bytes([0x00, 0x80]) + bytes(4), id="empty pieces of a message"),
]


@pytest.mark.parametrize("frame", FLOODS)
async def test_a_flood_of_frames_that_are_no_messages_is_cut_off(site: Site, frame: bytes) -> None:
    address = site.mount()
    reader, writer = await _raw(address)
    begun = b"" if frame[0] & 0x0F else bytes([0x01]) + _frame("{")[1:]
    writer.write(begun + frame * 20_000)
    async with asyncio.timeout(5):
        with contextlib.suppress(ConnectionResetError):
            assert len(await reader.read()) < 1000

    await until(lambda: site.live(address)._taken == {})
    writer.close()


async def test_a_bystander_is_served_while_200_hostile_sockets_are_open(site: Site) -> None:
    address = site.mount()
    crowd = [await _raw(address) for _ in range(200)]
    begin, ask = _subscribe("subscription{count(to: 1000000, wait: 0.01){number}}")
    for number, (_, writer) in enumerate(crowd):
        writer.write([b"", b"\x81", begin, begin + ask * 3][number % 4])
    async with talk(address) as bystander:
        await bystander.begin()
        for n in range(5):
            await bystander.ask(str(n), "{hello}")
            assert (await bystander.hear())["payload"] == {"data": {"hello": "hello world"}}
            assert (await bystander.hear())["type"] == "complete"
    for _, writer in crowd:
        writer.transport.abort()
    await until(lambda: site.live(address)._taken == {})


# The server stops


class Quick(serve.LiveSocket):
    goodbye_seconds = 2.0


async def test_at_shutdown_what_runs_is_finished_then_sockets_close_with_1012() -> None:
    await nothing_open()
    live = Live(OnSchema(Operations(SCHEMA)), limits=replace(OPEN, drain_seconds=1.5))
    async with served(app_of(live), live, Quick) as (port, server):
        address = f"127.0.0.1:{port}/graphql"
        async with talk(address) as client, talk(address) as idle:
            await client.begin()
            await client.ask("s", "subscription{count(to: 9, wait: 9){number}}")
            assert (await client.hear())["type"] == "next"
            await client.ask("m", "mutation{touch(seconds: 0.4)}")
            await asyncio.sleep(0.05)
            server.should_exit = True
            assert [(await client.hear())["type"] for _ in range(2)] == ["next", "complete"]
            assert (await client.closed())[0] == 1012
            assert (await idle.closed())[0] == 1012
    assert (seen["touched"], seen["open"]) == (1, 0)


async def test_at_shutdown_answers_that_wait_for_a_slow_reader_are_sent_before_the_end() -> None:
    live = Live(OnSchema(Operations(SCHEMA)), limits=replace(OPEN, waiting_bytes=2**30))
    async with served(app_of(live), live, Quick) as (port, server):
        reader, writer = await _raw(f"127.0.0.1:{port}/graphql")
        begin, ask = _subscribe("{lots(kilobytes: 3000)}")
        writer.write(begin)
        await reader.readuntil(b"connection_ack")
        writer.write(b"".join(ask.replace(b'"x"', b'"%d"' % n) for n in range(5)))
        await asyncio.sleep(0.1)
        server.should_exit = True
        await asyncio.sleep(0.2)
        answered, last = 0, b""
        async with asyncio.timeout(5):
            while struct.pack(">H", 1012) not in last:
                last = last[-20:] + await reader.read(2**16)
                answered += last.count(b'"complete"')
                last = last.replace(b'"complete"', b"")
        writer.transport.abort()
    assert answered == 5


async def test_at_shutdown_what_does_not_finish_in_time_is_stopped() -> None:
    await nothing_open()
    live = Live(OnSchema(Operations(SCHEMA)), limits=replace(OPEN, drain_seconds=0.2))
    async with (
        served(app_of(live), live, Quick) as (port, server),
        talk(f"127.0.0.1:{port}/graphql") as client,
    ):
        await client.begin()
        await client.ask("q", "{pause(seconds: 30)}")
        await until(lambda: seen["began"] == 1)
        server.should_exit = True
        assert (await client.closed())[0] == 1012
    assert seen["cancelled"] == 1


async def test_a_peer_that_answers_no_ping_is_dropped() -> None:
    live = Live(OnSchema(Operations(SCHEMA)), limits=OPEN)
    config = {"ws_ping_interval": 0.1, "ws_ping_timeout": 0.2}
    async with served(app_of(live), live, Quick, **config) as (port, _):
        address = f"127.0.0.1:{port}/graphql"
        _, dead = await _raw(address)
        async with talk(address) as alive:
            await alive.begin()
            assert sum(live._taken.values()) == 2
            await until(lambda: sum(live._taken.values()) == 1)
            await asyncio.sleep(0.4)
            await alive.ask("x", "{hello}")
            assert (await alive.hear())["type"] == "next"
        dead.close()
