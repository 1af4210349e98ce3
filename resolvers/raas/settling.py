"""The statement of a lot is made, agreed to or disputed, and paid.

Source: docs/fleets.md, "Settlement".
"""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from uuid import UUID

from domain.accounts.organisations import Amount
from domain.accounts.roles import Role
from domain.money import Currency, Money
from domain.raas import LotState
from domain.raas.counting import Found
from domain.raas.disputing import About, DecidedBy, DisputeState
from models.base import OPERATIONS, Tenant, as_system, fetch
from models.offers.read import Position
from models.raas import counting, disposing, disputes, handover, settling
from models.raas.disputes import Dispute, Verdict
from models.raas.handover import Lot
from models.raas.settling import SettledLine, Settlement
from resolvers import paging
from resolvers.accounts import approvals
from resolvers.accounts.approvals import Pending
from resolvers.context import Context, Forbidden
from resolvers.effects import Outcome, audited, staff_once
from resolvers.orders.refusals import Refusal, refusal_of
from resolvers.raas.counting import read
from resolvers.raas.handovers import (
    UNKNOWN,
    WRITE,
    At,
    Side,
    evidence,
    on_lot,
    owner,
    sight,
    text,
    wrong_state,
)

__all__ = ["Pending"]

APPROVAL_REQUIRED = "APPROVAL_REQUIRED"
_DISPUTED = frozenset({Found.MISSING, Found.MISMATCHED})


async def issue(ctx: Context, lot_id: UUID, key: str) -> Lot | Refusal:
    """The merchant says that all is done: the statement is made, and its money owed.

    Refuses: a lot that is not the caller's, or is not `PROCESSED`.
    """

    async def work(at: At) -> Outcome:
        if not await settling.issue(at.raw, at.lot, at.by.now, at.terms):
            return wrong_state(at.lot, LotState.SETTLED).outcome()
        return {}

    outcome = await on_lot(ctx, "issueSettlement", lot_id, key, {}, Side.MERCHANT, work)
    return refusal_of(outcome) or await read(ctx, lot_id)


async def accept(ctx: Context, lot_id: UUID, key: str) -> Lot | Refusal:
    """The organisation agrees to the statement: it is paid once nothing of it is disputed.

    Refuses: a lot that is not the caller's, or has no statement; what somebody else must agree to
    first.
    """

    async def work(at: At) -> Outcome:
        found = await settling.held(at.raw, lot_id)
        if found is None or at.lot.state is not LotState.SETTLED:
            return wrong_state(at.lot, LotState.CLOSED).outcome()
        worth = Amount(found.net_minor, found.currency)
        asked = await approvals.needed(
            ctx, "acceptSettlement", "Lot", lot_id, worth, four_eyes=True
        )
        if isinstance(asked, Pending):
            return Refusal(APPROVAL_REQUIRED, asked.facts()).outcome()
        await settling.accept(at.raw, at.lot, at.by.now)
        await handover.changed(at.raw, at.lot)
        return {}

    outcome = await on_lot(ctx, "acceptSettlement", lot_id, key, {}, Side.ORGANISATION, work)
    return refusal_of(outcome) or await read(ctx, lot_id)


@dataclass(frozen=True, slots=True)
class Said:
    """What one side says, and the files that show it."""

    reason: str
    evidence: Sequence[UUID] = ()


async def dispute(
    ctx: Context, lot_id: UUID, asset_id: UUID, about: About, said: Said, key: str
) -> Dispute | Refusal:
    """The organisation does not agree to what was counted, or to a line of the statement.

    Refuses: a lot that is not the caller's; a device that is not of it, or of which nothing can be
    disputed; a time that is over; a line without evidence; a second dispute of it.
    Raises: SignInFirst, Forbidden, BadInput.
    """
    reason = text(said.reason, "reason", needed=True) or ""
    counted = about is About.RECONCILIATION

    async def work(at: At) -> Outcome:
        refused = await (_not_counted(at, asset_id) if counted else _not_settled(at, asset_id))
        if refused is None and not counted and not said.evidence:
            refused = Refusal("EVIDENCE_REQUIRED")
        refused = refused or await evidence(ctx, at, said.evidence)
        if refused:
            return refused.outcome()
        told = (reason, list(said.evidence))
        made = await disputes.add(at.raw, at.lot, asset_id, about, told, at.by.now, at.terms)
        return {"id": str(made)} if made else Refusal("DISPUTE_EXISTS").outcome()

    name = "disputeReconciliation" if counted else "disputeSettlementLine"
    given = {"asset": asset_id, "reason": reason, "evidence": list(said.evidence)}
    outcome = await on_lot(ctx, name, lot_id, key, given, Side.ORGANISATION, work)
    return refusal_of(outcome) or await _dispute(ctx, UUID(outcome["id"]))


