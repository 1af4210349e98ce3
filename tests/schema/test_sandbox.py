"""A merchant's test space: shown to no customer, and with a clock that it sets itself."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from models.accounts import ApiKey
from models.base import execute, fetch, fetchval, transaction
from models.clock import ahead_of
from models.jobs import Job
from models.merchants import Merchant
from models.offers import check, files, sandbox, upkeep
from models.offers.feeds import Feed, FeedRun, take_due
from resolvers.accounts import caller_of
from resolvers.context import Caller
from tests import factories
from tests.boucle.edge import key
from tests.factories import Item, line
from tests.identity import at_home
from tests.jobs import work
from tests.schema import shop
from tests.schema.asking import Json, data, key_of, refusal
from workers.offers.pull import run_once

SCOPES = ("offers:read", "offers:write", "feeds:read", "feeds:write")
JOBS = (Job.PREPARE_SANDBOX, Job.CATCH_UP_SANDBOX, Job.PROPOSE_PRODUCTS)
SEEN = "sandbox{merchant ready now aheadSeconds}"
CREATE = f"""mutation($key: String!){{createSandbox(input: {{idempotencyKey: $key}}){{
  __typename ... on SandboxMade{{{SEEN} secret}} ... on Problem{{code}}}}}}"""
RESET = f"""mutation($key: String!, $new: Boolean!){{
  resetSandbox(input: {{idempotencyKey: $key, newKey: $new}}){{
  __typename ... on SandboxMade{{{SEEN} secret}} ... on Problem{{code}}}}}}"""
ADVANCE = f"""mutation($hours: Int!, $key: String!){{
  sandboxAdvanceClock(input: {{hours: $hours, idempotencyKey: $key}}){{
  __typename ... on SandboxAdvanced{{{SEEN}}} ... on Problem{{code}}
  ... on SandboxClockTooFar{{mostHours}}}}}}"""
MINE = "{sandbox{merchant ready aheadSeconds}}"
SEARCH = '{search(market: "FR"){totalCount edges{node{offerCount}}}}'
PENDING = {"gtin": factories.gtin(900), "brand": "Calder", "model": "C9"}


@pytest.fixture(autouse=True)
def home():
    with at_home() as made:
        yield made


@pytest.fixture
async def items(db: None) -> list[Item]:
    return await factories.world(3, 1)


async def made(merchant: Merchant) -> tuple[Caller, Merchant]:
    """A key of the merchant's sandbox, and the merchant that it is; its data are there."""
    found = (await data(CREATE, key_of(merchant, *SCOPES), key="make"))["createSandbox"]
    await work(*JOBS)
    row = await sandbox.of(merchant.id)
    assert row is not None
    return await caller_of(f"Bearer {found['secret']}"), await Merchant.get(id=row.sandbox_id)


async def advance(caller: Caller, hours: int, key: str = "go") -> Json:
    found: Json = (await data(ADVANCE, caller, hours=hours, key=key))["sandboxAdvanceClock"]
    await work(*JOBS)
    return found


async def reasons(owner: Merchant) -> set[str]:
    rows = await fetch("SELECT reasons FROM offer_market WHERE merchant_id = $1", owner.id)
    return {reason for row in rows for reason in row["reasons"]}


async def test_a_sandbox_is_a_merchant_with_data_and_a_key_shown_once(items: list[Item]) -> None:
    real = await factories.merchant(markets=("DE", "FR"))
    caller = key_of(real, *SCOPES)
    first, again = [(await data(CREATE, caller, key="k"))["createSandbox"] for _ in range(2)]
    other = (await data(CREATE, caller, key="other"))["createSandbox"]
    assert first["secret"].startswith("bcl_test_")
    assert (first["sandbox"]["ready"], again["secret"], other["code"]) == (
        False, None, "SANDBOX_EXISTS",
    )  # fmt: skip
    await work(*JOBS)

    key_ = await caller_of(f"Bearer {first['secret']}")
    own = (await data(MINE, key_))["sandbox"]
    assert (own["ready"], own["merchant"]) == (True, first["sandbox"]["merchant"])
    assert (await data(MINE, caller))["sandbox"] == own
    assert (
        await fetchval("SELECT count(*) FROM offer WHERE merchant_id = $1", key_.merchant_id) == 3
    )
    runs = await data("{feedRuns{edges{node{state created}}}}", key_)
    assert runs["feedRuns"]["edges"] == [{"node": {"state": "COMPLETED", "created": 3}}]
    assert await ApiKey.filter(merchant_id=key_.merchant_id).count() == 1
    assert (await data(CREATE, key_, key="x"))["createSandbox"]["code"] == "SANDBOX_EXISTS"


