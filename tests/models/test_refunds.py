"""Refunds of lines and what their merchants are owed, in the ledger."""

import pytest

from domain.orders import Actor, LineState
from domain.orders.payments import RefundReason
from models.base import fetch, fetchval
from models.orders import By, ledger, refunds
from tests import factories, orders
from tests.factories import NOW, Item
from tests.orders import DAY, FEE
from tests.payments import books, captured

PRICE = 300_00
BY = By(Actor.PLATFORM, NOW)


@pytest.fixture
async def item(db: None) -> Item:
    return (await factories.world(1, 1))[0]


async def test_a_line_is_refunded_in_parts_and_never_beyond_what_was_paid(item: Item) -> None:
    owner = await factories.merchant("amber")
    of = await orders.bought(owner, item, LineState.DELIVERED, lines=2)
    await captured(of)
    line, other = of.lines

    await refunds.ask({line: 100_00}, RefundReason.GOODWILL, BY, NOW)
    with pytest.raises(refunds.ExceedsPaid) as told:
        await refunds.ask({other: 1, line: 200_00 + FEE + 1}, RefundReason.GOODWILL, BY, NOW)
    assert (told.value.line_id, told.value.max_minor) == (line, 200_00 + FEE)
    state = "SELECT state, refunded_minor FROM order_line WHERE id = $1"
    assert [tuple(row) for row in await fetch(state, line)] == [("DELIVERED", 100_00)]
    assert [tuple(row) for row in await fetch(state, other)] == [("DELIVERED", 0)]
    assert (await books())["MERCHANT_HELD"] == -(2 * PRICE - 100_00)
    await refunds.ask({line: 200_00 + FEE}, RefundReason.GOODWILL, BY, NOW)

    assert [tuple(row) for row in await fetch(state, line)] == [("REFUNDED", PRICE + FEE)]
    assert await refunds.ask([line], RefundReason.GOODWILL, BY, NOW) == []
    assert await books() == {
        "CLEARING": 2 * (PRICE + FEE), "MERCHANT_HELD": -PRICE, "SERVICE_FEES": -FEE,
        "REFUNDS_DUE": -(PRICE + FEE),
    }  # fmt: skip
    created = await fetch(
        "SELECT data->>'amount' AS x FROM event WHERE topic = 'refund.created' ORDER BY n"
    )
    assert [row["x"] for row in created] == ["100.00", "201.49"]


async def test_a_line_that_was_never_paid_has_no_refund(item: Item) -> None:
    of = await orders.bought(await factories.merchant("amber"), item, LineState.CANCELLED)

    assert await refunds.ask(of.lines, RefundReason.CANCELLED, BY, NOW) == []
    assert await fetchval("SELECT count(*) FROM refund") == 0


async def test_a_line_that_ended_stays_as_it_ended_when_its_money_goes_back(item: Item) -> None:
    of = await orders.bought(await factories.merchant("amber"), item, LineState.CANCELLED)
    await captured(of)

    assert len(await refunds.ask(of.lines, RefundReason.CANCELLED, BY, NOW)) == 1

    row = await fetch("SELECT state, refunded_minor FROM order_line")
    assert [tuple(each) for each in row] == [("CANCELLED", PRICE + FEE)]


async def test_earnings_are_owed_once_the_line_cannot_be_returned(item: Item) -> None:
    owner = await factories.merchant("amber")
    of = await orders.bought(owner, item, LineState.DELIVERED, lines=2)
    await captured(of)
    await refunds.ask({of.lines[0]: 50_00}, RefundReason.GOODWILL, BY, NOW)

    assert await ledger.release_due(NOW + 32 * DAY) == 0
    assert await ledger.release_due(NOW + 34 * DAY) == 2
    assert await ledger.release_due(NOW + 35 * DAY) == 0

    [balance] = await ledger.balances(owner.id)
    assert (balance.held_minor, balance.owed_minor) == (0, 2 * PRICE - 50_00)
    await refunds.ask([of.lines[1]], RefundReason.FAULT, BY, NOW + 36 * DAY)
    [balance] = await ledger.balances(owner.id)
    assert (balance.held_minor, balance.owed_minor) == (0, PRICE - 50_00)
    entries = await ledger.page(owner.id, None, 100)
    assert entries[0].balance_minor == PRICE - 50_00
    assert [each.amount_minor for each in entries][:1] == [-PRICE]
    last = await ledger.page(owner.id, entries[1].n, 1)
    assert last == [entries[2]]
