"""What arrived of a lot is counted, agreed to or disputed.

Source: docs/fleets.md, "Reconciliation".
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from domain.raas import AssetState, LotState
from domain.raas.counting import Counts, Found
from domain.units import Imei, imei, serial
from models.raas import counting, disposing, handover
from models.raas.counting import Received, Scanned
from models.raas.handover import Lot
from models.raas.identities import identifiers
from resolvers.context import BadInput, Context
from resolvers.effects import Outcome
from resolvers.orders.refusals import Refusal, refusal_of
from resolvers.raas.handovers import At, Side, evidence, on_lot, sight, some, text, wrong_state

_OPEN = frozenset({LotState.RECEIVED, LotState.RECONCILED})


@dataclass(frozen=True, slots=True)
class ScanGiven:
    """A device as it was scanned. Units: `mass_g` grams."""

    at: datetime
    tag: str | None = None
    imei: str | None = None
    serial: str | None = None
    manufacturer: str | None = None
    variant_id: UUID | None = None
    place: str | None = None
    mass_g: int | None = None
    photos: Sequence[UUID] = ()


@dataclass(frozen=True, slots=True)
class ScanAnswer:
    """What a scan is, or why it is not taken."""

    refused: Refusal | None
    asset_id: UUID | None = None
    found: Found | None = None
    reasons: Sequence[str] = ()
    again: bool = False
    elsewhere: bool = False


async def receive(
    ctx: Context, lot_id: UUID, scans: Sequence[ScanGiven], key: str
) -> list[ScanAnswer] | Refusal:
    """Count devices that arrived; an answer for each scan, in order.

    Refuses, as a whole: a lot that is not the caller's, or where it is not here or done with; a
    photo that is not the caller's. By scan: an IMEI that is none; nothing to know a device by.
    Raises: SignInFirst, Forbidden; BadInput for none, or more than 1,000.
    """
    some(scans, "scans")

    async def work(at: At) -> Outcome:
        if at.lot.state not in _OPEN:
            return wrong_state(at.lot, LotState.RECEIVED).outcome()
        if refused := await evidence(ctx, at, [p for scan in scans for p in scan.photos]):
            return refused.outcome()
        read = [_scanned(scan, at.by.now) for scan in scans]
        good = [each for each in read if isinstance(each, Scanned)]
        found = iter(await counting.receive(at.raw, at.lot, good, at.by, at.terms) if good else [])
        answers = [
            each.outcome() if isinstance(each, Refusal) else _told(next(found)) for each in read
        ]
        return {"answers": answers}

    given = {"scans": [asdict(scan) for scan in scans]}
    outcome = await on_lot(ctx, "receiveAssets", lot_id, key, given, Side.MERCHANT, work)
    return refusal_of(outcome) or [_answer(each) for each in outcome["answers"]]


def _scanned(given: ScanGiven, now: datetime) -> Scanned | Refusal:
    number = imei(given.imei) if given.imei else None
    if number is not None and not isinstance(number, Imei):
        return Refusal("IMEI_INVALID", {"reason": number.value, "field": "imei"})
    read = serial(given.serial) if given.serial else None
    if given.serial and read is None:
        return Refusal("SERIAL_INVALID")
    if number is None and read is None and not given.tag:
        return Refusal("IDENTITY_MISSING")
    if given.at > now:
        return Refusal("FROM_THE_FUTURE")
    digits = number.digits if number else None
    maker = text(given.manufacturer, "manufacturer")
    named = identifiers(digits, read, (maker or "").casefold())
    data = {"place": text(given.place, "place"), "photos": [str(p) for p in given.photos] or None}
    return Scanned(
        digits, read, named[0].key if named else None, text(given.tag, "assetTag"), maker,
        given.variant_id, given.at, given.mass_g, {k: v for k, v in data.items() if v},
    )  # fmt: skip


def _told(each: Received) -> dict[str, Any]:
    flags = {"again": each.again, "elsewhere": each.elsewhere}
    return {"asset": str(each.asset_id), "found": each.found, "reasons": each.reasons, **flags}


def _answer(told: Mapping[str, Any]) -> ScanAnswer:
    if refused := refusal_of(told):
        return ScanAnswer(refused)
    flags = {"again": told["again"], "elsewhere": told["elsewhere"]}
    return ScanAnswer(None, UUID(told["asset"]), Found(told["found"]), told["reasons"], **flags)


async def complete(ctx: Context, lot_id: UUID, key: str) -> Lot | Refusal:
    """Say that nothing more arrives: what was not scanned is missing.

    Refuses: a lot that is not the caller's, or is not to be counted.
    """

    async def work(at: At) -> Outcome:
        if at.lot.state is not LotState.RECEIVED or at.lot.counted_at is not None:
            return wrong_state(at.lot, LotState.RECONCILED).outcome()
        await counting.complete(at.raw, at.lot, at.by.now, at.terms)
        await disposing.finish(at.raw, lot_id)
        return {}

    return await _after(
        ctx, lot_id, await on_lot(ctx, "completeReceipt", lot_id, key, {}, Side.MERCHANT, work)
    )


async def agree(ctx: Context, lot_id: UUID, key: str) -> Lot | Refusal:
    """The organisation agrees to what was counted.

    Refuses: a lot that is not the caller's, or was not counted; while something is disputed it
    waits for that.
    """

    async def work(at: At) -> Outcome:
        if at.lot.state is not LotState.RECEIVED or at.lot.counted_at is None:
            return wrong_state(at.lot, LotState.RECONCILED).outcome()
        await counting.agree(at.raw, at.lot, at.by.now)
        await disposing.finish(at.raw, lot_id)
        return {}

    side = Side.ORGANISATION
    return await _after(
        ctx, lot_id, await on_lot(ctx, "acceptReconciliation", lot_id, key, {}, side, work)
    )


async def decide_extra(
    ctx: Context, lot_id: UUID, asset_id: UUID, key: str, *, keep: bool
) -> Lot | Refusal:
    """The organisation says what becomes of a device that it did not declare.

    One that is kept is processed like the others and brings nothing; another goes back.
    Refuses: a lot that is not the caller's; a device that is not one of these, or is elsewhere.
    """

    async def work(at: At) -> Outcome:
        found = await at.raw.fetch(counting.SQL["extras"], lot_id)
        if asset_id not in {row["id"] for row in found}:
            return Refusal("ASSET_NOT_IN_LOT").outcome()
        if keep:
            await handover.move_assets(at.raw, [asset_id], AssetState.RECEIVED)
        else:
            await counting.send_back(at.raw, [asset_id])
        await counting.reconcile(at.raw, lot_id, at.by.now)
        await disposing.finish(at.raw, lot_id)
        return {"asset": str(asset_id)}

    given = {"asset": asset_id, "keep": keep}
    side = Side.ORGANISATION
    return await _after(
        ctx, lot_id, await on_lot(ctx, "decideExtraAsset", lot_id, key, given, side, work)
    )


async def _after(ctx: Context, lot_id: UUID, outcome: Outcome) -> Lot | Refusal:
    return refusal_of(outcome) or await read(ctx, lot_id)


async def read(ctx: Context, lot_id: UUID) -> Lot:
    """A lot that the caller has just acted on, as it is now."""
    async with ctx.private():
        found = (await handover.lots([lot_id])).get(lot_id)
    if found is None:
        raise BadInput("The lot is gone.", argument="lot")
    return found


async def sums(ctx: Context, lot: Lot) -> Counts:
    """What was declared and found of a lot that the caller sees."""

    async def batch(lots: list[UUID]) -> list[Counts]:
        async with sight(ctx):
            found = await counting.sums(lots)
        return [found[each] for each in lots]

    return await ctx.loader(batch, "reconciliations").load(lot.id)
