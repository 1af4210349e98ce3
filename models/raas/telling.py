"""Whom a lot is told to, by events: those who may bid on it, those who did, its organisation."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from uuid import UUID

from domain.raas import LotState
from domain.raas.bidders import BidderReason, reasons
from domain.topics import Topic
from models.base import as_system
from models.events import Event, emit_all
from models.raas import bidders
from models.raas.bids import BidRow
from models.raas.lots import LotRow, clock, manifest


async def published(
    lot: LotRow, revision: int, voided: Iterable[UUID] = (), *, ess: bool | None = None
) -> int:
    """Tell merchants who may bid, and the organisation, of a lot or of its change; how many.

    `voided` had bids that count no more. `ess` True: solidarity actors alone, who are first; False:
    the others, whose turn it is; None: whoever may bid now, or, after solidarity actors, later.
    """
    known = await manifest(lot)
    if known is None:
        return 0
    wanted, now = bidders.asked_of(lot, known), await clock()
    lost = set(voided)
    told = []
    for merchant_id, bidder in (await bidders.known(lot)).items():
        why = set(reasons(bidder, wanted, now, bidders.PRIOR_BP)) - {BidderReason.SOLIDARITY_FIRST}
        fits = ess is None or bidder.ess is ess
        if merchant_id in lost or (not why and fits):
            told.append(merchant_id)
    events = [
        Event(Topic.LOT_PUBLISHED, each, "Lot", lot.id, revision, _facts(lot, voided=each in lost))
        for each in sorted({*told, *lost})
    ]
    own = Event(
        Topic.LOT_PUBLISHED, None, "Lot", lot.id, revision, _facts(lot, voided=False),
        organisation_id=lot.organisation_id,
    )  # fmt: skip
    async with as_system():
        await emit_all([*events, *([] if ess is False else [own])])
    return len(events)


def _facts(lot: LotRow, voided: bool) -> dict[str, object]:  # of a row
    until = lot.bids_until.isoformat() if lot.bids_until else None
    facts: dict[str, object] = {"number": lot.number, "market": lot.market, "bidsUntil": until}
    told: dict[str, object] = {
        "state": lot.state.value,
        "assets": lot.assets,
        "version": lot.version,
    }
    return facts | told | {"bidInvalidated": voided}


async def cancelled(lot: LotRow, revision: int, voided: Sequence[UUID]) -> None:
    """Tell those whose bids are void that a lot was taken back."""
    gone = replace(lot, state=LotState.CANCELLED)
    events = [
        Event(Topic.LOT_PUBLISHED, each, "Lot", lot.id, revision, _facts(gone, voided=True))
        for each in sorted(voided)
    ]
    async with as_system():
        await emit_all(events)


async def awarded(lot: LotRow, revision: int, bids: Sequence[BidRow], winner: BidRow) -> None:
    """Tell all who bid which place they have, and the organisation that its lot is awarded."""
    events = [
        Event(
            Topic.LOT_AWARDED, bid.merchant_id, "Lot", lot.id, revision,
            {"number": lot.number, "rank": bid.rank, "won": bid.id == winner.id},
        )
        for bid in bids
    ]  # fmt: skip
    facts: dict[str, object] = {"number": lot.number, "rank": winner.rank, "won": True}
    own = Event(
        Topic.LOT_AWARDED, None, "Lot", lot.id, revision, facts,
        organisation_id=lot.organisation_id,
    )  # fmt: skip
    async with as_system():
        await emit_all([*events, own])
