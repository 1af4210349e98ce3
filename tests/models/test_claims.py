"""One physical device is one unit, in one place at a time, whoever has it."""

import asyncio
from collections import Counter
from collections.abc import Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from unittest.mock import patch
from uuid import UUID

import asyncpg
import pytest
from tortoise.context import TortoiseContext

from boucle.orm import APP, tortoise_config
from domain.units import (
    Identifier,
    Imei,
    Place,
    SupplyChannel,
    UnitEventKind,
    imei_identifier,
    medium_identifier,
    serial_identifier,
)
from models.base import execute, fetch, fetchrow, fetchval, transaction
from models.units.claims import (
    Claim,
    Elsewhere,
    Party,
    claim,
    claim_many,
    hand_over,
    note_many,
    release,
)
from tests.factories import some_id

NOW = datetime(2026, 11, 2, 9, tzinfo=UTC)
K = UnitEventKind


def number(n: int) -> Identifier:
    """The identity of the nth device; not a valid IMEI, which nobody here asks for."""
    return imei_identifier(Imei(f"{n:015d}"))


def in_stock(merchant: UUID, place_id: UUID | None = None, code: str | None = None) -> Claim:
    place_id = place_id or some_id()
    return Claim(Place.STOCK, place_id, Party(merchant), "smartphone", None, code=code)


def on_sale(merchant: UUID, customer: UUID, place_id: UUID | None = None) -> Claim:
    return Claim(Place.SALE, place_id or some_id(), Party(merchant, customer), "smartphone", None)


def traded_in(merchant: UUID, customer: UUID, place_id: UUID | None = None) -> Claim:
    place_id = place_id or some_id()
    return Claim(
        Place.TRADE_IN, place_id, Party(merchant, customer), None, None, SupplyChannel.TRADE_IN
    )


def in_fleet(organisation: UUID, place_id: UUID | None = None) -> Claim:
    of = Party(organisation_id=organisation)
    return Claim(Place.FLEET, place_id or some_id(), of, "laptop", None, SupplyChannel.FLEET)


async def taken(wanted: Claim, *named: Identifier) -> UUID:
    """The unit of a claim that must hold."""
    made = await claim(wanted, named)
    assert isinstance(made, UUID), made
    return made


async def present(unit: UUID) -> Counter[tuple[UUID | None, UUID | None, UUID | None]]:
    """Who has a unit, in each of its passports."""
    rows = await fetch(
        "SELECT merchant_id, customer_id, organisation_id FROM unit_party"
        " WHERE unit_id = $1 AND until_at IS NULL",
        unit,
    )
    return Counter((r[0], r[1], r[2]) for r in rows)


async def test_a_device_is_one_unit_through_a_fleet_a_sale_a_trade_in_and_another_sale(
    db: None,
) -> None:
    acme, amber, birch, ann, bob = (some_id() for _ in range(5))
    fleet, sale, trade = in_fleet(acme), on_sale(amber, ann), traded_in(birch, ann)

    first = await taken(fleet, number(1), serial_identifier("S1", "calder"))
    await hand_over([first], Party(amber), NOW)
    await release(Place.FLEET, [fleet.place_id])
    second = await taken(sale, number(1))
    await note_many([(second, K.SHIPPED, NOW, {})])
    await release(Place.SALE, [sale.place_id])
    third = await taken(trade, number(1))
    await note_many([(third, K.RECEIVED, NOW, {})])
    await hand_over([third], Party(birch), NOW)
    await release(Place.TRADE_IN, [trade.place_id])
    fourth = await taken(on_sale(birch, bob), serial_identifier("S1", "calder"))

    assert first == second == third == fourth
    assert await present(first) == {(birch, bob, None): 1}
    assert await fetchval("SELECT passports FROM unit WHERE id = $1", first) == 1
    assert await fetchval("SELECT count(*) FROM unit_party WHERE unit_id = $1", first) == 6
    assert await fetchval("SELECT channel FROM unit WHERE id = $1", first) == "TRADE_IN"


@pytest.mark.parametrize("second", [on_sale, traded_in, in_stock, in_fleet])
@pytest.mark.parametrize("first", [on_sale, traded_in])
async def test_whoever_comes_second_is_told_the_number_and_the_place_alone(
    db: None, first, second
) -> None:
    amber, birch, ann, bob = (some_id() for _ in range(4))
    held = first(amber, ann)
    await taken(held, number(1), number(2))
    wanted = second(birch, bob) if second in {on_sale, traded_in} else second(birch)

    refused = await claim(wanted, [number(3), number(2)])
    await release(held.place, [held.place_id])
    free = await claim(wanted, [number(3), number(2)])

    assert refused == Elsewhere(number(2).key, held.place)
    assert isinstance(free, UUID)
    assert await fetchval("SELECT count(*) FROM unit_identifier WHERE unit_id IS NULL") == 0


async def test_the_same_claim_again_is_the_same_unit_and_the_same_holder(db: None) -> None:
    amber, ann = some_id(), some_id()
    wanted = on_sale(amber, ann)

    one = await taken(wanted, number(1))
    two = await taken(wanted, number(1), number(2))

    assert one == two
    assert await fetchval("SELECT count(*) FROM unit_party") == 1
    assert await fetchval("SELECT identifiers ->> 'IMEI' FROM unit_party") == number(2).value


