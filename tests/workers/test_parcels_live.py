"""From the merchant's `shipOrder` to the customer's rights: our workers before the simulator."""

import base64
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from yarl import URL

from boucle import demo_carriers
from boucle.house import vault_of
from boucle.settings import Settings
from domain.orders import LineState
from domain.shipments.carriers import TrackingApi
from integrations.carriers.registry import CLIENTS
from integrations.http import outbound, place
from integrations.sandbox.carriers import CarrierSimulator, Kind, Registration, number_for
from integrations.sandbox.carriers.parcels import life
from models.base import execute, fetchrow, fetchval
from models.merchants import Merchant
from models.shipments import polling
from tests import factories
from tests.factories import Item
from tests.fulfilment import ATTACH, SHIP, ask, device, line_id, merchant_key, order_id, paid, row
from tests.workers.test_poller import step
from workers.shipments import zone_name
from workers.shipments.poller import Carriers, Lane

MADE = (datetime.now(UTC) - timedelta(days=2)).replace(microsecond=0)
SPEED = 10.0
KEY = "k1:" + base64.b64encode(bytes(range(32))).decode()


@asynccontextmanager
async def played() -> AsyncIterator[tuple[CarrierSimulator, Carriers]]:
    """The simulator with the demo's accounts, and what our workers ask it by."""
    async with CarrierSimulator(lambda: MADE) as sim:
        url = URL(sim.url)
        settings = Settings.load(
            {"BOUCLE_CARRIERS_PORT": str(url.port), "BOUCLE_KEYS": KEY, "BOUCLE_CARRIER_SPEED": "9"}
        )
        first, again = await demo_carriers.bring(settings), await demo_carriers.bring(settings)
        assert (first, again) == (15, 0)
        async with outbound([place(url.host or "", url.port)]) as out:
            carriers = Carriers(out, vault_of(settings), CLIENTS, {}, zone_name, lambda _: SPEED)
            yield sim, carriers


async def shipped(
    sim: CarrierSimulator, owner: Merchant, item: Item, kind: Kind
) -> tuple[Any, Registration]:
    """An order that its merchant gave to a carrier, and the parcel as the carrier plays it."""
    of, caller = await paid(owner, item, LineState.ACCEPTED), merchant_key(owner)
    now = await fetchval("SELECT now()")
    assert "line" in await ask(ATTACH, caller, **device(of.lines[0], now))
    number = number_for(TrackingApi.LA_POSTE, kind, MADE)
    parcel = sim.register(
        TrackingApi.LA_POSTE, number, kind, created_at=MADE, speed=SPEED, destination="FR"
    )
    given = {"order": order_id(of), "lines": [line_id(of.lines[0])], "trackingNumber": number}
    sent = await ask(SHIP, caller, carrier="LA_POSTE", **given)
    assert sent["trackingNumber"] == number
    return of.lines[0], parcel


async def polled(carriers: Carriers) -> str:
    """Ask about what is due, now; the status of the parcel."""
    await execute("UPDATE shipment SET next_poll_at = now()")  # in a test, now stands still
    await polling.assign(CLIENTS)
    for each in await polling.work(100):
        await Lane(carriers, each.account_id, step).run()
    found = await fetchrow("SELECT status, last_error, next_poll_at FROM shipment")
    assert found is not None
    assert found["last_error"] is None
    return str(found["status"])


@pytest.fixture
async def item(db: None) -> Item:
    made = (await factories.world(1, 1))[0]
    await execute("INSERT INTO category_unit VALUES ('smartphone', 'IMEI', true, 'test')")
    return made


async def test_what_is_shipped_travels_and_its_delivery_begins_the_customers_rights(
    item: Item,
) -> None:
    owner = await factories.merchant()
    async with played() as (sim, carriers):
        line, parcel = await shipped(sim, owner, item, Kind.PLAIN)
        seen = []
        for event in life(parcel, older=False):
            sim.clock.set(event.at)
            before = await row(line)
            seen.append(await polled(carriers))
            if seen[-1] != "DELIVERED":
                assert (before["state"], before["return_until"]) == ("SHIPPED", None)

    after = await row(line)
    assert list(dict.fromkeys(seen)) == [
        "ANNOUNCED", "ACCEPTED", "IN_TRANSIT", "OUT_FOR_DELIVERY", "DELIVERED",
    ]  # fmt: skip
    assert (after["state"], after["delivered_at"]) == (
        "DELIVERED",
        life(parcel, older=False)[-1].at,
    )
    assert after["return_until"] - after["delivered_at"] >= timedelta(days=14)


async def test_a_parcel_that_waits_in_a_shop_releases_nothing_until_it_is_collected(
    item: Item,
) -> None:
    owner = await factories.merchant()
    async with played() as (sim, carriers):
        line, parcel = await shipped(sim, owner, item, Kind.PICKUP_POINT)
        *_, at_shop, collected = life(parcel, older=False)
        sim.clock.set(at_shop.at)
        assert await polled(carriers) == "AVAILABLE_FOR_PICKUP"
        waiting = await row(line)
        sim.clock.set(collected.at)
        assert await polled(carriers) == "DELIVERED"

    assert (waiting["state"], waiting["delivered_at"], waiting["return_until"]) == (
        "SHIPPED",
        None,
        None,
    )
    assert (await row(line))["state"] == "DELIVERED"