async def test_no_customer_is_shown_an_offer_of_a_sandbox(items: list[Item]) -> None:
    real = await factories.merchant()
    await shop.sell(real, [line(items[0], "A")])
    await shop.searchable()
    before = await data(SEARCH)

    _, space = await made(real)

    assert await data(SEARCH) == before
    assert before["search"]["totalCount"] == 1
    assert await reasons(space) == {"MERCHANT_NOT_SELLING"}
    assert await fetchval("SELECT count(*) FROM best_offer WHERE offers > 0") == 1
    async with transaction() as raw:
        assert (await check.differences(raw)).total == 0


async def test_what_a_sandbox_misses_is_nobodys_work(items: list[Item]) -> None:
    key_, space = await made(await factories.merchant())
    feed = await Feed.get(merchant_id=space.id)
    await factories.run(feed, [line(items[0], "P") | PENDING], force=True)
    await work(*JOBS)

    assert await fetchval("SELECT count(*) FROM product_proposal") == 0
    asked = """mutation{proposeProduct(input: {brand: "b", model: "m", mpn: "x",
      idempotencyKey: "k"}){__typename}}"""
    assert (await refusal(asked, key_))["reason"] == "SANDBOX_ONLY"


async def test_a_day_ahead_a_silent_feed_is_stale_there_and_nowhere_else(
    items: list[Item],
) -> None:
    real = await factories.merchant()
    pulled = await factories.feed(real, url="https://shop.example/feed.csv")
    await factories.run(pulled, [line(items[0], "A")])
    await execute("UPDATE feed SET last_success_at = now() WHERE id = $1", pulled.id)
    key_, space = await made(real)

    told = await advance(key_, 23, "1")
    assert told["sandbox"]["aheadSeconds"] == 23 * 3600
    assert "FEED_STALE" not in await reasons(space)
    await advance(key_, 2, "2")

    assert "FEED_STALE" in await reasons(space)
    assert "FEED_STALE" not in await reasons(real)
    feeds = (await data("{feeds{stale}}", key_))["feeds"]
    assert feeds == [{"stale": True}]
    async with transaction() as raw:
        assert await upkeep.pause_stale(raw) == 0


async def test_a_file_after_the_clock_was_advanced_is_of_that_time(
    items: list[Item], tmp_path: Path
) -> None:
    key_, space = await made(await factories.merchant())
    await advance(key_, 48)
    feed = await Feed.get(merchant_id=space.id)
    assert feed.stale
    path = tmp_path / "feed.csv"
    factories.write_csv(path, [line(items[0], "SANDBOX-001")])
    stored = await files.store(path, space.id, "feed", "0")
    run = await factories.queued(feed, file=stored, force=True)

    await run_once(run.id, None, datetime.now(UTC))

    again = await Feed.get(id=feed.id)
    assert not again.stale
    assert again.last_success_at is not None
    assert again.last_success_at - datetime.now(UTC) > timedelta(hours=47)
    assert "FEED_STALE" not in await reasons(space)
    async with transaction() as raw:
        assert await upkeep.pause_stale(raw) == 0


async def test_an_availability_window_opens_and_closes_with_the_clock(items: list[Item]) -> None:
    key_, space = await made(await factories.merchant())
    window = (
        "available_from = now() + interval '3 hours', available_until = now() + interval '9 hours'"
    )
    await execute(f"UPDATE offer SET {window} WHERE merchant_id = $1", space.id)
    seen = []
    for number, hours in enumerate((1, 3, 6)):
        await advance(key_, hours, str(number))
        seen.append("OUTSIDE_AVAILABILITY" in await reasons(space))

    assert seen == [True, False, True]


