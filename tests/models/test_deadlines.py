"""What time alone does to lines, each thing once."""

from datetime import UTC, datetime, timedelta

import pytest

from domain.calendars import Calendar
from domain.orders import LineState
from domain.orders.deadlines import abandoned_at, dispatch_by, return_until
from models.aftersales.ending import complete
from models.base import execute, fetch, fetchval
from models.merchants import Merchant
from models.orders import deadlines
from tests import factories
from tests.factories import Item
from tests.fulfilment import paid, refunds, row, state

L = LineState
FRANCE = Calendar("FR", "Europe/Paris")
DAY = timedelta(days=1)


@pytest.fixture
async def item(db: None) -> Item:
    return (await factories.world(1, 1))[0]


@pytest.fixture
async def owner(item: Item) -> Merchant:
    return await factories.merchant()


async def _now() -> datetime:
    found: datetime = await fetchval("SELECT now()")
    return found


def test_handling_hours_and_days_of_grace_count_working_days_alone() -> None:
    friday = datetime(2026, 11, 6, 15, tzinfo=UTC)

    due = dispatch_by(friday, 24, FRANCE)

    assert due == datetime(2026, 11, 9, 15, tzinfo=UTC)
    assert abandoned_at(due, FRANCE) == datetime(
        2026, 11, 17, 23, tzinfo=UTC
    )  # the 11th is a holiday


def test_the_days_to_give_back_end_with_a_day_of_the_market() -> None:
    came = datetime(2026, 11, 6, 23, 30, tzinfo=UTC)  # the 7th in France

    assert return_until(came, "Europe/Paris") == datetime(2026, 12, 7, 23, tzinfo=UTC)


async def test_what_was_not_accepted_in_time_is_cancelled_once_refunded_and_counts(
    owner: Merchant, item: Item
) -> None:
    now = await _now()
    late = await paid(owner, item, accept_by=now - timedelta(seconds=1))
    soon = await paid(owner, item, accept_by=now + timedelta(minutes=1))

    done = [await deadlines.cancel_not_accepted() for _ in range(2)]

    line = await row(late.lines[0])
    assert done == [1, 0]
    assert (line["state"], line["reason"], line["counts"]) == (
        "CANCELLED",
        "NOT_ACCEPTED_IN_TIME",
        True,
    )
    assert await refunds(late.lines[0]) == [("CANCELLED", 301_49)]
    assert await state(soon.lines[0]) == "PAID"


async def test_what_was_never_shipped_is_cancelled_after_five_working_days_and_counts(
    owner: Merchant, item: Item
) -> None:
    now = await _now()
    old = await paid(owner, item, L.ACCEPTED, dispatch_by=now - 14 * DAY)
    days = next(n for n in range(5, 14) if now < abandoned_at(now - n * DAY, FRANCE))
    young = await paid(owner, item, L.ACCEPTED, dispatch_by=now - days * DAY)

    done = [await deadlines.cancel_not_shipped() for _ in range(2)]

    line = await row(old.lines[0])
    assert done == [(1, None), (0, None)]
    assert (line["state"], line["reason"], line["counts"]) == ("CANCELLED", "NOT_SHIPPED", True)
    assert await refunds(old.lines[0]) == [("CANCELLED", 301_49)]
    assert await state(young.lines[0]) == "ACCEPTED"


async def test_lines_that_wait_do_not_hide_those_that_are_over(owner: Merchant, item: Item) -> None:
    now = await _now()
    for days in (14, 13, 5):
        await paid(owner, item, L.ACCEPTED, dispatch_by=now - days * DAY)
    place, total = None, 0
    for _ in range(9):
        done, place = await deadlines.cancel_not_shipped(place, limit=1)
        total += done
        if place is None:
            break

    assert total == 2


async def test_the_money_of_a_lost_line_goes_back_once_and_the_line_ends(
    owner: Merchant, item: Item
) -> None:
    of = await paid(owner, item, L.LOST)

    done = [await deadlines.refund_lost() for _ in range(2)]

    assert done == [1, 0]
    assert await state(of.lines[0]) == "REFUNDED"
    assert await refunds(of.lines[0]) == [("LOST", 301_49)]


async def test_a_sale_is_over_when_its_days_are_and_no_case_is_open(
    owner: Merchant, item: Item
) -> None:
    now = await _now()
    over, case, open_ = [
        await paid(owner, item, L.DELIVERED, return_until=until)
        for until in (now - DAY, now - DAY, now + DAY)
    ]
    await execute(
        "INSERT INTO after_sales_case (line_id, order_id, merchant_id, customer_id, market, type,"
        " state, opened_by, first_reply_by) VALUES ($1, $2, $3, $4, 'FR', 'FAULT',"
        " 'AWAITING_MERCHANT', 'CUSTOMER', now())",
        case.lines[0], case.order_id, owner.id, case.customer_id,
    )  # fmt: skip

    done = [await complete() for _ in range(2)]

    assert done == [1, 0]
    states = [await state(of.lines[0]) for of in (over, case, open_)]
    assert states == ["COMPLETED", "DELIVERED", "DELIVERED"]


async def test_a_merchant_is_reminded_once_of_what_is_due_soon(owner: Merchant, item: Item) -> None:
    now = await _now()
    soon, later = [
        await paid(owner, item, accept_by=now + timedelta(hours=hours)) for hours in (3, 9)
    ]

    done = [await deadlines.remind() for _ in range(2)]

    told = await fetch("SELECT object_id FROM event WHERE data->>'reason' = 'DEADLINE_NEAR'")
    assert done == [1, 0]
    assert [each["object_id"] for each in told] == [soon.lines[0]]
    assert later.lines[0] != soon.lines[0]
