"""Each event reaches each endpoint that asked for its topic once, whatever the commits do."""

import asyncio
import contextlib
from collections import Counter
from uuid import UUID

import asyncpg
import pytest

from boucle.orm import connect
from domain.partners.webhooks import EndpointState
from domain.topics import Topic
from models.base import execute, fetch, transaction
from models.merchants import Merchant
from models.partners import fan_out
from tests import factories, webhooks

INSERT = (
    "INSERT INTO event (merchant_id, topic, object_type, object_id, version) "
    "SELECT $1, 'feed.held', 'FeedRun', gen_random_uuid(), n FROM generate_series(1, $2) n"
)


@pytest.fixture
async def owner(fresh_db: str) -> Merchant:
    await factories.world(1, 1)
    return await factories.merchant("amber")


async def working(database_url: str) -> asyncpg.Connection:
    """A connection of another process that runs jobs."""
    raw = await connect(database_url)
    await raw.execute("SET ROLE boucle_system")
    return raw


async def made() -> Counter[UUID]:
    rows = await fetch("SELECT endpoint_id FROM webhook_delivery")
    return Counter(row["endpoint_id"] for row in rows)


async def test_an_event_goes_to_those_who_asked_for_its_topic_and_to_no_other_merchant(
    owner: Merchant,
) -> None:
    other = await factories.merchant("birch")
    both = await webhooks.endpoint(
        owner.id, "https://a.example/", (Topic.FEED_HELD, Topic.FEED_STALE)
    )
    stale = await webhooks.endpoint(owner.id, "https://b.example/", (Topic.FEED_STALE,))
    await webhooks.endpoint(other.id, "https://c.example/")
    await webhooks.endpoint(owner.id, "https://d.example/", state=EndpointState.PENDING)
    await webhooks.endpoint(owner.id, "https://e.example/", state=EndpointState.DISABLED)
    degraded = await webhooks.endpoint(owner.id, "https://f.example/", state=EndpointState.DEGRADED)

    await webhooks.happen(owner.id, 2, Topic.FEED_HELD)
    await webhooks.happen(owner.id, 1, Topic.FEED_STALE)
    assert await fan_out.waiting()
    assert (await fan_out.fan_out()).made == 2 + 1 + 1 + 3
    assert not await fan_out.waiting()
    assert (await fan_out.fan_out()).made == 0

    assert await made() == {both: 3, stale: 1, degraded: 3}


async def test_a_commit_that_comes_late_is_not_missed_and_holds_up_nobody(
    owner: Merchant, fresh_db: str
) -> None:
    """One transaction runs while three rounds pass: its events come with the first after it."""
    await webhooks.endpoint(owner.id, "https://a.example/")
    slow = await working(fresh_db)
    rounds = []
    try:
        late = slow.transaction()
        await late.start()
        await slow.execute(INSERT, owner.id, 5)
        for _ in range(3):
            await webhooks.happen(owner.id, 2)
            rounds.append((await fan_out.fan_out()).made)
        await late.commit()
        rounds += [(await fan_out.fan_out()).made for _ in range(2)]
    finally:
        await slow.close()

    assert rounds == [2, 2, 2, 5, 0]


async def test_events_of_a_part_that_was_rolled_back_are_never_sent(owner: Merchant) -> None:
    await webhooks.endpoint(owner.id, "https://a.example/")
    async with transaction():
        with contextlib.suppress(ZeroDivisionError):
            async with transaction():  # a savepoint
                await execute(INSERT, owner.id, 3)
                raise ZeroDivisionError
        await execute(INSERT, owner.id, 1)

    assert (await fan_out.fan_out()).made == 1


async def test_writers_and_fan_outs_at_once_make_each_delivery_once(
    owner: Merchant, fresh_db: str
) -> None:
    """Eight writers whose transactions overlap and end out of order, three rounds at a time."""
    await webhooks.endpoint(owner.id, "https://a.example/")
    await webhooks.endpoint(owner.id, "https://b.example/")
    writing = True

    async def write(seed: int) -> None:
        raw: asyncpg.Connection = await working(fresh_db)
        try:
            for n in range(12):
                async with raw.transaction():
                    await raw.execute(INSERT, owner.id, 3)
                    await asyncio.sleep((seed * 7 + n * 3) % 5 * 0.004)
                    await raw.execute(INSERT, owner.id, 2)
        finally:
            await raw.close()

    async def fan() -> None:
        while writing:
            await fan_out.fan_out()
            await asyncio.sleep(0)

    fans = [asyncio.create_task(fan()) for _ in range(3)]
    await asyncio.gather(*(write(seed) for seed in range(8)))
    writing = False
    await asyncio.gather(*fans)
    await fan_out.fan_out()

    assert sorted((await made()).values()) == [8 * 12 * 5] * 2


async def test_after_a_restore_into_another_server_nothing_is_missed_or_doubled(
    owner: Merchant,
) -> None:
    """There transactions are counted from the beginning: numbers in the data lie ahead."""
    await webhooks.endpoint(owner.id, "https://a.example/")
    await webhooks.happen(owner.id, 2)
    await fan_out.fan_out()
    ahead = 4_000_000_000
    await execute("UPDATE event SET xid = $1::text::xid8", str(ahead))
    await execute(
        "UPDATE webhook_cursor SET snapshot = $1::text::pg_snapshot", f"{ahead + 9}:{ahead + 9}:"
    )
    await webhooks.happen(owner.id, 3)

    assert await fan_out.waiting()
    assert [(await fan_out.fan_out()).made for _ in range(2)] == [3, 0]
    assert not await fan_out.waiting()
    await webhooks.happen(owner.id, 1)
    assert (await fan_out.fan_out()).made == 1


async def test_it_is_known_which_topics_are_wanted_at_all(owner: Merchant) -> None:
    other = await factories.merchant("birch")
    await webhooks.endpoint(owner.id, "https://a.example/", (Topic.FEED_HELD,))
    await webhooks.endpoint(owner.id, "https://b.example/", (Topic.FEED_HELD, Topic.FEED_STALE))
    off = (Topic.OFFER_STOCK_LOW,)
    await webhooks.endpoint(owner.id, "https://c.example/", off, state=EndpointState.DISABLED)

    rows = await fetch("SELECT merchant_id, topic FROM wanted_events()")
    assert sorted(map(tuple, rows)) == [(owner.id, "feed.held"), (owner.id, "feed.stale")]
    wants = "SELECT wants_events($1, $2) AS wants"
    assert [row["wants"] for row in await fetch(wants, owner.id, "feed.held")] == [True]
    assert [row["wants"] for row in await fetch(wants, other.id, "feed.held")] == [False]
