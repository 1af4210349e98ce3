"""A merchant bids on a lot, once and in secret where the lot is sealed."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import orjson

from domain.raas import LotBidState, LotState
from domain.raas.bidders import BidderReason, quality_for, reasons
from domain.raas.lots import LONGEST_BID, LotRules
from models.announce import announce
from models.base import as_system, new_id
from models.raas import bidders, bids, lots, sealing
from models.raas.bids import BidRow
from models.raas.lots import LotRow, lot_topic
from models.raas.sealing import Said
from resolvers.accounts.house import house
from resolvers.context import BadInput, Context
from resolvers.effects import Outcome, audited, once_only
from resolvers.raas.lots import WRITE
from resolvers.raas.refusals import LOT_UNKNOWN, Refusal, refusal_of, words

LONGEST_NOTE = 200
MOST_MINOR = 10**13


@dataclass(frozen=True, slots=True)
class Offered:
    """A bid as a merchant gives it. Units: minor units of the lot's currency; basis points."""

    lot_id: UUID
    version: int
    amount_minor: int
    currency: str
    reuse_bp: int
    valid_until: datetime | None
    note: str | None


async def bid(ctx: Context, given: Offered, key: str) -> BidRow | Refusal:
    """Bid on a lot; the caller's bid before is withdrawn. In before the deadline, or refused.

    Whether it is in is decided with the lot locked, by the database's clock. Nothing that is kept
    says what a sealed bid is: not the log of keys, not the audit log.
    Refuses: a lot that the caller does not see; bidding that ended; another version; a bidder who
    may not; below the reserve, where the lot is open.
    Raises: SignInFirst, Forbidden, BadInput.
    """
    _check(given)
    vault = house().vault
    blind_key, told = sealing.blinded(_words(given), key, vault)

    async def act(merchant_id: UUID) -> Outcome:
        lot = await lots.for_merchant(given.lot_id, merchant_id)
        if lot is None:
            return Refusal(LOT_UNKNOWN).outcome()
        async with as_system():
            lot = await lots.hold(given.lot_id)
        now = await lots.clock()
        if lot is None:
            return Refusal(LOT_UNKNOWN).outcome()
        if refusal := await _refused(lot, merchant_id, given, now):
            return refusal.outcome()
        bid_id = new_id()
        said = Said(given.amount_minor, given.reuse_bp, _until(lot, given, now), given.note)
        await bids.add(lot, merchant_id, bid_id, said, now)
        await _told(lot)
        await audited(ctx, "bidOnLot", "LotBid", bid_id, after={"lot": str(lot.id)})
        return {"bid": str(bid_id)}

    asked = {"lot": given.lot_id, "version": given.version, "bid": told}
    outcome = await once_only(ctx, WRITE, "bidOnLot", blind_key, asked, act)
    return refusal_of(outcome) or await _own_bid(ctx, UUID(outcome["bid"]))


def _words(given: Offered) -> bytes:
    until = given.valid_until.isoformat() if given.valid_until else None
    money = (given.amount_minor, given.currency)
    return orjson.dumps([*money, given.reuse_bp, until, given.note])


def _check(given: Offered) -> None:
    """Raises: BadInput for what can be no bid on any lot."""
    if not 0 < given.amount_minor <= MOST_MINOR:
        raise BadInput("`amount` must be more than 0.", reason="NOT_POSITIVE", argument="amount")
    if not 0 <= given.reuse_bp <= 10_000:
        message = "`reuseCommitmentBp` is 0 to 10,000."
        raise BadInput(message, argument="reuseCommitmentBp")
    if given.valid_until is not None and given.valid_until.tzinfo is None:
        raise BadInput("`validUntil` needs its zone.", argument="validUntil")
    words(given.note, "note", LONGEST_NOTE)


def _until(lot: LotRow, given: Offered, now: datetime) -> datetime:
    """How long a bid stands: as given, or 60 days after bidding ends.

    Raises: BadInput for one that ends before bids are opened, or is too long; another currency.
    """
    if given.currency != lot.currency:
        message = f"The lot is in {lot.currency}."
        raise BadInput(message, reason="CURRENCY_NOT_ALLOWED", argument="currency")
    if lot.bids_until is None:
        raise ValueError(f"the lot {lot.id} takes no bids")
    until = given.valid_until or lot.bids_until + LONGEST_BID / 3
    if not lot.bids_until < until <= now + LONGEST_BID:
        message = "`validUntil` lies after the end of bidding, within 180 days."
        raise BadInput(message, reason="BID_VALIDITY", argument="validUntil")
    return until


