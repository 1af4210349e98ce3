"""What happened to orders is what a merchant is measured by, and what ranks it the next morning."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest

from domain.accounts.roles import CallerKind, Role
from domain.merchants.quality import QualityMetric
from domain.orders import LineState
from models.base import execute, fetchrow, fetchval
from models.jobs import Job
from models.merchants import Merchant, MerchantQuality
from models.outbox import enqueue
from resolvers.context import Caller
from tests import factories, orders
from tests.factories import Item
from tests.jobs import work
from tests.schema.asking import Json, answer, data, key_of, refusal

DAY, HOUR = timedelta(days=1), timedelta(hours=1)
QUALITY = """query($period: QualityPeriod, $of: ID){
  merchantQuality(period: $period, merchantId: $of){
  category qualityBp priorBp components{metric count n contributionBp level rate{
    ... on QualityRate{value estimate n low high} ... on QualityNotEnoughData{code n min}}}}}"""
REVIEW = """mutation($input: ReviewOrderLineInput!){reviewOrderLine(input: $input){
  __typename ... on Review{stars text} ... on Problem{code}}}"""
TEAM = Caller(
    kind=CallerKind.STAFF, user_id=factories.some_id(), roles=frozenset({Role.COUNTRY_TEAM})
)


@pytest.fixture
async def item(db: None) -> Item:
    return (await factories.world(1, 1))[0]


def ago(days: float) -> datetime:
    return datetime.now(UTC) - days * DAY


async def sold(
    owner: Merchant, item: Item, n: int, days: float,
    state: LineState = LineState.COMPLETED, **facts: Any,
) -> Sequence[UUID]:  # fmt: skip
    """So many lines that were paid so many days ago and reached their buyers two days later."""
    paid = ago(days)
    times = {"dispatch_by": paid + DAY, "first_scan_at": paid + 0.5 * DAY}
    times |= {"delivered_at": paid + 2 * DAY}
    of = await orders.bought(owner, item, state, lines=n, at=paid, **(times | facts))
    return of.lines


async def case(line: UUID, opened: float, **facts: Any) -> None:
    """A customer's case, opened so many days ago and answered within the hour."""
    at = ago(opened)
    columns = "order_id, merchant_id, customer_id, market"
    row = await fetchrow(f"SELECT {columns} FROM order_line WHERE id = $1", line)
    shared = dict(row) | {"id": factories.some_id(), "line_id": line, "version": 1}
    shared |= {"type": "FAULT", "state": "CLOSED", "owner": "MERCHANT", "opened_by": "CUSTOMER"}
    shared |= {"created_at": at, "updated_at": at, "first_reply_by": at + DAY}
    await orders.insert("after_sales_case", **(shared | {"first_replied_at": at + HOUR} | facts))


async def measured(caller: Caller, **variables: Any) -> dict[str, Json]:
    [found] = (await data(QUALITY, caller, **variables))["merchantQuality"]
    return {part["metric"]: part for part in found["components"]}


async def test_each_metric_counts_what_its_definition_says_and_nothing_else(item: Item) -> None:
    owner = await factories.merchant("amber")
    old = await sold(owner, item, 40, 100)
    await case(old[0], 97, resolution="REPAIR")  # a fault within 30 days
    await case(old[1], 97, resolution="REJECT", first_replied_at=ago(95))  # no fault; late reply
    await case(old[2], 60, resolution="REFUND")  # after 30 days
    await case(old[3], 90, type="WRONG_ITEM", resolution="REFUND", first_replied_at=None)
    await sold(owner, item, 10, 20, first_scan_at=ago(18.5))  # late
    await sold(
        owner,
        item,
        5,
        20,
        state=LineState.REFUSED,
        counts=True,
        dispatch_by=None,
        delivered_at=None,
    )
    await sold(owner, item, 3, 20, state=LineState.CANCELLED, dispatch_by=None, delivered_at=None)
    await sold(owner, item, 2, 5, first_scan_at=None, delivered_at=None, state=LineState.SHIPPED)
    await sold(owner, item, 6, 0.2, first_scan_at=None, delivered_at=None, state=LineState.ACCEPTED)
    mystery = await sold(owner, item, 7, 20, first_scan_at=None)
    hidden = "UPDATE orders o SET mystery = true FROM order_line l WHERE l.order_id = o.id "
    await execute(hidden + "AND l.id = $1", mystery[0])

    found = await measured(key_of(owner, "quality:read"))

    counts = {name: (Decimal(part["count"]), part["n"]) for name, part in found.items()}
    assert counts == {
        "FAILURE_RATE": (1, 40),
        "CANCELLATION_RATE": (5, 26),  # of all that were paid in 90 days
        "LATE_SHIPMENT_RATE": (12, 12),  # due in 90 days: ten late, two never scanned
        "LATE_REPLY_RATE": (1, 2),  # two of the clocks ended in the last 90 days
        "RATING": (0, 0),
        "LAB_CONFORMITY": (0, 0),
    }
    assert found["FAILURE_RATE"]["rate"]["n"] == 40
    assert found["CANCELLATION_RATE"]["rate"] == {"code": "NOT_ENOUGH_DATA", "n": 26, "min": 30}


