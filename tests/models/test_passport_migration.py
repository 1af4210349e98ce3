"""Devices that merchants had before passports are devices with holders after, and back."""

from importlib import import_module

import pytest

from boucle.roles import SYSTEM
from domain.orders import LineState
from domain.units import Place, UnitEventKind
from domain.units.claiming import Claim, Elsewhere, Party
from models.base import execute, fetch, fetchrow
from models.units import note, passports
from models.units.claims import claim
from tests import factories
from tests.devices import fresh, number
from tests.factories import Item, some_id
from tests.fulfilment import ATTACH, ask, device, merchant_key, paid

MIGRATION = import_module("models.migrations.0029_passports").Migration.operations[0]


@pytest.fixture
async def item(db: None) -> Item:
    return (await factories.world(1, 1))[0]


async def _run(statements: list[str]) -> None:
    """As the owner of the tables, whom policies bind too."""
    await execute("SET LOCAL ROLE NONE")
    for statement in statements:
        await execute(statement)
    await execute(f"SET LOCAL ROLE {SYSTEM}")


async def test_holders_numbers_and_chains_come_through(item: Item) -> None:
    owner = await factories.merchant()
    imei, now = fresh(), (await fetchrow("SELECT now()"))[0]
    of = await paid(owner, item, LineState.ACCEPTED)
    await ask(ATTACH, merchant_key(owner), **device(of.lines[0], now, imei=imei))
    unit = (await fetchrow("SELECT id FROM unit"))[0]
    stock = Claim(Place.STOCK, some_id(), Party(owner.id), "smartphone", item.variant_id)
    await claim(stock, [number(fresh())])

    await _run(MIGRATION.reverse_sql)
    before = await fetch("SELECT merchant_id, customer_id, line_id FROM unit")
    await _run(MIGRATION.sql)

    assert [tuple(row) for row in before] == [(owner.id, of.customer_id, of.lines[0])]
    holders = await fetch("SELECT merchant_id, customer_id, place, place_id FROM unit_party")
    assert [tuple(row) for row in holders] == [(owner.id, of.customer_id, "SALE", of.lines[0])]
    stranger = Claim(Place.STOCK, some_id(), Party(some_id()), "smartphone", None)
    assert await claim(stranger, [number(imei)]) == Elsewhere(number(imei).key, Place.SALE)
    await note([unit], UnitEventKind.SHIPPED, now, {})
    assert (await passports.verify_chain(unit)).intact
    assert await fetch("SELECT n FROM unit_event WHERE unit_id = $1 AND n = 4", unit) != []
    await execute("UPDATE order_line SET state = 'COMPLETED' WHERE id = $1", of.lines[0])
    assert await claim(stranger, [number(imei)]) == unit
