"""What a carrier's truth does to order lines, and what it does not."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import orjson
import pytest

from domain.orders import LineState
from domain.shipments import ShipmentPurpose, ShipmentStatus
from models.base import fetch, fetchrow
from models.merchants import Merchant
from models.shipments.effects import apply
from tests import factories, orders
from tests.factories import NOW, Item

CAME = datetime(2026, 11, 6, 9, 30, tzinfo=UTC)
S = ShipmentStatus


@pytest.fixture
async def item(db: None) -> Item:
    return (await factories.world(1, 1))[0]


@pytest.fixture
async def owner(item: Item) -> Merchant:
    return await factories.merchant()


async def _line(line_id: UUID) -> dict[str, Any]:
    row = await fetchrow("SELECT * FROM order_line WHERE id = $1", line_id)
    assert row is not None
    return dict(row)


async def test_only_delivered_to_the_customer_delivers_and_begins_rights(
    owner: Merchant, item: Item
) -> None:
    of = await orders.bought(owner, item, LineState.SHIPPED)
    parcel = await orders.parcel(of)
    for status in (S.ANNOUNCED, S.ACCEPTED, S.IN_TRANSIT, S.AVAILABLE_FOR_PICKUP, S.EXCEPTION):
        await apply(parcel, status, CAME - timedelta(days=1))
    waiting = await _line(of.lines[0])

    await apply(parcel, S.DELIVERED, CAME)
    await apply(parcel, S.DELIVERED, CAME + timedelta(days=1))

    came = await _line(of.lines[0])
    assert (waiting["state"], waiting["delivered_at"], waiting["return_until"]) == (
        "SHIPPED",
        None,
        None,
    )
    assert (came["state"], came["delivered_at"]) == ("DELIVERED", CAME)
    assert came["return_until"] == datetime(2026, 12, 6, 23, tzinfo=UTC)
    warranty = orjson.loads(came["warranty"])
    assert (warranty["legalUntil"], warranty["commercialUntil"]) == ("2028-11-06", "2027-11-06")


async def test_a_printed_label_is_no_dispatch_and_the_earliest_hand_over_counts(
    owner: Merchant, item: Item
) -> None:
    of = await orders.bought(owner, item, LineState.SHIPPED)
    parcel = await orders.parcel(of)

    await apply(parcel, S.ANNOUNCED, NOW)
    announced = (await _line(of.lines[0]))["first_scan_at"]
    await apply(parcel, S.IN_TRANSIT, NOW + timedelta(hours=5))
    await apply(parcel, S.ACCEPTED, NOW + timedelta(hours=2))
    await apply(parcel, S.OUT_FOR_DELIVERY, NOW + timedelta(hours=9))

    assert announced is None
    assert (await _line(of.lines[0]))["first_scan_at"] == NOW + timedelta(hours=2)


async def test_a_parcel_back_with_its_sender_returns_its_lines_and_begins_no_right(
    owner: Merchant, item: Item
) -> None:
    of = await orders.bought(owner, item, LineState.SHIPPED, lines=2)
    parcel = await orders.parcel(of, lines=of.lines[:1])

    await apply(parcel, S.RETURNED, CAME)

    first, second = [await _line(line) for line in of.lines]
    assert (first["state"], first["return_until"], second["state"]) == ("RETURNED", None, "SHIPPED")


async def test_an_older_parcel_that_came_back_says_nothing_of_a_line_sent_again(
    owner: Merchant, item: Item
) -> None:
    of = await orders.bought(owner, item, LineState.SHIPPED)
    old = await orders.parcel(of)
    new = await orders.parcel(of, number="6A99900000024", at=NOW + timedelta(hours=1))

    await apply(old, S.RETURNED, CAME)
    await apply(old, S.LOST, CAME)
    still = (await _line(of.lines[0]))["state"]
    await apply(new, S.DELIVERED, CAME)

    assert still == "SHIPPED"
    assert (await _line(of.lines[0]))["state"] == "DELIVERED"


async def test_the_days_to_give_back_count_from_the_last_device_that_came(
    owner: Merchant, item: Item
) -> None:
    of = await orders.bought(owner, item, LineState.SHIPPED, lines=2)
    one = await orders.parcel(of, lines=of.lines[:1])
    two = await orders.parcel(of, number="6A99900000024", lines=of.lines[1:])

    await apply(one, S.DELIVERED, CAME)
    await apply(two, S.DELIVERED, CAME + timedelta(days=4))

    until = {(await _line(line))["return_until"] for line in of.lines}
    assert until == {datetime(2026, 12, 10, 23, tzinfo=UTC)}


async def test_a_lost_parcel_loses_what_travels_and_nothing_that_came(
    owner: Merchant, item: Item
) -> None:
    travels = await orders.bought(owner, item, LineState.SHIPPED)
    came = await orders.bought(owner, item, LineState.DELIVERED)
    for number, of in enumerate((travels, came)):
        await apply(await orders.parcel(of, number=f"N{number}"), S.LOST, CAME)

    assert (await _line(travels.lines[0]))["state"] == "LOST"
    assert (await _line(came.lines[0]))["state"] == "DELIVERED"


async def test_a_device_on_its_way_back_is_returned_when_its_merchant_has_it(
    owner: Merchant, item: Item
) -> None:
    of = await orders.bought(owner, item, LineState.DELIVERED)
    back = await orders.parcel(of, purpose=ShipmentPurpose.RETURN)

    await apply(back, S.OUT_FOR_DELIVERY, CAME)
    before = (await _line(of.lines[0]))["state"]
    await apply(back, S.DELIVERED, CAME)

    assert (before, (await _line(of.lines[0]))["state"]) == ("DELIVERED", "RETURNED")
    assert len(await fetch("SELECT FROM order_line_move")) == 1