async def _not_counted(at: At, asset_id: UUID) -> Refusal | None:
    lot = at.lot
    if lot.state is not LotState.RECEIVED or lot.counted_at is None:
        return wrong_state(lot, LotState.RECONCILED)
    if lot.reconcile_by is None or lot.reconcile_by <= at.by.now:
        return Refusal("DISPUTE_WINDOW_CLOSED", {"until": str(lot.reconcile_by)})
    found = await at.raw.fetchval(counting.SQL["outcome"], asset_id, lot.id)
    return None if found in _DISPUTED else Refusal("ASSET_NOT_IN_LOT")


async def _not_settled(at: At, asset_id: UUID) -> Refusal | None:
    found = await settling.held(at.raw, at.lot.id)
    if found is None:
        return wrong_state(at.lot, LotState.SETTLED)
    if found.state != "READY" or found.accepted_at or found.dispute_until <= at.by.now:
        return Refusal("DISPUTE_WINDOW_CLOSED", {"until": found.dispute_until.isoformat()})
    known = await at.raw.fetch(settling.SQL["lines"], at.lot.id, None, 1, [asset_id])
    return None if known else Refusal("ASSET_NOT_IN_LOT")


async def answer(
    ctx: Context, dispute_id: UUID, said: Said, key: str, *, agree: bool
) -> Dispute | Refusal:
    """The merchant agrees, and what was disputed follows at once; or says why not.

    Refuses: a dispute that is not of a lot of the caller's, or was answered.
    Raises: SignInFirst, Forbidden, BadInput.
    """
    reason = text(said.reason, "reason", needed=not agree) or ""
    lot_id = await _lot_of(ctx, dispute_id)
    if lot_id is None:
        return Refusal("DISPUTE_UNKNOWN")

    async def work(at: At) -> Outcome:
        found = await disputes.read(dispute_id)
        if found is None or found.state is not DisputeState.OPEN:
            return Refusal("DISPUTE_ENDED").outcome()
        if refused := await evidence(ctx, at, said.evidence):
            return refused.outcome()
        if agree:
            verdict = Verdict(True, DecidedBy.MERCHANT, reason or None)
            await disputes.decide(at.raw, at.lot, found, verdict, at.by.now)
        else:
            told = (reason, list(said.evidence))
            await disputes.contest(at.raw, at.lot, found, told, at.by.now)
        await disposing.finish(at.raw, at.lot.id)
        return {"id": str(dispute_id)}

    given = {"dispute": dispute_id, "agree": agree, "reason": reason}
    outcome = await on_lot(ctx, "answerDispute", lot_id, key, given, Side.MERCHANT, work)
    return refusal_of(outcome) or await _dispute(ctx, dispute_id)


async def decide(
    ctx: Context,
    dispute_id: UUID,
    statement: str,
    amount: Decimal | None,
    key: str,
    *,
    uphold: bool,
) -> Dispute | Refusal:
    """Staff ends a dispute: for the organisation, with what the device brings, or the merchant.

    Refuses: a dispute that has ended; an amount that is none, or is more than the share of the bid.
    Raises: SignInFirst; Forbidden without the role, or outside of its markets; BadInput.
    """
    said = text(statement, "statement", needed=True)

    async def act(_user_id: UUID) -> Outcome:
        async with as_system() as raw:
            found = await disputes.read(dispute_id)
            lot = await handover.held(raw, found.lot_id) if found else None
            if found is None or lot is None:
                return Refusal("DISPUTE_UNKNOWN").outcome()
            _in_market(ctx, lot)
            gross = await _gross(lot, found, amount)
            if isinstance(gross, Refusal):
                return gross.outcome()
            verdict = Verdict(uphold, DecidedBy.STAFF, said, gross)
            if not await disputes.decide(raw, lot, found, verdict, ctx.now):
                return Refusal("DISPUTE_ENDED").outcome()
            await disposing.finish(raw, lot.id)
        of = Tenant(organisation_id=lot.organisation_id)
        after = {"upheld": uphold, "statement": said, "amount": str(amount)}
        await audited(ctx, "decideDispute", "LotDispute", dispute_id, after=after, of=of)
        return {"id": str(dispute_id)}

    given = {"dispute": dispute_id, "uphold": uphold, "statement": said, "amount": amount}
    outcome = await staff_once(ctx, Role.STAFF_SUPPORT, "decideDispute", key, given, act)
    return refusal_of(outcome) or await _dispute(ctx, dispute_id)


