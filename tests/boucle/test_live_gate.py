"""What stands before queries stands before subscriptions too: who asks, rights, prices, points."""

import asyncio
import contextlib
import time
from collections.abc import AsyncGenerator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import httpx
import pytest
import strawberry

from boucle.edge.buckets import Rate
from boucle.edge.kept import KeptDocuments
from boucle.edge.live import Identify, Limits, Live
from boucle.edge.operations import Operations
from boucle.edge.persisted import PersistedDocuments, hash_of
from boucle.edge.rates import RATES, RateLimiter
from boucle.edge.registered import Registered
from boucle.edge.shared import Shared
from boucle.edge.subscriptions import OnSchema
from domain.accounts.roles import CallerKind
from resolvers.context import Caller, SignInFirst
from schema.rules import PUBLIC, Scope
from tests.boucle import edge
from tests.boucle.live import OPEN, SCHEMA, Site, nothing_open, seen, served, talk, until

EVENTS = {"accept": "text/event-stream"}
KEY = Caller(CallerKind.MERCHANT, merchant_id=uuid4(), key_prefix="good")
SILENT = 'subscription{news(topic: "silent")}'


@pytest.fixture(scope="module")
async def site() -> AsyncGenerator[Site]:
    found = Site()
    async with served(found, Live(OnSchema(Operations(SCHEMA)))) as (port, _):
        found.port = port
        yield found


@pytest.fixture
async def client() -> AsyncGenerator[httpx.AsyncClient]:
    async with httpx.AsyncClient(timeout=5, trust_env=False) as made:
        yield made


def always(caller: Caller) -> Identify:
    async def identify(_authorization: str | None, _address: str | None) -> Caller:
        return caller

    return identify


# Who asks


async def test_whoever_is_asked_for_is_known_by_the_address_too(
    site: Site, client: httpx.AsyncClient
) -> None:
    asked: list[tuple[str | None, str | None]] = []

    async def noting(authorization: str | None, address: str | None) -> Caller:
        asked.append((authorization, address))
        return KEY

    address = site.mount(identify=noting)
    async with talk(address) as socket:
        await socket.begin("Bearer a")
        await socket.ask("x", "subscription{count(to: 1){number}}")
        await socket.hear()
    headers = EVENTS | {"authorization": "Bearer b"}
    body = {"query": "subscription{count(to: 1){number}}"}
    await client.post(f"http://{address}", json=body, headers=headers)

    assert len(asked) >= 6
    assert {*asked} == {("Bearer a", "127.0.0.1"), ("Bearer b", "127.0.0.1")}


async def test_two_people_of_one_merchant_have_places_of_their_own(site: Site) -> None:
    merchant = uuid4()
    people = {
        f"Bearer {name}": Caller(CallerKind.MERCHANT, merchant_id=merchant, user_id=uuid4())
        for name in ("one", "other")
    }

    async def person(authorization: str | None, _address: str | None) -> Caller:
        return people[authorization or ""]

    address = site.mount(Limits(per_address=9, per_key=2), identify=person)
    async with contextlib.AsyncExitStack() as stack:
        for name in ("one", "one", "other", "other"):
            await (await stack.enter_async_context(talk(address))).begin(f"Bearer {name}")
        full = await stack.enter_async_context(talk(address))
        await full.say(type="connection_init", payload={"authorization": "Bearer one"})
        assert (await full.closed())[0] == 1013


async def test_a_subscription_begins_with_no_older_rights_than_it_is_served_with(
    site: Site,
) -> None:
    now = KEY

    async def changing(_authorization: str | None, _address: str | None) -> Caller:
        return now

    await nothing_open()
    async with talk(site.mount(identify=changing)) as socket:
        await socket.begin("Bearer good")
        now = replace(KEY, scopes=frozenset({"feeds:read"}))
        await socket.ask("x", SILENT)
        assert (await socket.closed())[0] == 4403
    assert seen["open"] == 0


@pytest.mark.parametrize("how", ["revoked", "expired"])
async def test_a_silent_stream_ends_with_what_opened_it(
    site: Site, client: httpx.AsyncClient, how: str
) -> None:
    usable, ends = True, datetime.now(UTC) + timedelta(seconds=0.3)

    async def changing(_authorization: str | None, _address: str | None) -> Caller:
        if not usable:
            raise SignInFirst("no more")
        return replace(KEY, expires_at=ends) if how == "expired" else KEY

    await nothing_open()
    address = site.mount(replace(OPEN, recheck_seconds=0.05), identify=changing)
    asked = client.post(f"http://{address}", json={"query": SILENT}, headers=EVENTS)
    streamed = asyncio.create_task(asked)
    await until(lambda: seen["open"] == 1)
    usable = how == "expired"
    text = (await streamed).text

    assert '"code":"UNAUTHENTICATED"' in text
    assert text.endswith("event: complete\ndata: \n\n")
    await until(lambda: seen["open"] == 0)


# Rights, prices, points


