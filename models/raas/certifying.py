"""Certificates of lots: one for the data of each device, and one that lists them all.

Source: docs/fleets.md, "Certificates".
"""

from collections.abc import Sequence
from datetime import date, datetime
from pathlib import Path
from uuid import UUID

import asyncpg
import orjson

from domain.raas import Disposition
from domain.units.certificates.merkle import Salted, medium_identity
from domain.units.certificates.payloads import (
    Body,
    Erasure,
    FleetDevice,
    Issuer,
    Medium,
    Party,
    Tool,
    erasure,
    fleet,
)
from models.raas import handover
from models.raas.handover import Lot
from models.sql import statements
from models.units import certificates
from models.units.certificates import NewCertificate, Owner

SQL = statements(Path(__file__).with_name("certifying.sql"))
_GB = 1_000_000_000


async def certify_devices(raw: asyncpg.Connection, now: datetime, most: int) -> int:
    """Certify the erasure of devices that left processed lots; how many. Up to `most` at once."""
    by_lot: dict[UUID, list[UUID]] = {}
    for row in await raw.fetch(SQL["to_certify"], most):
        by_lot.setdefault(row["lot_id"], []).append(row["asset_id"])
    for lot_id, assets in by_lot.items():
        lot = await handover.held(raw, lot_id)
        if lot is not None:
            await _certify(raw, lot, assets, now)
    return sum(map(len, by_lot.values()))


async def _certify(
    raw: asyncpg.Connection, lot: Lot, assets: Sequence[UUID], now: datetime
) -> None:
    issuer, _ = await _parties(raw, lot)
    erased: dict[UUID, list[Erasure]] = {asset: [] for asset in assets}
    for row in await raw.fetch(SQL["erasures"], list(assets)):
        erased[row["asset_id"]].append(_erasure(row))
    for row in await raw.fetch(SQL["devices"], lot.id, list(assets)):
        device = _salted(row)
        body = erasure(device, row["maker"], row["model"], erased[row["id"]])
        made = await _issue(lot, issuer, body, now, [(device.identity, row["unit_id"])])
        await raw.execute(SQL["certified"], row["id"], made)


async def issue(raw: asyncpg.Connection, lot_id: UUID, now: datetime) -> UUID | None:
    """Certify what became of every device of a settled lot, in its merchant's chain.

    Refuses: while a device that is used again has no validated erasure with a certificate of it.
    """
    lot = await handover.held(raw, lot_id)
    rows = await raw.fetch(SQL["devices"], lot_id, None)
    if lot is None or not rows or any(not _released(row) for row in rows):
        return None
    issuer, subject = await _parties(raw, lot)
    named = {row["id"]: _salted(row) for row in rows}
    devices = [
        FleetDevice(
            named[row["id"]], row["maker"], row["model"], _result(row), row["disposition"],
            row["code"],
        )
        for row in rows
    ]  # fmt: skip
    days = [row["counted_at"].date() for row in rows] + [_end(row) for row in rows]
    body = fleet(subject, lot.number, devices, (min(days), max(days)))
    units = [(named[row["id"]].identity, row["unit_id"]) for row in rows]
    return await _issue(lot, issuer, body, now, units)


def _released(row: asyncpg.Record) -> bool:
    """Whether a device may be listed: its data is shown to be gone, or it was destroyed."""
    if row["disposition"] == Disposition.DESTROY or not row["storage"]:
        return True
    return row["clean"] and row["code"] is not None


def _result(row: asyncpg.Record) -> str:
    if not row["storage"]:
        return "NOT_APPLICABLE"
    return "VALIDATED" if row["clean"] and row["code"] is not None else "DESTROYED"


def _end(row: asyncpg.Record) -> date:
    found: date = (row["disposed_at"] or row["counted_at"]).date()
    return found


async def _issue(
    lot: Lot, issuer: Issuer, body: Body, now: datetime, units: Sequence[tuple[str, UUID | None]]
) -> UUID:
    owner = Owner(organisation_id=lot.organisation_id, merchant_id=lot.merchant_id)
    known = [(name, unit) for name, unit in units if unit is not None]
    made = await certificates.issue(NewCertificate(issuer, owner, body, now, known))
    return made.id


async def _parties(raw: asyncpg.Connection, lot: Lot) -> tuple[Issuer, Party]:
    [row] = await raw.fetch(SQL["parties"], lot.merchant_id, lot.organisation_id)
    issuer = Issuer(str(lot.merchant_id), row["merchant"], row["merchant_slug"])
    return issuer, Party(row["organisation"], row["organisation_id"])


def _salted(row: asyncpg.Record) -> Salted:
    tag = f"TAG:{row['tag'] or row['id']}"
    return certificates.device(row["imei"], row["serial"], row["maker"], tag)


def _erasure(row: asyncpg.Record) -> Erasure:
    said, word = orjson.loads(row["facts"]), orjson.loads(row["validation"])
    ran = said["verification"]
    capacity = row["capacity_gb"]
    return Erasure(
        medium=Medium(
            row["type"], certificates.salted(medium_identity(row["serial"])),
            capacity * _GB if capacity else None,
        ),
        method=row["method"], technique=said["technique"], standard=said["standard"],
        revision=said["revision"],
        tool=Tool(said["tool"], said["tool_version"], said["licence"]),
        started_at=datetime.fromisoformat(said["started_at"]),
        ended_at=datetime.fromisoformat(said["ended_at"]), result="SUCCEEDED",
        verification_method=ran["method"], verification_result="PASSED",
        verification_sample=f"{ran['sample_bp'] / 100:g} %", validation="VALIDATED",
        validated_at=datetime.fromisoformat(word["at"]), validator=word["by"],
        operator=said["operator"], operator_role=said["operator_role"], place=said["place"],
        destination=row["disposition"], log_sha256=said["log_sha256"],
    )  # fmt: skip
