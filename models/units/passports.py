"""The passport of a device: what anybody with its code reads, and what its holders read.

Source: docs/passports.md, "Who reads what".
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any
from uuid import UUID

import asyncpg
import orjson

from domain.units import DeviceStatus, Place, SupplyChannel, UnitEventKind
from domain.units.chain import Chain, Link, walk
from domain.units.codes import new_code
from domain.units.facts import PUBLIC, PublicEvent, public
from models.base import as_system, fetch
from models.sql import statements
from models.units import Acquisition

SQL = statements(Path(__file__).with_name("passports.sql"))
_TRIES = 5

Key = tuple[UUID, int]
"""A unit and the number of one of its passports."""


@dataclass(frozen=True, slots=True)
class Device:
    """What a passport is of."""

    unit_id: UUID
    passport: int
    category: str | None
    variant_id: UUID | None
    channel: SupplyChannel | None
    brand: str | None
    model: str | None


@dataclass(frozen=True, slots=True)
class Told:
    """What anybody may read of a passport: its events in order, and how many owners it had."""

    events: Sequence[PublicEvent]
    lives: int


@dataclass(frozen=True, slots=True)
class Held:
    """A device in the time of one holder, the last if there were several.

    Shapes: `identifiers` by kind, as the holder said them; `until_at` None: it has it still.
    """

    unit_id: UUID
    party_id: UUID
    passport: int
    place: Place
    place_id: UUID
    from_at: datetime
    until_at: datetime | None
    identifiers: Mapping[str, str]
    category: str | None
    variant_id: UUID | None
    channel: SupplyChannel | None
    tac: str | None
    device_status: DeviceStatus
    device_status_source: str | None
    device_status_at: datetime | None
    battery_health: int | None
    created_at: datetime


@dataclass(frozen=True, slots=True)
class Holding:
    """Whose devices are listed: exactly one of these."""

    merchant_id: UUID | None = None
    organisation_id: UUID | None = None
    customer_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class Stock:
    """What a merchant keeps about a device of its stock, for itself alone."""

    sku: str | None
    paid: Acquisition | None


async def verify_chain(unit_id: UUID) -> Chain:
    """Whether the events of a unit are what was written; the first broken link if not."""
    return (await verify_chains([unit_id]))[unit_id]


async def verify_chains(unit_ids: Sequence[UUID]) -> dict[UUID, Chain]:
    """The same for many units, in two statements."""
    ids = list(unit_ids)
    links: dict[UUID, list[Link]] = {unit_id: [] for unit_id in ids}
    async with as_system() as raw:
        ends = {row["id"]: row for row in await raw.fetch(SQL["ends"], ids)}
        for row in await raw.fetch(SQL["chain"], ids):
            facts = (row["at"], orjson.loads(row["data"]))
            hashes = (bytes(row["previous"]), bytes(row["hash"]))
            links[row["unit_id"]].append(Link(row["n"], row["kind"], *facts, *hashes))
    return {
        unit_id: walk(unit_id, links[unit_id], row["events"], bytes(row["last_hash"]))
        for unit_id, row in ends.items()
    }


async def codes(passports: Sequence[Key]) -> dict[Key, str]:
    """The codes of passports; one that has none is given one."""
    wanted = list(dict.fromkeys(passports))
    async with as_system() as raw:
        for _ in range(_TRIES):
            found = {
                (row["unit_id"], row["n"]): row["code"]
                for row in await raw.fetch(SQL["codes"], *_columns(wanted))
            }
            if missing := [each for each in wanted if each not in found]:
                made = [new_code() for _ in missing]
                await raw.execute(SQL["make_code"], *_columns(missing), made)
                continue
            return found
    raise LookupError("no code was free")


async def of_code(code: str) -> Device | None:
    """The device of a code; None for one that nobody gave out."""
    async with as_system() as raw:
        row = await raw.fetchrow(SQL["of_code"], code)
    if row is None:
        return None
    channel = SupplyChannel(row["channel"]) if row["channel"] else None
    return Device(**{**row} | {"channel": channel})


async def told(passports: Sequence[Key]) -> dict[Key, Told]:
    """What anybody may read of passports, in two statements."""
    wanted = list(dict.fromkeys(passports))
    events: dict[Key, list[PublicEvent]] = {each: [] for each in wanted}
    async with as_system() as raw:
        kinds = [kind.value for kind in PUBLIC]
        for row in await raw.fetch(SQL["told"], *_columns(wanted), kinds):
            kind, data = UnitEventKind(row["kind"]), orjson.loads(row["data"])
            if found := public(kind, row["at"], data):
                events[row["unit_id"], row["passport"]].append(found)
        rows = await raw.fetch(SQL["lives"], *_columns(wanted))
    lives = {(row["unit_id"], row["passport"]): row["lives"] for row in rows}
    return {each: Told(events[each], lives.get(each, 0)) for each in wanted}


async def held(unit_ids: Sequence[UUID]) -> dict[UUID, Held]:
    """Devices that the current transaction's own has or had. One statement."""
    rows = await fetch(SQL["held"], list(unit_ids))
    return {row["unit_id"]: _held(row) for row in rows}