async def test_a_merchant_moves_its_own_device_from_stock_into_a_sale(db: None) -> None:
    amber, ann = some_id(), some_id()
    unit = await taken(in_stock(amber), number(1))

    sold = await claim(on_sale(amber, ann), [number(1)])

    assert sold == unit
    assert await fetchval("SELECT place FROM unit_identifier") == "SALE"
    assert await present(unit) == {(amber, ann, None): 1}


async def test_a_stranger_who_claims_a_number_begins_a_passport_of_its_own(db: None) -> None:
    amber, ann, mallory = some_id(), some_id(), some_id()
    sale = on_sale(amber, ann)
    unit = await taken(sale, number(1))
    await note_many([(unit, K.DIAGNOSED, NOW, {"passed": True})])
    await release(Place.SALE, [sale.place_id])

    same = await taken(in_stock(mallory), number(1))
    await note_many([(unit, K.OFFERED, NOW, {})])

    assert same == unit
    assert await present(unit) == {(amber, ann, None): 1, (mallory, None, None): 1}
    noted = await fetch("SELECT passport, merchant_id, customer_id FROM unit_event ORDER BY n")
    assert [tuple(row) for row in noted] == [(1, amber, ann), (2, mallory, None)]


async def test_a_stranger_with_nothing_in_hand_makes_way_for_who_had_the_device(db: None) -> None:
    amber, birch, ann, bob, mallory = (some_id() for _ in range(5))
    sale = on_sale(amber, ann)
    unit = await taken(sale, number(1))
    await note_many([(unit, K.SHIPPED, NOW, {})])
    await release(Place.SALE, [sale.place_id])
    await taken(in_stock(mallory), number(1))

    as_stranger = await claim(traded_in(birch, bob), [number(1)])
    as_owner = await claim(traded_in(birch, ann), [number(1)])

    assert as_stranger == Elsewhere(number(1).key, Place.STOCK)
    assert as_owner == unit
    assert await present(unit) == {(birch, ann, None): 1}


async def test_a_claim_in_stock_lapses_unless_something_happens_to_the_device(db: None) -> None:
    mallory, birch, bob = some_id(), some_id(), some_id()
    unit = await taken(in_stock(mallory), number(1))
    await execute("UPDATE unit_identifier SET live_until = now() - interval '1 second'")
    await note_many([(unit, K.DIAGNOSED, NOW, {})])
    busy = await claim(traded_in(birch, bob), [number(1)])

    await execute("UPDATE unit_identifier SET live_until = now() - interval '1 second'")
    lapsed = await claim(traded_in(birch, bob), [number(1)])

    assert busy == Elsewhere(number(1).key, Place.STOCK)
    assert lapsed == unit


async def test_a_claim_without_a_device_ends_with_its_place_and_the_owner_has_it_still(
    db: None,
) -> None:
    amber, birch, ann = some_id(), some_id(), some_id()
    sale, trade = on_sale(amber, ann), traded_in(birch, ann)
    unit = await taken(sale, number(1))
    await note_many([(unit, K.SHIPPED, NOW, {})])
    await release(Place.SALE, [sale.place_id])
    await taken(trade, number(1))

    await release(Place.TRADE_IN, [trade.place_id])

    assert await present(unit) == {(amber, ann, None): 1}
    assert await fetchval("SELECT void FROM unit_party WHERE place = 'TRADE_IN'") is True
    await note_many([(unit, K.CASE_OPENED, NOW, {})])
    last = await fetchrow("SELECT merchant_id, customer_id FROM unit_event ORDER BY n DESC")
    assert tuple(last or ()) == (amber, ann)


async def test_whoever_shows_the_code_of_the_passport_goes_on_with_it(db: None) -> None:
    amber, birch, ann = some_id(), some_id(), some_id()
    sale = on_sale(amber, ann)
    unit = await taken(sale, number(1))
    await note_many([(unit, K.SHIPPED, NOW, {})])
    await release(Place.SALE, [sale.place_id])
    await execute("INSERT INTO unit_passport VALUES ($1, 1, 'K7')", unit)

    wrong = await taken(in_stock(birch, code="K8"), number(1))
    right = await taken(in_stock(some_id(), code="K7"), number(1))

    assert wrong == right == unit
    passports = await fetch("SELECT passport FROM unit_party ORDER BY id")
    assert [row[0] for row in passports] == [1, 2, 1]


async def test_a_swapped_board_is_a_fact_and_the_board_names_the_device(db: None) -> None:
    amber = some_id()
    old = await taken(in_stock(amber), number(1), serial_identifier("S1", "calder"))
    board = await taken(in_stock(amber), number(2))
    await release(Place.STOCK, [r[0] for r in await fetch("SELECT place_id FROM unit_party")])
    await note_many([(unit, K.DIAGNOSED, NOW, {}) for unit in (old, board)])

    met = await taken(in_stock(amber), serial_identifier("S1", "calder"), number(2))

    assert met == board
    event = await fetchrow("SELECT kind, data FROM unit_event ORDER BY recorded_at DESC LIMIT 1")
    assert event is not None
    assert event["kind"] == "PART_REPLACED"
    assert "IDENTITIES_MET" in event["data"]
    assert "S1" not in event["data"]