async def _refused(lot: LotRow, merchant_id: UUID, given: Offered, now: datetime) -> Refusal | None:
    if lot.state is not LotState.PUBLISHED or lot.bids_until is None or lot.bids_until <= now:
        until = lot.bids_until.isoformat() if lot.bids_until else None
        return Refusal("BIDDING_CLOSED", {"bidsUntil": until})
    if given.version != lot.version:
        return Refusal("LOT_CHANGED_SINCE_BID", {"version": lot.version})
    why, facts = await _judged(lot, merchant_id, now, given.amount_minor)
    if why:
        return Refusal("BIDDER_NOT_QUALIFIED", {"reasons": why, **facts})
    reserve = lot.rules.reserve_minor if lot.rules else None
    if not lot.sealed and reserve is not None and given.amount_minor < reserve:
        return Refusal("BELOW_RESERVE", {"minor": reserve, "currency": lot.currency})
    return None


async def _judged(
    lot: LotRow, merchant_id: UUID, now: datetime, amount_minor: int | None
) -> tuple[list[BidderReason], dict[str, int | str | None]]:
    """Why a merchant may not bid, and the numbers beside that."""
    known = await lots.manifest(lot)
    if known is None:
        raise LookupError(f"the lot {lot.id} has no manifest")
    bidder = (await bidders.known(lot, [merchant_id]))[merchant_id]
    wanted = bidders.asked_of(lot, known)
    rules: LotRules = wanted.rules
    facts: dict[str, int | str | None] = {
        "qualityBp": quality_for(bidder, known.mix, bidders.PRIOR_BP),
        "minQualityBp": rules.min_quality_bp,
        "from": lot.ess_until.isoformat() if lot.ess_until else None,
    }
    return reasons(bidder, wanted, now, bidders.PRIOR_BP, amount_minor), facts


async def why_not(ctx: Context, lot: LotRow) -> list[BidderReason]:
    """Why the caller may not bid on a lot that it has read; nothing where it may.

    Loaded with those of the page, in two statements.
    """
    merchant_id = ctx.caller.merchant_id
    if merchant_id is None or lot.rules is None:
        return []

    async def batch(rows: list[LotRow]) -> list[list[BidderReason]]:
        async with ctx.private():
            known = await lots.manifests([row.id for row in rows])
            by_currency = {row.currency: row for row in rows}
            people = {
                currency: (await bidders.known(row, [merchant_id]))[merchant_id]
                for currency, row in by_currency.items()
            }
            now = await lots.clock()
        return [
            reasons(
                people[row.currency], bidders.asked_of(row, known[row.id]), now, bidders.PRIOR_BP
            )
            for row in rows
        ]

    return await ctx.loader(batch, "lot bidders").load(lot)


async def _told(lot: LotRow) -> None:
    """Those who watch an open lot hear of a bid; nobody does of one on a sealed lot."""
    if lot.sealed:
        return
    async with as_system() as raw:
        await raw.execute("UPDATE lot SET revision = revision + 1 WHERE id = $1", lot.id)
        await announce(raw, lot_topic(lot.id), {})


async def withdraw(ctx: Context, lot_id: UUID, key: str) -> BidRow | Refusal:
    """Take one's bid back before bidding ends.

    Refuses: a lot that the caller does not see; no bid on it; bidding that ended.
    Raises: SignInFirst, Forbidden.
    """

    async def act(merchant_id: UUID) -> Outcome:
        if await lots.for_merchant(lot_id, merchant_id) is None:
            return Refusal(LOT_UNKNOWN).outcome()
        async with as_system():
            lot = await lots.hold(lot_id)
        now = await lots.clock()
        if lot is None or lot.state is not LotState.PUBLISHED or (lot.bids_until or now) <= now:
            until = lot.bids_until.isoformat() if lot and lot.bids_until else None
            return Refusal("BIDDING_CLOSED", {"bidsUntil": until}).outcome()
        found = (await bids.of_merchant([lot_id], merchant_id)).get(lot_id)
        if found is None or found.state is not LotBidState.SUBMITTED:
            return Refusal("LOT_BID_UNKNOWN").outcome()
        await bids.end(lot_id, LotBidState.WITHDRAWN, "WITHDRAWN", merchant_id)
        await _told(lot)
        await audited(ctx, "withdrawLotBid", "LotBid", found.id, after={"lot": str(lot_id)})
        return {"bid": str(found.id)}

    outcome = await once_only(ctx, WRITE, "withdrawLotBid", key, {"lot": lot_id}, act)
    return refusal_of(outcome) or await _own_bid(ctx, UUID(outcome["bid"]))


async def _own_bid(ctx: Context, bid_id: UUID) -> BidRow:
    async with ctx.private():
        found = await bids.one(bid_id)
    if found is None or found.merchant_id != ctx.caller.merchant_id:
        raise LookupError(f"the bid {bid_id} is gone")
    return found


async def seen(ctx: Context, bid_id: UUID) -> BidRow | None:
    """A bid of the caller's merchant, or one on a lot of the caller's organisation once it is open.

    None for any other. What a sealed bid says is in no row before its lot closes.
    """
    async with ctx.private():
        return await bids.one(bid_id)