async def _gross(lot: Lot, found: Dispute, amount: Decimal | None) -> int | Refusal | None:
    if amount is None or found.about is About.RECONCILIATION:
        return None
    [line] = await settling.lines(lot.id, None, 1, [found.asset_id])
    try:
        gross = Money.of(amount, Currency(lot.currency)).minor
    except ValueError:
        return Refusal("DECISION_AMOUNT_INVALID")
    most = max(line.bid_minor, line.line().gross_minor)
    return gross if 0 <= gross <= most else Refusal("DECISION_AMOUNT_INVALID")


def _in_market(ctx: Context, lot: Lot) -> None:
    markets = ctx.caller.markets
    if markets is not None and lot.market not in markets:
        raise Forbidden("This market is not one of yours.", reason="MARKET_NOT_GRANTED")


async def record_payout(ctx: Context, lot_id: UUID, reference: str, key: str) -> Lot | Refusal:
    """Staff notes that an organisation has its money, paid by hand. Refuses: one that is not due.

    Raises: SignInFirst; Forbidden without the role, or outside of its markets; BadInput.
    """
    said = text(reference, "reference", needed=True)

    async def act(_user_id: UUID) -> Outcome:
        async with as_system() as raw:
            lot = await handover.held(raw, lot_id)
            if lot is None:
                return UNKNOWN.outcome()
            _in_market(ctx, lot)
            if not await settling.paid(raw, lot, ctx.now, said):
                return Refusal("PAYOUT_NOT_DUE").outcome()
        of = Tenant(organisation_id=lot.organisation_id)
        await audited(ctx, "recordSettlementPayout", "Lot", lot_id, after={"ref": said}, of=of)
        return {}

    given = {"lot": lot_id, "reference": said}
    role = Role.STAFF_FINANCE
    outcome = await staff_once(ctx, role, "recordSettlementPayout", key, given, act)
    if refused := refusal_of(outcome):
        return refused
    async with ctx.private(OPERATIONS):
        return (await handover.lots([lot_id]))[lot_id]


async def settlement(ctx: Context, lot: Lot) -> Settlement | None:
    """The statement of a lot that the caller sees; loaded with those of the page."""

    async def batch(lots: list[UUID]) -> list[Settlement | None]:
        async with sight(ctx):
            found = await settling.read(lots)
        return [found.get(each) for each in lots]

    return await ctx.loader(batch, "settlements").load(lot.id)


async def lines(
    ctx: Context, lot_id: UUID, first: int, after: str | None
) -> paging.Page[SettledLine]:
    """The lines of a statement that the caller sees, a device each."""
    size = paging.size(first)
    of = paging.fingerprint("settlement", lot_id)
    at = paging.opened(after, of, ctx.seal)
    async with sight(ctx):
        rows = await settling.lines(lot_id, at.id if at else None, size + 1)
    return paging.page_of(rows, lambda row: Position("", 0, row.asset_id), size, of, ctx.seal)


async def of_lot(ctx: Context, lot: Lot, first: int, after: str | None) -> paging.Page[Dispute]:
    """The disputes of a lot that the caller sees, the oldest first."""
    size = paging.size(first)
    of = paging.fingerprint("disputes", lot.id)
    at = paging.opened(after, of, ctx.seal)
    async with sight(ctx):
        rows = await disputes.of_lot(lot.id, at.id if at else None, size + 1)
    return paging.page_of(rows, lambda row: Position("", 0, row.id), size, of, ctx.seal)


async def _lot_of(ctx: Context, dispute_id: UUID) -> UUID | None:
    async with ctx.acting_owner(WRITE):
        found = await disputes.read(dispute_id)
    return found.lot_id if found else None


async def _dispute(ctx: Context, dispute_id: UUID) -> Dispute:
    """A dispute that the caller has just acted on."""
    async with ctx.private(OPERATIONS if owner(ctx) is None else None):
        rows = await fetch(disputes.SQL["read"], dispute_id)
    return disputes.of_row(rows[0])