async def test_a_stranger_does_not_take_the_serial_number_of_a_device_away(db: None) -> None:
    amber, ann, mallory = some_id(), some_id(), some_id()
    serial, sale = serial_identifier("S1", "calder"), on_sale(amber, ann)
    unit = await taken(sale, number(1), serial)
    await note_many([(unit, K.SHIPPED, NOW, {})])
    await release(Place.SALE, [sale.place_id])

    stock = in_stock(mallory)
    other = await taken(stock, number(2), serial)
    await release(Place.STOCK, [stock.place_id])

    assert other != unit
    assert await taken(traded_in(some_id(), ann), serial) == unit


async def test_a_disk_is_in_two_devices_without_either_being_refused(db: None) -> None:
    disk = medium_identifier("WD-1")

    one = await taken(in_stock(some_id()), number(1), disk)
    two = await taken(in_stock(some_id()), number(2), disk)

    assert one != two
    with pytest.raises(ValueError, match="number of its own"):
        await claim(in_stock(some_id()), [disk])


@contextmanager
def _counted():
    """How many statements run inside."""
    seen: list[str] = []
    ways = {name: getattr(asyncpg.Connection, name) for name in ("fetch", "fetchrow", "execute")}

    def wrapped(name):
        async def run(self, sql, *args, **more):
            seen.append(sql)
            return await ways[name](self, sql, *args, **more)

        return run

    patches = [patch.object(asyncpg.Connection, name, wrapped(name)) for name in ways]
    for each in patches:
        each.start()
    try:
        yield seen
    finally:
        for each in patches:
            each.stop()


async def _fleet(devices: int, beginning: int) -> tuple[int, Sequence[UUID | Elsewhere]]:
    asked = [(in_fleet(ACME), [number(beginning + n)]) for n in range(devices)]
    with _counted() as seen:
        made = await claim_many(asked)
        units = [each for each in made if isinstance(each, UUID)]
        await note_many([(unit, K.DECLARED, NOW, {"n": 1}) for unit in units])
        await release(Place.FLEET, [each.place_id for each, _ in asked[: devices // 2]])
    return len(seen), made


ACME = some_id()


async def test_five_thousand_devices_take_as_many_statements_as_five(db: None) -> None:
    few, _ = await _fleet(5, 0)
    many, made = await _fleet(5_000, 10)

    assert (few, len(set(made))) == (many, 5_000)
    assert many <= 40


async def test_of_a_batch_that_names_a_device_twice_the_first_has_it(db: None) -> None:
    one, two = in_fleet(ACME), in_fleet(ACME)

    first, second = await claim_many([(one, [number(1)]), (two, [number(2), number(1)])])

    assert isinstance(first, UUID)
    assert second == Elsewhere(number(1).key, Place.FLEET)


async def test_of_many_who_claim_one_device_at_once_in_all_places_exactly_one_has_it(
    fresh_db: str, migrated: None
) -> None:
    async def one(wanted: Claim, named: list[Identifier]) -> UUID | Elsewhere:
        async with transaction():
            made = await claim(wanted, named)
            await asyncio.sleep(0.01)
            return made

    async with TortoiseContext() as context:
        await context.init(tortoise_config(fresh_db, pool=8, role=APP))
        for n in range(8):
            both = [number(2 * n), number(2 * n + 1)]
            people = [some_id() for _ in range(6)]
            wanted = [
                (on_sale(*people[:2]), both),
                (traded_in(*people[2:4]), both[::-1]),
                (in_fleet(people[4]), both[1:]),
                (in_stock(people[5]), both),
            ]
            found = await asyncio.gather(*(one(*each) for each in wanted))
            assert sum(isinstance(each, UUID) for each in found) == 1, found

    live = await fetch("SELECT key, count(DISTINCT place) FROM unit_identifier GROUP BY key")
    assert {row[1] for row in live} <= {0, 1}


async def test_two_numbers_of_one_device_are_not_in_two_places(
    fresh_db: str, migrated: None
) -> None:
    amber, ann = some_id(), some_id()
    sale = on_sale(amber, ann)
    serial = serial_identifier("S1", "calder")
    async with transaction():
        unit = await taken(sale, number(1), serial)
        await release(Place.SALE, [sale.place_id])

    async def one(wanted: Claim, named: Identifier) -> UUID | Elsewhere:
        async with transaction():
            made = await claim(wanted, [named])
            await asyncio.sleep(0.02)
            return made

    async with TortoiseContext() as context:
        await context.init(tortoise_config(fresh_db, pool=4, role=APP))
        found = await asyncio.gather(
            one(on_sale(amber, ann), number(1)), one(traded_in(some_id(), ann), serial)
        )

    assert Counter(type(each) is Elsewhere for each in found) == {True: 1, False: 1}
    assert unit in found
