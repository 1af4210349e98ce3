"""What arrived of a lot, against what was declared.

Source: docs/fleets.md, "Reconciliation".
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path
from typing import Any
from uuid import UUID

import asyncpg
import orjson

from domain.raas import AssetState, LotState
from domain.raas.counting import Again, Counts, Declared, Found, Manifest, Matched, Scan, counts
from domain.raas.custody import CustodyKind, IncidentKind, Subject, Told
from domain.raas.settling import working_days_after
from models.base import fetch, new_id
from models.raas import handover
from models.raas.custody import Book, By, Item, plain
from models.raas.handover import Lot, Terms
from models.raas.identities import Arrived, claim
from models.sql import statements

SQL = statements(Path(__file__).with_name("counting.sql"))


@dataclass(frozen=True, slots=True)
class Scanned:
    """A device as it was scanned on arrival. Units: `mass_g` grams.

    Shapes: `key` is its identity over all makers, as `domain.units` writes it.
    """

    imei: str | None
    serial: str | None
    key: str | None
    tag: str | None
    maker: str | None
    variant_id: UUID | None
    at: datetime
    mass_g: int | None = None
    data: Mapping[str, Any] = field(default_factory=dict)

    def seen(self) -> dict[str, Any]:
        """What was read off the device, as JSON."""
        said = {
            "imei": self.imei, "serial": self.serial, "tag": self.tag, "maker": self.maker,
            "variant": str(self.variant_id) if self.variant_id else None,
        }  # fmt: skip
        return {name: value for name, value in said.items() if value}


@dataclass(frozen=True, slots=True)
class Received:
    """What a scan is: the asset, what was found, in what it differs; `again` for a second scan."""

    asset_id: UUID
    found: Found
    reasons: tuple[str, ...] = ()
    again: bool = False
    elsewhere: bool = False


async def receive(
    raw: asyncpg.Connection, lot: Lot, scans: Sequence[Scanned], by: By, terms: Terms
) -> list[Received]:
    """Count devices of a lot that the caller holds; an answer for each scan, in order.

    A device that nobody declared becomes an `EXTRA` asset of the lot; one that is live elsewhere is
    an incident as well. The number of statements does not depend on how many.
    """
    rows = await raw.fetch(SQL["manifest"], lot.id)
    counted = [row["id"] for row in rows if row["found"] not in {None, Found.MISSING}]
    manifest = Manifest(map(_declared, rows), counted)
    taken = await _elsewhere(raw, lot, [scan.key for scan in scans if scan.key])
    matches = [manifest.match(_scan(scan)) for scan in scans]
    found, extras = _named(scans, matches, taken)
    await _write_extras(raw, lot, extras)
    fresh = [(scan, each) for scan, each in zip(scans, found, strict=True) if not each.again]
    await _write(raw, lot, fresh, by.now)
    arrived = [Arrived(each.asset_id, scan.imei, scan.serial) for scan, each in fresh]
    elsewhere = await claim(raw, lot, arrived, by.now)
    found = [
        replace(each, elsewhere=each.elsewhere or each.asset_id in elsewhere) for each in found
    ]
    fresh = [(scan, each) for scan, each in zip(scans, found, strict=True) if not each.again]
    await _note(raw, lot, fresh, by, terms)
    return found


def _named(
    scans: Sequence[Scanned], matches: Sequence[Matched | Again], taken: set[str]
) -> tuple[list[Received], list[tuple[UUID, Scanned, bool]]]:
    """What each scan is, and the devices that nobody declared: one for the same number twice."""
    found: list[Received] = []
    extras: list[tuple[UUID, Scanned, bool]] = []
    known: dict[str, UUID] = {}
    for scan, match in zip(scans, matches, strict=True):
        if isinstance(match, Again):
            found.append(Received(match.asset_id, Found.RECEIVED, again=True))
        elif match.declared is not None:
            reasons = tuple(reason.value for reason in match.reasons)
            found.append(Received(match.declared.asset_id, match.found, reasons))
        elif scan.key in known:
            found.append(Received(known[scan.key], Found.EXTRA, again=True))
        else:
            asset_id, elsewhere = new_id(), scan.key in taken
            known |= {scan.key: asset_id} if scan.key else {}
            extras.append((asset_id, scan, elsewhere))
            found.append(Received(asset_id, Found.EXTRA, elsewhere=elsewhere))
    return found, extras


async def _elsewhere(raw: asyncpg.Connection, lot: Lot, keys: Sequence[str]) -> set[str]:
    rows = await raw.fetch(SQL["elsewhere"], list(keys), lot.id) if keys else []
    return {row["key"] for row in rows}


async def _write_extras(
    raw: asyncpg.Connection, lot: Lot, extras: Sequence[tuple[UUID, Scanned, bool]]
) -> None:
    if not extras:
        return
    scans = [scan for _, scan, _ in extras]
    await raw.execute(
        SQL["extra"], lot.id, lot.fleet_id, lot.organisation_id, [each[0] for each in extras],
        [s.imei for s in scans], [s.serial for s in scans], [s.key for s in scans],
        [not elsewhere for _, _, elsewhere in extras], [s.maker for s in scans],
        [s.variant_id for s in scans],
    )  # fmt: skip


async def _write(
    raw: asyncpg.Connection, lot: Lot, fresh: Sequence[tuple[Scanned, Received]], at: datetime
) -> None:
    came = [each.asset_id for _, each in fresh if each.found is not Found.EXTRA]
    await handover.move_assets(raw, came, AssetState.RECEIVED)
    await raw.execute(
        SQL["count"], *lot.owners, at, [each.asset_id for _, each in fresh],
        [each.found.value for _, each in fresh],
        [orjson.dumps(each.reasons).decode() for _, each in fresh],
        [orjson.dumps(scan.seen()).decode() for scan, _ in fresh],
    )  # fmt: skip


async def _note(
    raw: asyncpg.Connection,
    lot: Lot,
    fresh: Sequence[tuple[Scanned, Received]],
    by: By,
    terms: Terms,
) -> None:
    """Each device's own chain says that it was received."""
    book = Book(raw, lot, by, terms.balance_bp)
    await book.open(devices=True, names=[str(each.asset_id) for _, each in fresh])
    for scan, each in fresh:
        told = Told(CustodyKind.RECEIVED, by.now, mass_g=scan.mass_g)
        said = {**scan.data, **scan.seen(), "scannedAt": scan.at.isoformat()}
        item = Item(Subject.DEVICE, str(each.asset_id), told, said)
        chain = book.take(item).chain_id
        if each.found is Found.EXTRA:
            kind = IncidentKind.SERIAL_NOT_IN_MANIFEST
            book.incident(kind, scan.seen(), chain, each.asset_id)
        if each.elsewhere:
            book.incident(IncidentKind.DEVICE_ELSEWHERE, scan.seen(), chain, each.asset_id)
    await book.write()


