"""The whole application on a real socket: keys, committed changes, and the bus between them."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from datetime import UTC, datetime

import asyncpg
import httpx
import pytest
from websockets.exceptions import ConnectionClosed

from boucle.asgi import create_app
from boucle.edge.live import Live
from boucle.edge.operations import Operations
from boucle.edge.subscriptions import OnSchema
from boucle.roles import SYSTEM
from domain.offers.lines import FeedRunState
from integrations.bus import Bus, MemoryBus, RedisBus
from models.offers.feeds import FeedRun
from resolvers.accounts.house import house
from tests import factories
from tests.boucle import edge
from tests.boucle.live import NAP, OPEN, SCHEMA, app_of, refused, served, talk
from tests.factories import line
from tests.schema import shop
from tests.tenants import pool_of_one

PROGRESS = "subscription($id: ID!){jobProgress(runId: $id){state linesRead}}"
QUEUED = {"state": "QUEUED", "linesRead": 0}
FOLLOW = """subscription($id: ID!){featuredOfferChanged(market: "FR", variantId: $id){
  version featuredOffer{offer{price{item{amount}} merchant{name}}}}}"""


@pytest.fixture
async def bus() -> MemoryBus:
    return MemoryBus()


@asynccontextmanager
async def running(database_url: str, bus: Bus) -> AsyncGenerator[str]:
    settings = edge.settings(database_url, BOUCLE_ALLOWED_HOSTS="127.0.0.1")
    app = create_app(settings, bus=bus, limits=OPEN)
    async with served(app, app.state.live) as (port, _):
        yield f"127.0.0.1:{port}/graphql"


async def test_a_run_is_followed_with_a_key_until_the_key_is_revoked(
    fresh_db: str, bus: MemoryBus
) -> None:
    owner = await factories.merchant()
    run = await factories.queued(await factories.feed(owner))
    text, row = await edge.key(owner.id, "feeds:read")
    async with running(fresh_db, bus) as address, talk(address) as client:
        await client.begin(f"Bearer {text}")
        await client.ask("r", PROGRESS, variables={"id": str(run.id)})
        first = await client.hear()
        await FeedRun.filter(id=run.id).update(state=FeedRunState.READING, lines_read=7)
        await bus.publish(f"run:{run.id}", {"version": 2})
        second = await client.hear()
        row.revoked_at = datetime.now(UTC)
        await row.save()
        house().keys.drop(row.prefix)  # as after three seconds
        await FeedRun.filter(id=run.id).update(state=FeedRunState.COMPLETED)
        await bus.publish(f"run:{run.id}", {"version": 3})
        with pytest.raises(ConnectionClosed):
            await client.hear()
        assert client.socket.close_code == 4403
    assert [each["payload"]["data"]["jobProgress"] for each in (first, second)] == [
        QUEUED,
        {"state": "READING", "linesRead": 7},
    ]


async def test_a_run_is_read_as_its_merchant_and_no_connection_is_held_meanwhile(
    fresh_db: str, bus: MemoryBus, onlooker: asyncpg.Connection
) -> None:
    owner, other = await factories.merchant(), await factories.merchant("other")
    runs = [await factories.queued(await factories.feed(each)) for each in (owner, other)]
    text, _ = await edge.key(owner.id, "feeds:read")
    async with (
        pool_of_one(fresh_db),
        running(fresh_db, bus) as address,
        talk(address) as client,
    ):
        await client.begin(f"Bearer {text}")
        for name, run in zip(("own", "again", "another's"), (runs[0], *runs), strict=True):
            await client.ask(name, PROGRESS, variables={"id": str(run.id)})
        await client.ask("feeds", "{feeds{id}}")
        heard = [await client.hear() for _ in range(5)]
        async with onlooker.transaction():
            await onlooker.execute(f"SET LOCAL ROLE {SYSTEM}")
            await onlooker.execute("UPDATE feed_run SET lines_read = 7")
        await bus.publish(f"run:{runs[0].id}", {"version": 2})
        moved = [await client.hear() for _ in range(2)]

    by_id = {each["id"]: each for each in heard if each["type"] != "complete"}
    assert by_id["another's"]["payload"][0]["extensions"]["reason"] == "FEED_RUN_UNKNOWN"
    assert len(by_id["feeds"]["payload"]["data"]["feeds"]) == 1
    for name in ("own", "again"):
        assert by_id[name]["payload"]["data"] == {"jobProgress": QUEUED}
    assert {each["id"] for each in moved} == {"own", "again"}
    assert [each["payload"]["data"]["jobProgress"]["linesRead"] for each in moved] == [7, 7]


@pytest.mark.parametrize("network", ["127.0.0.0/8", "192.0.2.0/24"], ids=["here", "elsewhere"])
async def test_a_key_for_some_addresses_opens_nothing_from_others(
    fresh_db: str, bus: MemoryBus, network: str
) -> None:
    owner = await factories.merchant()
    run = await factories.queued(await factories.feed(owner))
    text, row = await edge.key(owner.id, "feeds:read")
    row.networks = [network]
    await row.save()
    body = {"query": PROGRESS, "variables": {"id": str(run.id)}}
    headers = {"accept": "text/event-stream", "authorization": f"Bearer {text}"}
    async with running(fresh_db, bus) as address, talk(address) as client:
        await client.say(type="connection_init", payload={"authorization": f"Bearer {text}"})
        async with (
            httpx.AsyncClient(trust_env=False) as http,
            http.stream("POST", f"http://{address}", json=body, headers=headers) as streamed,
        ):
            status = streamed.status_code
        if network.startswith("127"):
            assert (await client.hear(), status) == ({"type": "connection_ack"}, 200)
        else:
            assert ((await client.closed())[0], status) == (4403, 403)


async def test_everybody_who_follows_a_variant_is_told_of_a_committed_change(
    fresh_db: str, bus: MemoryBus
) -> None:
    (item,) = await factories.world(1, 1)
    owner = await factories.merchant()
    await shop.sell(owner, [line(item, "A", "200.00")])
    async with running(fresh_db, bus) as address, talk(address) as client:
        await client.begin()
        names = [str(n) for n in range(20)]
        for name in names:
            await client.ask(name, FOLLOW, variables={"id": str(item.variant_id)})
        before = [await client.hear() for _ in names]
        await shop.sell(owner, [line(item, "A", "190.00")])
        await bus.publish(f"product:{item.product_id}", {"markets": ["FR"]})
        after = [await client.hear() for _ in names]
        async with httpx.AsyncClient(trust_env=False) as http:
            bystander = await http.post(f"http://{address}", json={"query": "{version}"})
    for heard, price in ((before, "200.00"), (after, "190.00")):
        assert sorted(each["id"] for each in heard) == sorted(names)
        told = [each["payload"]["data"]["featuredOfferChanged"] for each in heard]
        assert {t["featuredOffer"]["offer"]["price"]["item"]["amount"] for t in told} == {price}
    versions = [
        {int(each["payload"]["data"]["featuredOfferChanged"]["version"]) for each in heard}
        for heard in (before, after)
    ]
    assert max(versions[0]) < min(versions[1])
    assert bystander.status_code == 200


async def test_an_application_whose_bus_is_away_says_that_it_is_unavailable(fresh_db: str) -> None:
    (item,) = await factories.world(1, 1)
    async with (
        RedisBus("redis://127.0.0.1:1/0") as away,
        running(fresh_db, away) as address,
        talk(address) as client,
    ):
        await client.begin()
        await client.ask("x", FOLLOW, variables={"id": str(item.variant_id)})
        error = await client.hear()
    assert error["type"] == "error"
    assert error["payload"][0]["extensions"]["code"] == "UNAVAILABLE"


async def test_the_settings_hosts_hold_for_sockets_and_only_one_path_has_them(
    fresh_db: str, bus: MemoryBus
) -> None:
    async with running(fresh_db, bus) as address:
        status, body = await refused(address.replace("127.0.0.1", "localhost"))
        assert (status, body["errors"][0]["extensions"]["reason"]) == (400, "HOST_NOT_ALLOWED")
        assert (await refused(address, subprotocols=["graphql-ws"]))[0] == 400
        with pytest.raises(Exception, match="HTTP 403"):
            async with talk(address.replace("graphql", "other")):
                await asyncio.sleep(0)


NAPPING = "SELECT count(*) FROM pg_stat_activity WHERE state = 'active' AND query = $1"


async def _napping(onlooker: asyncpg.Connection, count: int) -> None:
    """Wait until so many statements sleep in the database."""
    async with asyncio.timeout(3):
        while await onlooker.fetchval(NAPPING, NAP) != count:  # noqa: ASYNC110 - the database tells nobody
            await asyncio.sleep(0.02)


@pytest.mark.parametrize("how", ["complete", "leave"])
async def test_a_statement_stops_in_the_database_when_nobody_wants_its_answer(
    migrated: None, onlooker: asyncpg.Connection, how: str
) -> None:
    live = Live(OnSchema(Operations(SCHEMA, 20)), limits=OPEN)
    async with (
        served(app_of(live), live) as (port, _),
        talk(f"127.0.0.1:{port}/graphql") as client,
    ):
        await client.begin()
        await client.ask("x", "{nap}")
        await _napping(onlooker, 1)
        if how == "complete":
            await client.say(type="complete", id="x")
        else:
            client.socket.transport.abort()
        await _napping(onlooker, 0)