async def test_merchant_and_staff_read_the_same_and_others_nothing(item: Item) -> None:
    owner, other = await factories.merchant("amber"), await factories.merchant("birch")
    await sold(owner, item, 40, 50)

    own = await data(QUALITY, key_of(owner, "quality:read"))
    staff = await data(QUALITY, TEAM, of=str(owner.id))

    assert own == staff
    assert (await data(QUALITY, key_of(other, "quality:read"))) == {"merchantQuality": []}
    asked = await refusal(QUALITY, key_of(other, "quality:read"), of=str(owner.id))
    assert asked["code"] in {"FORBIDDEN", "UNAUTHENTICATED"}


async def test_a_period_counts_its_days_alone(item: Item) -> None:
    owner = await factories.merchant("amber")
    await sold(owner, item, 4, 3)
    await sold(owner, item, 5, 60)
    await sold(owner, item, 6, 200)
    caller = key_of(owner, "quality:read")

    for period, n in (("WEEK", 4), ("MONTH", 4), ("QUARTER", 9), ("YEAR", 15)):
        found = await measured(caller, period=period)
        assert found["CANCELLATION_RATE"]["n"] == n, period


async def test_after_the_night_the_figures_rank_and_a_second_night_writes_nothing(
    item: Item,
) -> None:
    bad, good = await factories.merchant("amber"), await factories.merchant("birch")
    for owner, price in ((bad, "290.00"), (good, "300.00")):
        feed = await factories.feed(owner)
        await factories.run(feed, [factories.line(item, "1", price)], force=True)
    before = await _leader()
    for line in await sold(bad, item, 200, 60):
        await case(line, 57, resolution="REFUND", first_replied_at=None)
    await sold(good, item, 200, 60)

    await _night()

    assert (before, await _leader()) == (bad.id, good.id)
    row = await MerchantQuality.get(merchant_id=bad.id, category="phones")
    assert row.inputs[QualityMetric.FAILURE_RATE] == [200, 200]
    written = await fetchval("SELECT max(xmin::text::bigint) FROM merchant_quality")
    await _night()
    assert await fetchval("SELECT max(xmin::text::bigint) FROM merchant_quality") == written


async def test_what_is_too_old_counts_no_more_and_the_merchant_is_at_its_peers_again(
    item: Item,
) -> None:
    owner = await factories.merchant("amber", quality_bp=1000)
    await sold(owner, item, 50, 500)

    await _night()

    row = await MerchantQuality.get(merchant_id=owner.id, category="phones")
    assert (row.quality_bp, row.inputs) == (6518, {})


async def test_priors_follow_the_peers_and_every_index_with_them(item: Item) -> None:
    merchants = [await factories.merchant(f"m{n}") for n in range(6)]
    for owner in merchants:
        lines = await sold(owner, item, 110, 60)
        for line in lines[:5]:
            await case(line, 57, resolution="REPAIR")

    await _night()

    sql = "SELECT priors->>'FAILURE_RATE' FROM ranking_model WHERE market = 'FR' "
    newest = await fetchval(sql + "ORDER BY valid_from DESC LIMIT 1")
    prior = await fetchval("SELECT prior_bp FROM ranking_model ORDER BY valid_from DESC LIMIT 1")
    shown = await data(QUALITY, key_of(merchants[0], "quality:read"))
    assert newest == "9/200"
    assert shown["merchantQuality"][0]["priorBp"] == prior
    models = await fetchval("SELECT count(*) FROM ranking_model")
    await _night()
    assert await fetchval("SELECT count(*) FROM ranking_model") == models


async def test_a_review_is_written_once_by_its_buyer_for_what_was_delivered(item: Item) -> None:
    owner, buyer = await factories.merchant("amber"), await orders.customer()
    done = await orders.bought(owner, item, LineState.DELIVERED, by=buyer, at=ago(9))
    waits = await orders.bought(owner, item, LineState.SHIPPED, by=buyer, at=ago(9))
    caller = Caller(kind=CallerKind.CUSTOMER, user_id=buyer)
    other = Caller(kind=CallerKind.CUSTOMER, user_id=await orders.customer("o@example.com"))

    async def say(line: UUID, by: Caller, key: str, stars: int = 4) -> Json:
        given = {"orderLineId": str(line), "stars": stars, "idempotencyKey": key, "text": "Bon."}
        return (await data(REVIEW, by, input=given))["reviewOrderLine"]

    assert (await say(waits.lines[0], caller, "1"))["code"] == "NOT_DELIVERED"
    assert (await say(done.lines[0], other, "1"))["code"] == "LINE_UNKNOWN"
    written = {"__typename": "Review", "stars": 4, "text": "Bon."}
    assert await say(done.lines[0], caller, "2") == await say(done.lines[0], caller, "2") == written
    assert (await say(done.lines[0], caller, "3"))["code"] == "REVIEWED_BEFORE"
    found = (await measured(key_of(owner, "quality:read")))["RATING"]
    assert (Decimal(found["count"]), found["n"]) == (4, 1)
    given = {"orderLineId": str(done.lines[0]), "stars": 6, "idempotencyKey": "4"}
    refused = await answer(REVIEW, caller, input=given)
    assert refused["errors"][0]["extensions"]["reason"] == "STARS_INVALID"


async def _night() -> None:
    await enqueue(Job.REFRESH_QUALITY)
    await work(Job.REFRESH_QUALITY)


async def _leader() -> UUID:
    found: UUID = await fetchval("SELECT merchant_id FROM best_offer WHERE market = 'FR'")
    return found
