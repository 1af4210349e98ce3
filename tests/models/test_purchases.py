"""A purchase ends its wait for money once: paid, or failed with its stock given back."""

from datetime import UTC, datetime

import orjson
import pytest

from domain.orders import LineState
from models.base import fetch, fetchval
from models.merchants import Merchant
from models.offers.reserve import ReservationKind, SoldOut, reserve
from models.orders.purchases import expired, paid
from models.orders.stock import gone
from tests import factories, orders
from tests.factories import Item, line

FRIDAY = datetime(2026, 5, 8, 15, tzinfo=UTC)  # a holiday in France, not in Germany


@pytest.fixture
async def item(db: None) -> Item:
    return (await factories.world(1, 1))[0]


async def _states() -> list[tuple[str, str]]:
    rows = await fetch(
        "SELECT DISTINCT p.state AS of, l.state FROM purchase p "
        "JOIN order_line l ON l.purchase_id = p.id"
    )
    return [tuple(row) for row in rows]


async def _waiting(owner: Merchant, item: Item, lines: int = 2) -> orders.Bought:
    """A purchase that waits for money, with stock set aside for each line."""
    await factories.run(await factories.feed(owner), [line(item, "SKU-1", quantity=5)])
    offer = (await factories.of_sku(owner, "SKU-1"))["id"]
    of = await orders.bought(
        owner, item, LineState.RESERVED, lines=lines, at=FRIDAY, offer_id=offer
    )
    for each in of.lines:
        held = await reserve([(offer, 1)], ReservationKind.ORDER)
        assert not isinstance(held, SoldOut)
        await fetch("UPDATE order_line SET reservation_id = $2 WHERE id = $1", each, held[0].id)
    return of


async def _stock(owner: Merchant) -> int:
    quantity: int = (await factories.of_sku(owner, "SKU-1"))["quantity"]
    return quantity


async def test_a_purchase_is_paid_once_and_each_merchant_is_told_once(item: Item) -> None:
    of = await _waiting(await factories.merchant("amber"), item)

    assert await paid(of.purchase_id, FRIDAY) == [of.order_id]
    assert await paid(of.purchase_id, FRIDAY) == []
    assert await expired(of.purchase_id, FRIDAY) is False

    assert await _states() == [("PAID", "PAID")]
    [event] = await fetch(
        "SELECT object_id, topic, data::text AS data FROM event WHERE topic ~ '^order'"
    )
    assert (event["topic"], event["object_id"]) == ("order.created", of.order_id)
    data = orjson.loads(event["data"])
    assert [each["id"] for each in data["lines"]] == [str(each) for each in of.lines]
    assert data["total"] == {"amount": "602.98", "currency": "EUR"}


@pytest.mark.parametrize(
    ("country", "until"), [("FR", "2026-05-11T22:00Z"), ("DE", "2026-05-11T15:00Z")]
)
async def test_hours_to_accept_are_those_of_the_merchants_working_days(
    item: Item, country: str, until: str
) -> None:
    of = await _waiting(await factories.merchant("amber", country=country), item, lines=1)

    await paid(of.purchase_id, FRIDAY)

    found = await fetchval("SELECT accept_by FROM order_line")
    assert found == datetime.fromisoformat(until)
    assert await fetchval("SELECT next_deadline FROM orders") == found


async def test_what_was_not_paid_is_given_back_once_and_money_comes_late(item: Item) -> None:
    owner = await factories.merchant("amber")
    of = await _waiting(owner, item)
    assert await _stock(owner) == 3

    assert await expired(of.purchase_id, FRIDAY) is True
    assert await expired(of.purchase_id, FRIDAY) is False
    assert await paid(of.purchase_id, FRIDAY) == []

    assert await _states() == [("FAILED", "EXPIRED")]
    assert await _stock(owner) == 5
    assert await fetchval("SELECT count(*) FROM event WHERE topic ~ '^order'") == 0


async def test_a_piece_that_is_gone_does_not_come_back(item: Item) -> None:
    owner = await factories.merchant("amber")
    of = await _waiting(owner, item)

    await gone(of.lines[:1])
    await expired(of.purchase_id, FRIDAY)

    assert await _stock(owner) == 4
