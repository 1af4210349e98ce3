"""What devices of lots are in the register of units: claimed on arrival, told of what happens.

Source: docs/passports.md, "Claims".
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any
from uuid import UUID

import asyncpg

from domain.units import (
    Identifier,
    Imei,
    Place,
    SupplyChannel,
    UnitEventKind,
    imei,
    imei_identifier,
    serial,
    serial_identifier,
)
from models.raas.handover import Lot
from models.sql import statements
from models.units.claims import Claim, Elsewhere, Party, claim_many, hand_over, note_many, release

SQL = statements(Path(__file__).with_name("counting.sql"))


@dataclass(frozen=True, slots=True)
class Arrived:
    """A device that was scanned: the asset it is, and what it was read to be."""

    asset_id: UUID
    imei: str | None
    serial: str | None


def identifiers(imei_text: str | None, serial_text: str | None, brand: str) -> list[Identifier]:
    """What a device is known by, of what was read off it; what is none is passed over."""
    found = []
    number = imei(imei_text) if imei_text else None
    if isinstance(number, Imei):
        found.append(imei_identifier(number))
    read = serial(serial_text) if serial_text else None
    if read is not None and brand:
        found.append(serial_identifier(read, brand))
    return found


async def claim(
    raw: asyncpg.Connection, lot: Lot, arrived: Sequence[Arrived], at: datetime
) -> dict[UUID, Elsewhere]:
    """The devices are the lot's, and with its merchant from now on; those that are live elsewhere.

    A device without a number of its own has no passport. The number of statements is fixed.
    """
    rows = {
        row["id"]: row for row in await raw.fetch(SQL["known_by"], [a.asset_id for a in arrived])
    }
    asked, asset_ids = [], []
    party = Party(organisation_id=lot.organisation_id)
    for each in arrived:
        row = rows[each.asset_id]
        named = identifiers(
            each.imei or row["imei"], each.serial or row["serial"], row["brand"] or ""
        )
        if named:
            about = (row["category"], row["variant_id"], SupplyChannel.FLEET)
            asked.append((Claim(Place.FLEET, each.asset_id, party, *about), named))
            asset_ids.append(each.asset_id)
    answers = await claim_many(asked)
    both = list(zip(asset_ids, answers, strict=True))
    units = [(asset, unit) for asset, unit in both if not isinstance(unit, Elsewhere)]
    await raw.execute(SQL["set_units"], [asset for asset, _ in units], [unit for _, unit in units])
    await hand_over([unit for _, unit in units], Party(merchant_id=lot.merchant_id), at)
    await note([unit for _, unit in units], UnitEventKind.RECEIVED, at, {"lot": lot.number})
    return {asset: answer for asset, answer in both if isinstance(answer, Elsewhere)}


async def free(assets: Sequence[UUID]) -> None:
    """Devices that have left their lot may be offered by whoever has them now."""
    if assets:
        await release(Place.FLEET, assets)


async def note(
    known: Sequence[UUID], kind: UnitEventKind, at: datetime, data: Mapping[str, Any]
) -> None:
    """Add an event to the passport of each unit, in the current transaction."""
    await note_many([(unit_id, kind, at, data) for unit_id in known])