async def test_a_feed_is_due_by_the_clock_of_its_merchant(items: list[Item]) -> None:
    real = await factories.merchant()
    key_, space = await made(real)
    for owner in (real, space):
        feed = await factories.feed(owner, name="pulled", url="https://shop.example/f.csv")
        await execute(
            "UPDATE feed SET next_pull_at = now() + interval '5 hours' WHERE id = $1", feed.id
        )
    assert await take_due(10) == []

    await advance(key_, 6)

    assert [owner for _, owner in await take_due(10)] == [space.id]
    next_ = await fetchval("SELECT next_pull_at - now() FROM feed WHERE merchant_id = $1 "
                           "AND name = 'pulled'", space.id)  # fmt: skip
    assert next_ == timedelta(hours=7)


async def test_a_key_with_a_successor_ends_with_the_clock(items: list[Item]) -> None:
    key_, space = await made(await factories.merchant())
    _, row = await key(space.id)
    await execute("UPDATE api_key SET successor_id = id WHERE id = $1", row.id)
    before = row.expires_at

    await advance(key_, 24)

    assert (await ApiKey.get(id=row.id)).expires_at == before - timedelta(hours=24)
    assert (await ApiKey.get(prefix=key_.key_prefix)).successor_id is None


async def test_reset_forgets_what_was_there_and_sets_the_clock_to_ours(items: list[Item]) -> None:
    real = await factories.merchant()
    key_, space = await made(real)
    await advance(key_, 30)
    feed = await Feed.get(merchant_id=space.id)
    await factories.run(feed, [line(items[0], "OWN")], force=True)

    told = (await data(RESET, key_of(real, *SCOPES), key="r", new=True))["resetSandbox"]
    assert told["sandbox"]["ready"] is False
    await work(*JOBS)

    assert (await data(MINE, key_of(real, *SCOPES)))["sandbox"]["aheadSeconds"] == 0
    skus = await fetch("SELECT sku FROM offer WHERE merchant_id = $1 ORDER BY sku", space.id)
    assert [row["sku"] for row in skus] == [f"SANDBOX-00{n}" for n in (1, 2, 3)]
    assert await FeedRun.filter(merchant_id=space.id).count() == 1
    assert await ApiKey.filter(merchant_id=space.id, revoked_at=None).count() == 1
    assert (await caller_of(f"Bearer {told['secret']}")).merchant_id == space.id
    refused = await refusal(RESET, await caller_of(f"Bearer {told['secret']}"), key="n", new=True)
    assert refused["argument"] == "newKey"


@pytest.mark.parametrize("hours", [0, -1, 90 * 24 + 1, 2**31 - 1])
async def test_the_clock_goes_forward_by_minutes_to_months(items: list[Item], hours: int) -> None:
    key_, _ = await made(await factories.merchant())

    assert (await refusal(ADVANCE, key_, hours=hours, key="k"))["argument"] == "hours"


async def test_the_clock_is_no_more_than_400_days_ahead_and_moves_once_for_a_key(
    items: list[Item],
) -> None:
    real = await factories.merchant()
    key_, space = await made(real)
    for _ in range(2):
        await advance(key_, 90 * 24, "same")
    assert await ahead_of(space.id) == timedelta(days=90)
    for number in range(3):
        await advance(key_, 90 * 24, str(number))

    told = await advance(key_, 41 * 24, "far")

    assert (told["code"], told["mostHours"]) == ("SANDBOX_CLOCK_TOO_FAR", 40 * 24)
    nobody = key_of(await factories.merchant("birch"), *SCOPES)
    assert (await advance(nobody, 1))["code"] == "SANDBOX_MISSING"
    actions: Any = await fetch("SELECT action FROM audit_log ORDER BY n")
    assert [r["action"] for r in actions] == ["createSandbox", *["sandboxAdvanceClock"] * 4]