@strawberry.type
class Closed:
    @strawberry.subscription(metadata={"rule": Scope("feeds:read")})
    async def closed(self) -> AsyncGenerator[int]:
        seen["closed"] += 1
        yield 1

    @strawberry.subscription(metadata={"rule": PUBLIC, "weight": 50})
    async def dear(self) -> AsyncGenerator[int]:
        seen["dear"] += 1
        yield 1


CLOSED = strawberry.Schema(edge.Query, subscription=Closed)


def _poor() -> Operations:
    """Where an anonymous caller has 3 points, and 40 more a second."""
    rates = {**RATES, "ANONYMOUS": Rate(3, 40)}
    return Operations(CLOSED, rates=RateLimiter(None, rates))


@pytest.mark.parametrize(
    ("query", "code"),
    [
        pytest.param("subscription{closed}", "UNAUTHENTICATED", id="rights"),
        pytest.param("subscription{dear}", "QUERY_TOO_COMPLEX", id="price"),
        pytest.param("subscription{__schema{queryType{name}}}", "GRAPHQL_", id="introspection"),
    ],
)
async def test_what_may_not_be_asked_does_not_begin(
    site: Site, client: httpx.AsyncClient, query: str, code: str
) -> None:
    seen.clear()
    address = site.mount(operations=_poor())
    async with talk(address) as socket:
        await socket.begin()
        await socket.ask("x", query)
        error = await socket.hear()
    streamed = await client.post(f"http://{address}", json={"query": query}, headers=EVENTS)

    assert error["type"] == "error"
    assert error["payload"][0]["extensions"]["code"].startswith(code)
    assert f'"code":"{code}' in streamed.text
    assert seen["closed"] == seen["dear"] == 0


async def test_events_wait_for_their_points_and_each_tells_its_cost(site: Site) -> None:
    rate = Rate(3, 40)
    limiter = RateLimiter(None, {**RATES, "ANONYMOUS": rate})
    address = site.mount(operations=Operations(SCHEMA, rates=limiter))
    async with talk(address) as socket:
        await socket.begin()
        began = time.monotonic()
        await socket.ask("x", "subscription{count(to: 20){number}}")
        heard = [await socket.hear() for _ in range(20)]
        seconds = time.monotonic() - began

    costs = [each["payload"]["extensions"]["cost"] for each in heard]
    assert [each["payload"]["data"]["count"]["number"] for each in heard] == [*range(20)]
    assert {cost["actual"] for cost in costs} == {1.1}
    assert all(0 <= cost["remaining"] <= rate.limit for cost in costs)
    assert sum(cost["actual"] for cost in costs) <= rate.limit + rate.per_second * seconds


async def test_a_subscription_that_waits_for_points_is_not_over_its_time(site: Site) -> None:
    limiter = RateLimiter(None, {**RATES, "ANONYMOUS": Rate(2, 5)})
    operations = Operations(SCHEMA, 0.1, rates=limiter)
    async with talk(site.mount(operations=operations)) as socket:
        await socket.begin()
        await socket.ask("x", "subscription{count(to: 4){number}}")
        heard = [(await socket.hear())["type"] for _ in range(5)]

    assert heard == ["next"] * 4 + ["complete"]


# Named documents


HELLO = "{hello}"
PERSISTED = {"persistedQuery": {"version": 1, "sha256Hash": hash_of(HELLO)}}


def _named(*, only: bool) -> Operations:
    kept = KeptDocuments(Shared(None))
    documents = PersistedDocuments(kept, Registered({"greeting": HELLO}), only=only)
    return Operations(SCHEMA, documents=documents)


@pytest.mark.parametrize(
    ("only", "payload", "told"),
    [
        pytest.param(False, {"query": "{double(n: 2)}"}, None, id="text"),
        pytest.param(True, {"query": "{double(n: 2)}"}, "DOCUMENT_NOT_REGISTERED", id="other"),
        pytest.param(True, {"query": HELLO}, None, id="text of a registered one"),
        pytest.param(True, {"documentId": "greeting"}, None, id="its id"),
        pytest.param(False, {"documentId": "nothing"}, "PERSISTED_QUERY_NOT_FOUND", id="no id"),
        pytest.param(True, {"extensions": PERSISTED}, "QUERY_MISSING", id="hash alone"),
        pytest.param(False, {"extensions": PERSISTED, "query": HELLO}, None, id="hash and text"),
        pytest.param(
            False, {"extensions": PERSISTED, "query": "{double(n: 2)}"}, None, id="another's hash"
        ),
    ],
)
async def test_a_socket_takes_texts_and_registered_names_and_no_hashes(
    site: Site, only: bool, payload: dict[str, object], told: str | None
) -> None:
    async with talk(site.mount(operations=_named(only=only))) as socket:
        await socket.begin()
        await socket.say(type="subscribe", id="x", payload=payload)
        heard = await socket.hear()

    reason = heard["payload"][0]["extensions"]["reason"] if heard["type"] == "error" else None
    assert reason == told
