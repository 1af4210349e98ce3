"""A bid is chosen; its merchant confirms, or does not, and there is a contract or another award."""

from uuid import UUID

from domain.accounts.organisations import Amount
from domain.raas import LotState
from domain.raas.lots import LotActor
from models.base import as_system
from models.raas import bids, closing, lots
from models.raas.bids import BidRow
from models.raas.lots import By, LotRow
from resolvers.accounts import approvals
from resolvers.accounts.approvals import Pending
from resolvers.context import BadInput, Context
from resolvers.effects import Outcome, audited, once_only, organisation_once
from resolvers.raas.lots import WRITE, by, own_lot
from resolvers.raas.refusals import (
    APPROVAL_REQUIRED,
    LOT_UNKNOWN,
    Refusal,
    refusal_of,
    words,
    wrong_state,
)


async def award(
    ctx: Context, lot_id: UUID, bid_id: UUID | None, reason: str | None, key: str
) -> LotRow | Refusal:
    """Choose a bid on a lot whose bids were opened; without a bid, the best one.

    Refuses: a lot that is not the caller's; another state, or bids that are still sealed; a bid
    that is out, ended or not on the lot; another than the best without a reason; an amount above
    the member's limit, until another one approves: then the same call with another key awards.
    Raises: SignInFirst, Forbidden, BadInput.
    """
    said = words(reason, "reason")

    async def act(_organisation_id: UUID) -> Outcome:
        lot, now = await lots.hold(lot_id), await lots.clock()
        if lot is None or lot.state is not LotState.BIDDING_CLOSED or lot.opened_at is None:
            return _not_to_award(lot).outcome()
        left = await closing.standing(lot_id, now)
        chosen = next((each for each in left if bid_id in (None, each.id)), None)
        if chosen is None:
            return Refusal("LOT_BID_UNKNOWN").outcome()
        if chosen.id != left[0].id and said is None:
            return Refusal("AWARD_REASON_REQUIRED", {"rank": chosen.rank}).outcome()
        if refusal := await _limits(ctx, lot, chosen):
            return refusal.outcome()
        why = "AUTO" if bid_id is None else "CHOSEN"
        await closing.award(lot, chosen, by(ctx, now, why, said))
        after = {"state": LotState.AWARDED.value, "bid": str(chosen.id), "rank": chosen.rank}
        await audited(ctx, "awardLot", "Lot", lot_id, after=after | {"reason": said})
        return {"lot": str(lot_id)}

    asked = {"lot": lot_id, "bid": bid_id, "reason": said}
    outcome = await organisation_once(ctx, WRITE, "awardLot", key, asked, act)
    return refusal_of(outcome) or await own_lot(ctx, lot_id)


def _not_to_award(lot: LotRow | None) -> Refusal:
    if lot is None:
        return Refusal(LOT_UNKNOWN)
    if lot.state is not LotState.BIDDING_CLOSED:
        return wrong_state(lot, LotState.AWARDED)
    return Refusal("BIDS_STILL_SEALED")


async def _limits(ctx: Context, lot: LotRow, chosen: BidRow) -> Refusal | None:
    """What the caller may not award alone: `Pending` as facts, until another member approves."""
    worth = Amount(chosen.amount_minor or 0, lot.currency)
    found = await approvals.needed(ctx, "awardLot", "Lot", lot.id, worth)
    return Refusal(APPROVAL_REQUIRED, found.facts()) if isinstance(found, Pending) else None


async def confirm(ctx: Context, lot_id: UUID, key: str) -> LotRow | Refusal:
    """Take the lot that one was awarded: from then on there is a contract, for the amount bid.

    No money moves and no deposit is taken: the settlement does so, device by device.
    Refuses: a lot that was not awarded to the caller; another state; a deadline that passed.
    Raises: SignInFirst, Forbidden.
    """

    async def act(merchant_id: UUID) -> Outcome:
        async with as_system():
            lot, now = await lots.hold(lot_id), await lots.clock()
        if refusal := _not_mine(lot, merchant_id, LotState.CONTRACTED):
            return refusal.outcome()
        if lot is None or lot.confirm_by is None or lot.confirm_by <= now:
            until = lot.confirm_by.isoformat() if lot and lot.confirm_by else None
            return Refusal("CONFIRMATION_DEADLINE_PASSED", {"confirmBy": until}).outcome()
        who = By(LotActor.MERCHANT, now, ctx.caller.user_id)
        async with as_system():
            await closing.contract(lot, who)
        after = {"state": LotState.CONTRACTED.value}
        await audited(ctx, "confirmAward", "Lot", lot_id, after=after)
        return {"lot": str(lot_id)}

    outcome = await once_only(ctx, WRITE, "confirmAward", key, {"lot": lot_id}, act)
    return refusal_of(outcome) or await _seen(ctx, lot_id)


def _not_mine(lot: LotRow | None, merchant_id: UUID, to: LotState) -> Refusal | None:
    if lot is None or lot.awarded_merchant_id != merchant_id:
        return Refusal(LOT_UNKNOWN)
    return None if lot.state is LotState.AWARDED else wrong_state(lot, to)


async def decline(ctx: Context, lot_id: UUID, reason: str, key: str) -> BidRow | Refusal:
    """Do not take the lot that one was awarded: the bid is `DEFAULTED`, the next one's turn comes.

    Refuses: a lot that was not awarded to the caller; another state.
    Raises: SignInFirst, Forbidden, BadInput.
    """
    said = words(reason, "reason")
    if said is None:
        raise BadInput("`reason` is missing.", argument="reason")

    async def act(merchant_id: UUID) -> Outcome:
        async with as_system():
            lot, now = await lots.hold(lot_id), await lots.clock()
            if refusal := _not_mine(lot, merchant_id, LotState.BIDDING_CLOSED):
                return refusal.outcome()
            if lot is None or lot.awarded_bid_id is None:
                raise LookupError(f"the lot {lot_id} is gone")
            who = By(LotActor.MERCHANT, now, ctx.caller.user_id, "DECLINED", said)
            await closing.default(lot, who)
        after = {"state": LotState.BIDDING_CLOSED.value, "reason": said}
        await audited(ctx, "declineAward", "Lot", lot_id, after=after)
        return {"bid": str(lot.awarded_bid_id)}

    asked = {"lot": lot_id, "reason": said}
    outcome = await once_only(ctx, WRITE, "declineAward", key, asked, act)
    if refusal := refusal_of(outcome):
        return refusal
    async with ctx.private():
        found = await bids.one(UUID(outcome["bid"]))
    if found is None:
        raise LookupError(f"the bid of {lot_id} is gone")
    return found


async def _seen(ctx: Context, lot_id: UUID) -> LotRow:
    merchant_id = ctx.caller.merchant_id
    async with ctx.private():
        found = await lots.for_merchant(lot_id, merchant_id) if merchant_id else None
    if found is None:
        raise LookupError(f"the lot {lot_id} is gone")
    return found
