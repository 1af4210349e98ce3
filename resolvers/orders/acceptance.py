"""A merchant accepts or refuses paid lines, and cancels accepted ones."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from domain.orders import Actor, LineState
from domain.orders.payments import RefundReason
from domain.orders.reasons import CancelReason, RefusalReason
from models import clock
from models.orders import By, fulfilment, read
from models.orders.read import LineRow
from resolvers.context import BadInput, Context, stored_text
from resolvers.effects import Outcome, audited, once_only
from resolvers.orders import reading
from resolvers.orders.refusals import LINE_UNKNOWN, Refusal, own, refusal_of, wrong_state

WRITE = "orders:write"
MOST_LINES = 100
LONGEST_NOTE = 500


def note(text: str | None) -> str | None:
    """A note as given. Raises: BadInput for more than 500 characters."""
    if text is not None and len(text) > LONGEST_NOTE:
        raise BadInput(f"`note` is longer than {LONGEST_NOTE} characters.", argument="note")
    return None if text is None else stored_text(text, "note")


async def accept(ctx: Context, lines: Sequence[UUID], key: str) -> list[LineRow | Refusal]:
    """Accept paid lines; each has an answer of its own, in the order given.

    Refuses, by line: one that is not the caller's; another state; a deadline that passed; a part of
    an order, where the merchant wants them whole.
    Raises: SignInFirst, Forbidden; BadInput for none, or more than 100.
    """
    asked = list(dict.fromkeys(lines))
    if not 0 < len(asked) <= MOST_LINES or len(asked) != len(lines):
        raise BadInput(f"`lines` are 1 to {MOST_LINES}, each once.", argument="lines")

    async def act(merchant_id: UUID) -> Outcome:
        now = await clock.now_of(merchant_id)
        held = await read.hold(asked)
        refused: dict[UUID, Refusal] = {}
        for line_id in asked:
            if refusal := _not_acceptable(held.get(line_id), merchant_id, now):
                refused[line_id] = refusal
        good = [line_id for line_id in asked if line_id not in refused]
        refused |= await _apart(merchant_id, [held[line_id] for line_id in good])
        taken = [held[line_id] for line_id in good if line_id not in refused]
        await fulfilment.accept(taken, _by(ctx, now))
        for line in taken:
            await _noted(ctx, "acceptOrderLines", line, LineState.ACCEPTED)
        return {"lines": [refused[e].outcome() if e in refused else {} for e in asked]}

    given = {"lines": asked}
    outcome = await once_only(ctx, WRITE, "acceptOrderLines", key, given, act)
    return await _answers(ctx, asked, outcome["lines"])


def _not_acceptable(line: LineRow | None, merchant_id: UUID, now: Any) -> Refusal | None:
    if line is None or not own(line, merchant=merchant_id):
        return Refusal(LINE_UNKNOWN)
    if line.state is not LineState.PAID:
        return wrong_state(line, LineState.ACCEPTED)
    if line.accept_by is not None and line.accept_by <= now:
        return Refusal("ACCEPTANCE_DEADLINE_PASSED", {"acceptBy": line.accept_by.isoformat()})
    return None


async def _apart(merchant_id: UUID, lines: Sequence[LineRow]) -> dict[UUID, Refusal]:
    """Lines whose orders would be accepted in part, where the merchant does not want that."""
    if await fulfilment.partial_acceptance(merchant_id):
        return {}
    orders = sorted({line.order_id for line in lines})
    left = await fulfilment.left_to_accept(orders, [line.id for line in lines])
    return {
        line.id: Refusal(
            "PARTIAL_ACCEPTANCE_DISABLED", {"missing": [str(each) for each in left[line.order_id]]}
        )
        for line in lines
        if line.order_id in left
    }


async def refuse(
    ctx: Context, line_id: UUID, reason: RefusalReason, text: str | None, key: str
) -> LineRow | Refusal:
    """Refuse a paid line before its deadline: its money goes back, and it counts.

    Refuses: a line that is not the caller's; another state; a deadline that passed.
    Raises: SignInFirst, Forbidden, BadInput.
    """
    said = note(text)

    async def act(merchant_id: UUID) -> Outcome:
        now = await clock.now_of(merchant_id)
        line = (await read.hold([line_id])).get(line_id)
        if refusal := _not_acceptable(line, merchant_id, now):
            facts = dict(refusal.facts)
            if "to" in facts:
                facts["to"] = LineState.REFUSED.value
            return Refusal(refusal.code, facts).outcome()
        by = _by(ctx, now, reason.value, said, counts=True)
        await fulfilment.end([line_id], LineState.REFUSED, by, RefundReason.REFUSED)
        await _noted(ctx, "refuseOrderLine", line, LineState.REFUSED, reason)
        return {}

    given = {"line": line_id, "reason": reason, "note": said}
    outcome = await once_only(ctx, WRITE, "refuseOrderLine", key, given, act)
    return refusal_of(outcome) or await line_of(ctx, line_id)


async def cancel(
    ctx: Context, line_id: UUID, reason: CancelReason, text: str | None, key: str
) -> LineRow | Refusal:
    """Cancel an accepted line that will not be shipped: its money goes back, and it counts.

    Refuses: a line that is not the caller's; another state: a paid line is refused instead.
    Raises: SignInFirst, Forbidden, BadInput.
    """
    said = note(text)

    async def act(merchant_id: UUID) -> Outcome:
        now = await clock.now_of(merchant_id)
        line = (await read.hold([line_id])).get(line_id)
        if line is None or not own(line, merchant=merchant_id):
            return Refusal(LINE_UNKNOWN).outcome()
        if line.state is not LineState.ACCEPTED:
            return wrong_state(line, LineState.CANCELLED).outcome()
        by = _by(ctx, now, reason.value, said, counts=True)
        await fulfilment.end(
            [line_id], LineState.CANCELLED, by, RefundReason.CANCELLED, [LineState.ACCEPTED]
        )
        await _noted(ctx, "cancelOrderLine", line, LineState.CANCELLED, reason)
        return {}

    given = {"line": line_id, "reason": reason, "note": said}
    outcome = await once_only(ctx, WRITE, "cancelOrderLine", key, given, act)
    return refusal_of(outcome) or await line_of(ctx, line_id)


async def answer_cancel_request(
    ctx: Context, line_id: UUID, *, agree: bool, text: str | None, key: str
) -> LineRow | Refusal:
    """Agree that a customer cancels an accepted line, which does not count, or say no.

    Refuses: a line that is not the caller's; another state; one that nobody asked to cancel.
    Raises: SignInFirst, Forbidden, BadInput.
    """
    said = note(text)

    async def act(merchant_id: UUID) -> Outcome:
        now = await clock.now_of(merchant_id)
        line = (await read.hold([line_id])).get(line_id)
        if line is None or not own(line, merchant=merchant_id):
            return Refusal(LINE_UNKNOWN).outcome()
        if line.state is not LineState.ACCEPTED:
            return wrong_state(line, LineState.CANCELLED).outcome()
        if line.cancel_asked_at is None:
            return Refusal("CANCELLATION_NOT_REQUESTED").outcome()
        if agree:
            by = _by(ctx, now, CancelReason.CUSTOMER_ASKED.value, said)
            await fulfilment.end([line_id], LineState.CANCELLED, by, RefundReason.CANCELLED)
        else:
            await fulfilment.ask_to_cancel(line_id, None)
        await _noted(ctx, "answerCancelRequest", line, LineState.CANCELLED if agree else line.state)
        return {}

    given = {"line": line_id, "agree": agree, "note": said}
    outcome = await once_only(ctx, WRITE, "answerCancelRequest", key, given, act)
    return refusal_of(outcome) or await line_of(ctx, line_id)


async def partial_acceptance(ctx: Context) -> bool:
    """Whether the merchant may accept orders in part. Raises: SignInFirst, Forbidden."""
    async with ctx.acting(reading.READ) as merchant_id:
        return await fulfilment.partial_acceptance(merchant_id)


async def set_partial_acceptance(ctx: Context, key: str, *, allowed: bool) -> None:
    """Say whether orders may be accepted in part. Raises: SignInFirst, Forbidden, BadInput."""

    async def act(merchant_id: UUID) -> Outcome:
        before = await fulfilment.partial_acceptance(merchant_id)
        await fulfilment.set_partial_acceptance(merchant_id, allowed=allowed)
        await audited(
            ctx, "setFulfilmentSettings", "Merchant", merchant_id,
            before={"partialAcceptance": before}, after={"partialAcceptance": allowed},
        )  # fmt: skip
        return {}

    given = {"partialAcceptance": allowed}
    await once_only(ctx, WRITE, "setFulfilmentSettings", key, given, act)


async def line_of(ctx: Context, line_id: UUID) -> LineRow:
    """A line that the caller has just acted on, as it is now."""
    async with ctx.private():
        return (await read.lines([line_id]))[line_id]


async def _answers(
    ctx: Context, asked: Sequence[UUID], outcomes: Sequence[Mapping[str, Any]]
) -> list[LineRow | Refusal]:
    async with ctx.private():
        rows = await read.lines(asked)
    return [
        refusal_of(outcome) or rows[line_id]
        for line_id, outcome in zip(asked, outcomes, strict=True)
    ]


def _by(
    ctx: Context,
    at: Any,
    reason: str | None = None,
    said: str | None = None,
    *,
    counts: bool = False,
) -> By:
    who = ctx.caller.user_id
    return By(Actor.MERCHANT, at, who, reason, said, counts)


async def _noted(
    ctx: Context, action: str, line: LineRow | None, to: LineState, reason: str | None = None
) -> None:
    if line is not None:
        after = {"state": to.value} | ({"reason": reason} if reason else {})
        before = {"state": line.state.value}
        await audited(ctx, action, "OrderLine", line.id, before=before, after=after)