async def page(of: Holding, number: str | None, before: UUID | None, most: int) -> list[Held]:
    """Devices of a holder, the newest first; `number`: only those that it knows by it."""
    whose = (of.merchant_id, of.organisation_id, of.customer_id)
    rows = await fetch(SQL["page"], *whose, before, most, number)
    found = await held([row["unit_id"] for row in rows])
    return [found[row["unit_id"]] for row in rows]


async def own(keys: Sequence[str], merchant_id: UUID) -> list[UUID]:
    """The units that a merchant has now by any of these numbers."""
    async with as_system() as raw:
        return [row["unit_id"] for row in await raw.fetch(SQL["own"], list(keys), merchant_id)]


async def in_hand(unit_id: UUID, merchant_id: UUID) -> bool | None:
    """Whether a merchant has a device on its table; None for one that is not its own at all.

    A device that was shipped is not, until it came back; nor is one that a person or an
    organisation gives away, until it was received.
    """
    for row in await fetch(SQL["hands"], [unit_id]):
        if row["merchant_id"] != merchant_id:
            continue
        if row["last"] is None:
            awaited = Place(row["place"]) in {Place.TRADE_IN, Place.FLEET}
            return not (awaited and row["others"])
        return row["last"] in {UnitEventKind.RECEIVED, UnitEventKind.RETURNED}
    return None


async def warranties(lines: Sequence[UUID]) -> dict[UUID, dict[str, Any]]:
    """The rights that order lines came with, as the current transaction may see them."""
    rows = await fetch(SQL["warranties"], list(lines))
    return {row["id"]: orjson.loads(row["warranty"]) for row in rows}


async def keep_stock(unit_id: UUID, merchant_id: UUID, stock: Stock) -> None:
    """What a merchant keeps about a device of its stock, in the current transaction."""
    paid = stock.paid
    told = (
        (paid.price_minor, paid.currency, paid.document, paid.supplier, paid.bought_on)
        if paid
        else (None,) * 5
    )
    async with as_system() as raw:
        await raw.execute(SQL["stock"], unit_id, merchant_id, stock.sku, *told)


async def stock(unit_ids: Sequence[UUID]) -> dict[UUID, Stock]:
    """The same as its merchant reads it; nothing for anybody else."""
    return {row["unit_id"]: _stock(row) for row in await fetch(SQL["acquired"], list(unit_ids))}


def _stock(row: asyncpg.Record) -> Stock:
    bought: date | None = row["bought_on"]
    if row["price_minor"] is None:
        return Stock(row["sku"], None)
    told = (row["price_minor"], row["currency"], row["document"], row["supplier"], bought)
    return Stock(row["sku"], Acquisition(*told))


def _held(row: asyncpg.Record) -> Held:
    channel = SupplyChannel(row["channel"]) if row["channel"] else None
    return Held(
        **{**row}
        | {
            "place": Place(row["place"]),
            "channel": channel,
            "identifiers": orjson.loads(row["identifiers"]),
            "device_status": DeviceStatus(row["device_status"]),
        }
    )


def _columns(passports: Sequence[Key]) -> list[list[Any]]:
    return [[unit_id for unit_id, _ in passports], [n for _, n in passports]]
