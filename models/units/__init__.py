"""Units: one device each, what it is known by, what was paid for it, and what happened to it."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any
from uuid import UUID

import asyncpg
import orjson

from domain.units import DeviceStatus, Identifier, Place, UnitEventKind
from domain.units.claiming import Claim, Elsewhere, Party
from models.base import as_system, fetch, fetchrow
from models.sql import statements
from models.units.claims import claim, note_in_lines, note_many

SQL = statements(Path(__file__).with_name("units.sql"))


@dataclass(frozen=True, slots=True)
class Terms:
    """What a category asks of its devices: `identity` is `IMEI` or `SERIAL`."""

    brand: str
    category: str
    identity: str
    storage: bool


@dataclass(frozen=True, slots=True)
class Acquisition:
    """What a merchant paid for a device, to whom, and which document shows it.

    Units: `price_minor` of `currency`, with what taxes there were. `country` and `imported` are
    said at `attachUnit` and kept with the tax of the line.
    """

    price_minor: int
    currency: str
    document: str
    supplier: str
    bought_on: date | None = None
    country: str | None = None
    imported: bool = False


@dataclass(frozen=True, slots=True)
class Checked:
    """What a list of stolen devices said, who keeps it, and when it was asked."""

    status: DeviceStatus
    source: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Sale:
    """The line that a device is sold by."""

    line_id: UUID
    merchant_id: UUID
    customer_id: UUID
    variant_id: UUID
    category: str


@dataclass(frozen=True, slots=True)
class Device:
    """A device as it is to be attached to a line."""

    identifiers: Sequence[Identifier]
    tac: str | None
    checked: Checked
    battery_health: int | None
    acquisition: Acquisition | None


@dataclass(frozen=True, slots=True)
class AlreadySold:
    """Another sale that has not ended has this identity; whose it is is nobody's business."""

    key: str


@dataclass(frozen=True, slots=True)
class Unit:
    """A device, as its merchant and its owner read it."""

    id: UUID
    category: str | None
    tac: str | None
    device_status: DeviceStatus
    device_status_source: str | None
    device_status_at: datetime | None
    battery_health: int | None
    identifiers: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class UnitEvent:
    """One thing that happened to a device. `hash` covers it and `previous`."""

    unit_id: UUID
    n: int
    kind: UnitEventKind
    at: datetime
    line_id: UUID | None
    data: Mapping[str, Any]
    previous: bytes
    hash: bytes


async def terms(variant_id: UUID, category: str | None) -> Terms | None:
    """What is asked of devices of a variant; None for a variant that is gone."""
    row = await fetchrow(SQL["terms"], variant_id, category)
    return Terms(**row) if row else None


async def attach(sale: Sale, device: Device) -> UUID | AlreadySold:
    """Give a line its device, in the current transaction; a device that came back is known again.

    The caller holds the line. An identity is live once over all merchants and places: whoever comes
    second waits for the first, and is told.
    Refuses: an identity that is spoken for elsewhere.
    """
    of = Party(merchant_id=sale.merchant_id, customer_id=sale.customer_id)
    wanted = Claim(Place.SALE, sale.line_id, of, sale.category, sale.variant_id)
    made = await claim(wanted, device.identifiers)
    if isinstance(made, Elsewhere):
        return AlreadySold(made.key)
    async with as_system() as raw:
        await raw.execute(SQL["left"], sale.line_id, made)
        await raw.execute(SQL["free"], sale.line_id, [each.key for each in device.identifiers])
        await _write(raw, made, sale, device)
    return made


async def _write(raw: asyncpg.Connection, unit_id: UUID, sale: Sale, device: Device) -> None:
    checked = device.checked
    told = (checked.status.value, checked.source, checked.at)
    await raw.execute(SQL["sell"], unit_id, device.tac, *told, device.battery_health)
    await raw.execute(SQL["attach"], sale.line_id, unit_id)
    await raw.execute(SQL["unbought"], sale.line_id)
    if paid := device.acquisition:
        await raw.execute(
            SQL["bought"],
            sale.line_id,
            unit_id,
            sale.merchant_id,
            paid.price_minor,
            paid.currency,
            paid.document,
            paid.supplier,
            paid.bought_on,
        )


async def keep_tac(unit_id: UUID, tac: str) -> None:
    """The model that the IMEI of a unit names, in the current transaction."""
    async with as_system() as raw:
        await raw.execute(SQL["keep_tac"], unit_id, tac)


async def keep_battery(unit_id: UUID, health: int | None) -> None:
    """What the last test said of the battery, in per cent; None changes nothing."""
    async with as_system() as raw:
        await raw.execute(SQL["keep_battery"], unit_id, health)


async def note(
    units: Iterable[UUID], kind: UnitEventKind, at: datetime, data: Mapping[str, Any]
) -> None:
    """Add an event to the chain of each unit, in the current transaction."""
    await note_many([(unit, kind, at, data) for unit in units])


async def note_lines(
    lines: Sequence[UUID], kind: UnitEventKind, at: datetime, data: Mapping[str, Any]
) -> None:
    """The same for the units of lines; a line without one is passed over."""
    async with as_system() as raw:
        found = await raw.fetch(SQL["of_lines"], lines)
    await note_in_lines([(row["line_id"], row["unit_id"], kind, at, data) for row in found])


async def read(units: Sequence[UUID]) -> dict[UUID, Unit]:
    """Units by id, as the current transaction may see them. One statement."""
    return {row["id"]: _unit(row) for row in await fetch(SQL["read"], units)}


async def events(units: Sequence[UUID], most: int) -> list[UnitEvent]:
    """What happened to units, the newest first, up to `most` of each. One statement."""
    return [_event(row) for row in await fetch(SQL["events"], units, most)]


async def acquisitions(lines: Sequence[UUID]) -> dict[UUID, Acquisition]:
    """What a merchant paid for the devices of its lines; nothing for anybody else."""
    rows = await fetch(SQL["acquisitions"], lines)
    return {
        row["line_id"]: Acquisition(
            row["price_minor"], row["currency"], row["document"], row["supplier"], row["bought_on"]
        )
        for row in rows
    }


def _unit(row: asyncpg.Record) -> Unit:
    named = orjson.loads(row["identifiers"])
    status = DeviceStatus(row["device_status"])
    return Unit(**{**row} | {"device_status": status, "identifiers": named})


def _event(row: asyncpg.Record) -> UnitEvent:
    facts = {"kind": UnitEventKind(row["kind"]), "data": orjson.loads(row["data"])}
    return UnitEvent(**{**row} | facts | {k: bytes(row[k]) for k in ("previous", "hash")})
