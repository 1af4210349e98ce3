"""Where the devices of a lot go, to whom, with which proof; and the grades that they had.

Source: docs/fleets.md, "Processing".
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

import asyncpg
import orjson

from domain.raas import AssetState, Disposition, LotState
from domain.raas.conditions import settled_as
from domain.raas.custody import CustodyKind
from domain.raas.erasing import Partner, disposition_fault
from domain.units import UnitEventKind
from models.raas import handover, identities
from models.raas.custody import By
from models.raas.handover import Lot, Terms
from models.raas.processing import (
    SQL,
    UNKNOWN,
    Device,
    Done,
    chain_on,
    devices_of,
    not_from,
    note,
)

_A = AssetState


@dataclass(frozen=True, slots=True)
class Disposed:
    """Where a device goes. Units: `mass_g` grams."""

    asset_id: UUID
    to: Disposition
    reason: str | None = None
    partner_id: UUID | None = None
    proof: UUID | None = None
    mass_g: int | None = None


@dataclass(frozen=True, slots=True)
class Regraded:
    """The grade that a device turned out to have."""

    asset_id: UUID
    grade: str
    reason: str
    evidence: Sequence[UUID]


_HANDED_ON: Mapping[Disposition, tuple[CustodyKind, UnitEventKind | None]] = {
    Disposition.REPAIR: (CustodyKind.REPAIRED, UnitEventKind.REPAIRED),
    Disposition.RESELL: (CustodyKind.LISTED, None),
    Disposition.DONATE: (CustodyKind.TRANSFERRED, UnitEventKind.DONATED),
    Disposition.PARTS: (CustodyKind.PARTED, UnitEventKind.PARTED),
    Disposition.RECYCLE: (CustodyKind.RECYCLED, UnitEventKind.RECYCLED),
    Disposition.DESTROY: (CustodyKind.RECYCLED, UnitEventKind.DESTROYED),
}


async def dispose(
    raw: asyncpg.Connection, lot: Lot, items: Sequence[Disposed], by: By, terms: Terms
) -> list[Done]:
    """Note where devices go; the lot is processed when the last is gone.

    Refuses, by item: an unknown asset; another state; what `domain.raas.erasing` refuses.
    """
    devices = await devices_of(raw, lot, [item.asset_id for item in items])
    wanted = [item.partner_id for item in items if item.partner_id is not None]
    partners = await _valid_partners(raw, lot, wanted, by.now.date())
    answers, good = [], []
    for item in items:
        device = devices.get(item.asset_id)
        refused = _not_disposable(device, item, partners)
        answers.append(refused or Done(state=_A.DISPOSED))
        if refused is None and device is not None:
            device.state = _A.DISPOSED
            good.append(item)
    for state in (_A.ERASURE_FAILED, _A.DESTROYED, _A.DISPOSED):
        ids = [item.asset_id for item in good if item.asset_id in devices]
        destroyed = [i.asset_id for i in good if i.to is Disposition.DESTROY]
        await handover.move_assets(raw, ids if state is _A.DISPOSED else destroyed, state)
    await raw.execute(
        SQL["disposed"], by.now, [i.asset_id for i in good], [i.to.value for i in good],
        [i.reason for i in good], [i.partner_id for i in good], [i.proof for i in good],
    )  # fmt: skip
    happened = [(i.asset_id, _HANDED_ON[i.to][0], i.mass_g) for i in good]
    await chain_on(raw, lot, happened, by, terms)
    for to, (_, kind) in _HANDED_ON.items():
        gone = [devices[i.asset_id] for i in good if i.to is to]
        if kind is not None:
            await note(gone, kind, by.now, {"lot": lot.number})
    await identities.free([item.asset_id for item in good])
    await finish(raw, lot.id)
    return answers


def _not_disposable(
    device: Device | None, item: Disposed, partners: Mapping[UUID, Partner]
) -> Done | None:
    if device is None:
        return Done(UNKNOWN)
    if device.state not in {_A.DIAGNOSED, _A.ERASURE_FAILED, _A.ERASED, _A.DESTROYED}:
        return not_from(device, _A.DISPOSED)
    partner = partners.get(item.partner_id) if item.partner_id else None
    if item.partner_id and partner is None:
        return Done("PARTNER_UNKNOWN")
    proof = item.proof is not None
    fault = disposition_fault(device.state, item.to, item.reason, partner, proof=proof)
    return Done(fault.value) if fault else None


async def _valid_partners(
    raw: asyncpg.Connection, lot: Lot, wanted: Sequence[UUID], day: date
) -> dict[UUID, Partner]:
    rows = await raw.fetch(SQL["partners"], list(wanted), lot.merchant_id, None, None)
    return {
        row["id"]: Partner(row["kind"], valid_schemes(orjson.loads(row["certifications"]), day))
        for row in rows
    }


def valid_schemes(certifications: Iterable[Mapping[str, Any]], day: date) -> frozenset[str]:
    """The schemes whose certificate is valid on a day, its last one included."""
    until = day.isoformat()
    return frozenset(each["scheme"] for each in certifications if each["validTo"] >= until)


async def regrade(
    raw: asyncpg.Connection, lot: Lot, items: Sequence[Regraded], terms: Terms
) -> list[Done]:
    """Note the grades that devices turned out to have, which changes what they bring.

    Refuses, by item: an unknown asset; one that is not here, or was settled; a grade without a
    factor; a change without evidence.
    """
    devices = await devices_of(raw, lot, [item.asset_id for item in items])
    answers, good = [], []
    here = {_A.RECEIVED, _A.DIAGNOSED, _A.ERASED, _A.ERASURE_FAILED, _A.DESTROYED, _A.DISPOSED}
    for item in items:
        device = devices.get(item.asset_id)
        if device is None or device.state not in here:
            answers.append(not_from(device, _A.DIAGNOSED) or Done(UNKNOWN))
        elif not item.evidence:
            answers.append(Done("EVIDENCE_REQUIRED"))
        elif {item.grade, settled_as(device.declared_grade)} - set(terms.grade_bp):
            answers.append(Done("GRADE_UNKNOWN", {"grades": sorted(terms.grade_bp)}))
        else:
            good.append(item)
            answers.append(Done(state=device.state))
    evidence = [orjson.dumps([str(e) for e in item.evidence]).decode() for item in good]
    columns = ([i.asset_id for i in good], [i.grade for i in good], [i.reason for i in good])
    await raw.execute(SQL["regraded"], *columns, evidence)
    return answers


async def finish(raw: asyncpg.Connection, lot_id: UUID) -> bool:
    """Move a reconciled lot on of which nothing is left to do."""
    lot = await handover.held(raw, lot_id)
    if lot is None or lot.state is not LotState.RECONCILED:
        return False
    if await raw.fetchval(SQL["left"], lot_id):
        return False
    return await handover.move(raw, lot, LotState.PROCESSED)