async def complete(raw: asyncpg.Connection, lot: Lot, now: datetime, terms: Terms) -> Counts:
    """Nothing more arrives: what was not scanned is missing. The sums then.

    A lot of which all came, and nothing else, is reconciled at once; else its organisation has some
    working days to say that it was otherwise.
    """
    left = [row["id"] for row in await raw.fetch(SQL["uncounted"], lot.id)]
    await raw.execute(
        SQL["count"], *lot.owners, now, left, [Found.MISSING.value] * len(left),
        ["[]"] * len(left), ["{}"] * len(left),
    )  # fmt: skip
    await handover.move_assets(raw, left, AssetState.MISSING)
    found = (await sums([lot.id]))[lot.id]
    until = working_days_after(now, terms.reconcile_days, lot.country, lot.zone)
    await raw.execute(SQL["counted"], lot.id, now, now if found.agrees else until)
    await handover.changed(raw, lot)
    await reconcile(raw, lot.id, now)
    return found


async def agree(raw: asyncpg.Connection, lot: Lot, now: datetime) -> None:
    """The organisation agrees to what was counted: it stands once no question is open."""
    await raw.execute(SQL["counted"], lot.id, now, now)
    await reconcile(raw, lot.id, now)


async def reconcile(raw: asyncpg.Connection, lot_id: UUID, now: datetime) -> bool:
    """Move a lot whose count stands on; False while a question is open or time is left.

    Devices that nobody declared, and nobody decided about until then, go back.
    """
    lot = await handover.held(raw, lot_id)
    waits = lot is None or lot.reconcile_by is None or lot.reconcile_by > now
    if lot is None or waits or lot.state is not LotState.RECEIVED:
        return False
    [row] = await raw.fetch(SQL["open_questions"], lot_id)
    if row["disputes"]:
        return False
    if row["extras"]:
        extras = [each["id"] for each in await raw.fetch(SQL["extras"], lot_id)]
        await send_back(raw, extras)
    return await handover.move(raw, lot, LotState.RECONCILED)


async def send_back(raw: asyncpg.Connection, assets: Sequence[UUID]) -> list[UUID]:
    """Devices that nobody declared go back to their organisation; which ones did."""
    moved = await handover.move_assets(raw, assets, AssetState.RETURNED)
    await raw.execute(SQL["end_life"], moved)
    return moved


async def due(raw: asyncpg.Connection, now: datetime, limit: int) -> list[UUID]:
    """Lots whose count stands by itself now."""
    return [row["id"] for row in await raw.fetch(SQL["due"], now, limit)]


async def sums(lots: Sequence[UUID]) -> dict[UUID, Counts]:
    """What was declared and found of lots, as the current transaction may see them."""
    declared: dict[UUID, int] = dict.fromkeys(lots, 0)
    found: dict[UUID, dict[Found, int]] = {lot: {} for lot in lots}
    for row in await fetch(SQL["sums"], list(lots)):
        declared[row["lot_id"]] += row["declared"]
        if row["found"]:
            found[row["lot_id"]][Found(row["found"])] = row["n"]
    return {lot: counts(declared[lot], found[lot]) for lot in lots}


def _declared(row: asyncpg.Record) -> Declared:
    keys = tuple(_keys(row["imei"], row["serial"]))
    return Declared(row["id"], keys, _tag(row["tag_key"]), row["variant_id"])


def _scan(scan: Scanned) -> Scan:
    return Scan(tuple(_keys(scan.imei, scan.serial)), _tag(scan.tag), scan.variant_id)


def _tag(text: str | None) -> str | None:
    return plain(text) or None if text else None


def _keys(imei: str | None, serial: str | None) -> list[str]:
    named = (("IMEI", imei), ("SERIAL", serial))
    return [f"{kind}:{plain(text)}" for kind, text in named if text]
