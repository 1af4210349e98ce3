"""The end of bidding, and what follows by the clock: opening, scores, award, default, no sale.

Every step takes part in the current transaction, has its lot locked, and is safe to repeat.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any
from uuid import UUID

import orjson
import structlog

from domain.raas import LotState
from domain.raas.award import Bid, BidOut, out, ranked
from domain.raas.bidders import BidderReason, quality_for, reasons
from domain.raas.lots import DRAFT_KEPT, LotActor, LotEndReason, LotEventKind, LotRules
from models.base import as_system
from models.raas import bidders, bids, lots, sealing, telling
from models.raas.bids import BidRow
from models.raas.lots import SQL as LOTS
from models.raas.lots import By, LotRow
from models.raas.sealing import Place, Unreadable
from models.vault import SecretLost, Vault

log = structlog.get_logger()
AT_ONCE = 100
_JUDGED_LATER = {BidderReason.SOLIDARITY_FIRST, BidderReason.QUALITY_BELOW_MINIMUM}


def _platform(at: datetime, reason: str | None = None) -> By:
    return By(LotActor.PLATFORM, at, reason=reason)


def _rules(lot: LotRow) -> LotRules:
    if lot.rules is None:
        raise ValueError(f"the lot {lot.id} was not published")
    return lot.rules


async def due(name: str, *more: Any) -> list[UUID]:
    """The lots that one of the steps waits for: `due`, `unopened`, `unconfirmed` and so on."""
    async with as_system() as raw:
        return [row["id"] for row in await raw.fetch(LOTS[name], AT_ONCE, *more)]


async def close(lot_id: UUID, vault: Vault) -> bool:
    """End the bidding on a lot whose deadline passed, open its bids and rank them.

    False, and nothing changes, where it is not due, is elsewhere, or somebody holds it.
    """
    async with as_system():
        lot, now = await lots.hold_free(lot_id), await lots.clock()
        if lot is None or lot.state is not LotState.PUBLISHED or _open_until(lot) > now:
            return False
        award_by = await lots.working_days_after(lot, now, _rules(lot).award_days)
        await lots.move(lot, LotState.BIDDING_CLOSED, _platform(now), award_by)
        await open_bids(lot_id, vault)
    return True


def _open_until(lot: LotRow) -> datetime:
    if lot.bids_until is None:
        raise ValueError(f"the lot {lot.id} was not published")
    return lot.bids_until


async def open_bids(lot_id: UUID, vault: Vault) -> bool:
    """Open the bids of a lot whose bidding ended, rank them, and award it where it does so itself.

    False where they were opened before, or the key cannot be read: then they stay sealed, and the
    next run tries again until the lot's time for an award is over.
    """
    async with as_system():
        lot, now = await lots.hold_free(lot_id), await lots.clock()
        if lot is None or lot.state is not LotState.BIDDING_CLOSED or lot.opened_at is not None:
            return False
        try:
            unreadable = await _unseal(lot, vault, now)
        except SecretLost as error:
            log.error("lots.seal_lost", lot_id=str(lot_id), error=str(error))
            return False
        async with as_system() as raw:
            await raw.execute(LOTS["opened"], lot_id, now)
        await _judge(lot, now, unreadable)
        await lots.note(lot, LotEventKind.OPENED, _platform(now))
        if not await bids.live(lot_id):
            reason = LotEndReason.NO_BID_LEFT if await bids.counted(lot_id) else None
            await unsold(lot, now, reason or LotEndReason.NO_BIDS)
        elif _rules(lot).auto_award:
            await award_best(lot, now)
    return True


async def _unseal(lot: LotRow, vault: Vault, now: datetime) -> list[UUID]:
    """Write what sealed bids say; those that say nothing that was meant. Raises: SecretLost."""
    sealed = [bid for bid in await bids.live(lot.id) if bid.sealed and bid.amount_minor is None]
    if not sealed:
        return []
    async with as_system() as raw:
        row = await raw.fetchrow(bids.SQL["seal_key"], lot.id, lot.version)
        if row is None:
            raise SecretLost("the seal of the lot does not open yet")
        key = sealing.unlock(row["id"], row["private_key"], vault)
        unreadable = []
        for bid in sealed:
            place = Place(lot.id, bid.version, bid.merchant_id, bid.id)
            try:
                said, salt = sealing.unseal(bid.sealed or b"", bid.commitment, key, place)
            except Unreadable:
                log.error("lots.bid_unreadable", bid_id=str(bid.id))
                unreadable.append(bid.id)
                continue
            facts = (said.amount_minor, said.reuse_bp, said.valid_until, said.note, salt, now)
            await raw.execute(bids.SQL["open"], bid.id, *facts)
    return unreadable


async def _judge(lot: LotRow, now: datetime, unreadable: Sequence[UUID]) -> None:
    """Note what is known of each bidder now; put out what is out, and give the others a place."""
    rows = await bids.live(lot.id)
    given = await _facts(lot, [row for row in rows if row.id not in unreadable], now)
    rules = _rules(lot)
    gone = {bid.id: why for bid in given if (why := out(bid, rules, now))}
    gone |= dict.fromkeys(unreadable, BidOut.UNREADABLE)
    places = {each.bid.id: each for each in ranked(_left(given, gone), rules.weights)}
    columns: list[list[Any]] = [[] for _ in range(7)]
    for bid in given:
        place = places.get(bid.id)
        facts = (bid.id, bid.quality_bp, bid.in_country, bid.ess)
        told = (place.rank, place.parts.score) if place else (None, None)
        words = orjson.dumps(asdict(place.parts)).decode() if place else None
        for column, value in zip(columns, (*facts, *told, words), strict=True):
            column.append(value)
    async with as_system() as raw:
        await raw.execute(bids.SQL["judge"], *columns, lot.id, now)
        await raw.execute(bids.SQL["lose"], list(gone), [why.value for why in gone.values()])


def _left(given: Sequence[Bid], gone: dict[UUID, BidOut]) -> list[Bid]:
    return [bid for bid in given if bid.id not in gone]


async def _facts(lot: LotRow, rows: Sequence[BidRow], now: datetime) -> list[Bid]:
    """Bids with what is known of their merchants at this moment."""
    known = await bidders.known(lot, [row.merchant_id for row in rows])
    manifest = await lots.manifest(lot)
    if manifest is None:
        raise LookupError(f"the lot {lot.id} has no manifest")
    wanted = bidders.asked_of(lot, manifest)
    found = []
    for row in rows:
        bidder = known[row.merchant_id]
        why = set(reasons(bidder, wanted, now, bidders.PRIOR_BP, row.amount_minor))
        found.append(
            Bid(
                id=row.id,
                amount_minor=row.amount_minor or 0,
                quality_bp=quality_for(bidder, manifest.mix, bidders.PRIOR_BP),
                in_country=bidder.country == lot.country,
                reuse_bp=row.reuse_bp or 0,
                ess=bidder.ess,
                submitted_at=row.submitted_at,
                valid_until=row.valid_until or now,
                qualified=not why - _JUDGED_LATER,
            )
        )
    return found


async def standing(lot_id: UUID, now: datetime) -> list[BidRow]:
    """The bids that may still be chosen, the best first."""
    rows = [row for row in await bids.live(lot_id) if row.rank and not _expired(row, now)]
    return sorted(rows, key=lambda row: row.rank or 0)


def _expired(row: BidRow, now: datetime) -> bool:
    return row.valid_until is None or row.valid_until <= now


async def award_best(lot: LotRow, now: datetime) -> BidRow | None:
    """Award a lot to the best bid that is left; where there is none, it is not sold."""
    left = await standing(lot.id, now)
    if not left:
        await unsold(lot, now, LotEndReason.NO_BID_LEFT)
        return None
    await award(lot, left[0], _platform(now, "AUTO"))
    return left[0]


async def award(lot: LotRow, bid: BidRow, by: By) -> None:
    """Choose a bid: its merchant has some working days to confirm. All who bid are told."""
    confirm_by = await lots.working_days_after(lot, by.at, _rules(lot).confirm_days)
    async with as_system() as raw:
        await raw.execute(bids.SQL["win"], bid.id)
        who = (bid.id, bid.merchant_id, bid.amount_minor)
        await raw.execute(LOTS["award"], lot.id, *who, confirm_by)
        moved = await lots.move(lot, LotState.AWARDED, by)
        if moved is None:
            raise LookupError(f"the lot {lot.id} cannot be awarded")
        told = await _all_who_bid(lot.id)
        await telling.awarded(lot, moved.revision, told, bid)


async def _all_who_bid(lot_id: UUID) -> list[BidRow]:
    rows: list[BidRow] = []
    while page := await bids.ranking(lot_id, rows[-1].n if rows else 0, AT_ONCE):
        rows += page
    return rows


async def unsold(lot: LotRow, now: datetime, reason: LotEndReason) -> None:
    """End a lot without a sale: its devices are free, and may be put to bid again."""
    lost = [row.id for row in await bids.live(lot.id)]
    async with as_system() as raw:
        await raw.execute(bids.SQL["lose"], lost, [reason.value] * len(lost))
        await lots.move(lot, LotState.UNSOLD, _platform(now, reason))
        await lots.release(lot.id)


async def default(lot: LotRow, by: By) -> BidRow | None:
    """The winner is silent, or does not want the lot: it goes to the next one, or back.

    The bid that is awarded now, where the lot does so itself.
    """
    if lot.awarded_bid_id is None:
        raise ValueError(f"the lot {lot.id} is not awarded")
    award_by = await lots.working_days_after(lot, by.at, _rules(lot).award_days)
    async with as_system() as raw:
        await raw.execute(bids.SQL["default"], lot.awarded_bid_id, by.reason)
        await lots.move(lot, LotState.BIDDING_CLOSED, by, award_by)
        await raw.execute(LOTS["unaward"], lot.id)
        left = await standing(lot.id, by.at)
        if left and not _rules(lot).auto_award:
            return None
        return await award_best(lot, by.at)


async def default_if_due(lot_id: UUID) -> bool:
    """Take an award back that its winner did not confirm in time."""
    async with as_system():
        lot, now = await lots.hold_free(lot_id), await lots.clock()
        if lot is None or lot.state is not LotState.AWARDED or (lot.confirm_by or now) > now:
            return False
        await default(lot, _platform(now, LotEndReason.NOT_CONFIRMED_IN_TIME))
    return True


async def give_up_if_due(lot_id: UUID) -> bool:
    """End a lot that its organisation awarded to nobody in time."""
    async with as_system():
        lot, now = await lots.hold_free(lot_id), await lots.clock()
        if lot is None or lot.state is not LotState.BIDDING_CLOSED or (lot.award_by or now) > now:
            return False
        await unsold(lot, now, LotEndReason.NOT_AWARDED_IN_TIME)
    return True


async def forget_draft(lot_id: UUID) -> bool:
    """Cancel a draft that nobody touched for 90 days."""
    async with as_system():
        lot, now = await lots.hold_free(lot_id), await lots.clock()
        if lot is None or lot.state is not LotState.DRAFT:
            return False
        if lot_id not in await due("forgotten", DRAFT_KEPT):
            return False
        await lots.move(lot, LotState.CANCELLED, _platform(now, LotEndReason.DRAFT_FORGOTTEN))
        await lots.release(lot_id)
    return True


async def tell_others(lot_id: UUID) -> bool:
    """Tell those who were not first that they may bid on a lot now."""
    async with as_system() as raw:
        if lot_id not in await due("untold"):
            return False
        lot = await lots.hold(lot_id)
        revision = await raw.fetchval(LOTS["told"], lot_id)
        if lot is not None:
            await telling.published(lot, revision, ess=False)
    return True


async def contract(lot: LotRow, by: By) -> dict[str, Any]:
    """Write what was agreed, once and for good; those who stood by have lost.

    Shapes: the facts that both sides can read, and whose SHA-256 stands beside them.
    """
    bid = await bids.one(lot.awarded_bid_id) if lot.awarded_bid_id else None
    known = await lots.manifest(lot)
    if bid is None or known is None:
        raise LookupError(f"the lot {lot.id} has no award")
    names = await lots.suppliers([lot.organisation_id])
    facts = {
        "lot": {"id": str(lot.id), "number": lot.number, "title": lot.title,
                "version": lot.version, "market": lot.market, "country": lot.country},
        "manifest": {"sha256": known.sha256, "assets": known.assets},
        "supplier": {"id": str(lot.organisation_id), "name": names[lot.organisation_id]},
        "merchant": {"id": str(bid.merchant_id), "legalName": bid.merchant_legal_name,
                     "country": bid.merchant_country},
        "amountMinor": lot.award_minor, "currency": lot.currency, "deposit": None,
        "reuseCommitmentBp": bid.reuse_bp, "bid": str(bid.id), "score": bid.score,
        "rules": _rules(lot).stored(), "confirmedAt": by.at.isoformat(),
    }  # fmt: skip
    text = orjson.dumps(facts, option=orjson.OPT_SORT_KEYS)
    sha256 = hashlib.sha256(text).hexdigest()
    others = [row.id for row in await bids.live(lot.id)]
    async with as_system() as raw:
        await raw.execute(LOTS["contract"], lot.id, text.decode(), sha256, by.at)
        await lots.move(lot, LotState.CONTRACTED, by)
        await raw.execute(bids.SQL["lose"], others, ["ANOTHER_WON"] * len(others))
    return facts
