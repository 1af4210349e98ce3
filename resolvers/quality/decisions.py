"""Decisions on merchants: staff gives them with reasons, merchants read and appeal them."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import asyncpg

from domain import InvalidTransition
from domain.accounts.roles import CallerKind, Role
from domain.merchants.decisions import (
    FOUR_EYES,
    IN_LAW,
    WHOLE_ACCOUNT,
    AppealState,
    DecisionState,
    DecisionType,
    NoticeExemption,
    NoticeTooShort,
    StatementIncomplete,
    answer_by,
    becomes,
    incomplete,
    notice,
)
from models.base import OPERATIONS, Tenant, as_system
from models.offers.read import Position
from models.quality import decisions as stored
from models.quality.decisions import Addressee, Decision, New
from resolvers import paging
from resolvers.context import BadInput, Context, Forbidden, stored_text
from resolvers.effects import Outcome, Refusal, audited, once_only, refusal_of, staff_once
from resolvers.markets import market as market_row

READ, WRITE = "quality:read", "offers:write"
ROLE = Role.STAFF_DECISIONS
MOST_TEXT = 5_000
MOST_OBJECTS = 100
LONGEST = timedelta(days=3_660)
_LANGUAGE = re.compile(r"[a-z]{2}(-[A-Z]{2})?")
UNKNOWN = Refusal("DECISION_UNKNOWN")


@dataclass(frozen=True, slots=True)
class Given:
    """A decision as staff gives it.

    Shapes: `statement` is JSON under the names of `domain.merchants.decisions.FIELDS`; `offers` are
    those among its objects. `effective_at` None: not said.
    """

    merchant_id: UUID
    type: DecisionType
    statement: Mapping[str, Any]
    offers: Sequence[UUID]
    effective_at: datetime | None
    ends_at: datetime | None
    exemption: NoticeExemption | None


async def issue(ctx: Context, given: Given, key: str) -> Decision | Refusal:
    """Record a decision and give its statement to the merchant; its effect follows in its time.

    A suspension or a termination is a draft until somebody else approves it, and the answer says
    so. Refuses: STATEMENT_INCOMPLETE, NOTICE_TOO_SHORT, FOUR_EYES_REQUIRED, INVALID_TRANSITION,
    an unknown merchant or offer. Raises: SignInFirst, Forbidden, BadInput.
    """
    ctx.staff_markets(ROLE)
    if (lacks := _incomplete(given)) is not None:
        return Refusal(lacks.code, {"missing": list(lacks.missing)})
    markets = await _territory(given.statement["territory"])
    _readable(given, ctx.now)

    async def act(user_id: UUID) -> Outcome:
        async with as_system() as raw:
            of = await stored.addressee(raw, given.merchant_id)
            if of is None:
                return Refusal("MERCHANT_UNKNOWN").outcome()
            _in_markets(ctx, given.type, of, markets)
            if refused := await _impossible(raw, given, of, ctx.now):
                return refused.outcome()
            made = await stored.add(raw, _new(given, markets, user_id, ctx.now))
            if given.type not in FOUR_EYES:
                await _deliver(raw, made, of, None, ctx.now)
        after = {"type": given.type.value, "markets": markets}
        tenant = Tenant(merchant_id=given.merchant_id)
        await audited(ctx, "issueDecision", "Decision", made, after=after, of=tenant)
        if given.type in FOUR_EYES:
            return Refusal("FOUR_EYES_REQUIRED", {"approvalId": str(made)}).outcome()
        return {"decision": str(made)}

    asked = {"merchant": given.merchant_id, "type": given.type, "statement": given.statement}
    outcome = await staff_once(ctx, ROLE, "issueDecision", key, asked, act)
    return refusal_of(outcome) or await _seen(ctx, UUID(outcome["decision"]))


async def approve(ctx: Context, decision_id: UUID, key: str) -> Decision | Refusal:
    """Agree to a decision that somebody else drafted: it is given to the merchant now.

    Refuses: FOUR_EYES_REQUIRED to who drafted it; NOTICE_TOO_SHORT where the time went by.
    Raises: SignInFirst, Forbidden, BadInput.
    """

    async def act(user_id: UUID) -> Outcome:
        async with as_system() as raw:
            found = await stored.held(raw, decision_id)
            of = await stored.addressee(raw, found.merchant_id) if found else None
            if found is None or of is None:
                return UNKNOWN.outcome()
            _in_markets(ctx, found.type, of, found.markets)
            if refused := _not_approved(found, of, user_id, ctx.now):
                return refused.outcome()
            await _deliver(raw, decision_id, of, user_id, ctx.now)
        await _noted(ctx, "approveDecision", found, {"state": "NOTIFIED"})
        return {}

    outcome = await staff_once(ctx, ROLE, "approveDecision", key, {"id": decision_id}, act)
    return refusal_of(outcome) or await _seen(ctx, decision_id)


async def lift(ctx: Context, decision_id: UUID, reason: str, key: str) -> Decision | Refusal:
    """Take a decision back; what it changed is as it was before. Refuses: one that has ended.

    Raises: SignInFirst, Forbidden, BadInput.
    """
    said = _text(reason, "reason")

    async def act(_user_id: UUID) -> Outcome:
        async with as_system() as raw:
            found = await stored.held(raw, decision_id)
            of = await stored.addressee(raw, found.merchant_id) if found else None
            if found is None or of is None:
                return UNKNOWN.outcome()
            _in_markets(ctx, found.type, of, found.markets)
            if not await stored.lift(raw, decision_id, said, ctx.now):
                return _ended(found).outcome()
        await _noted(ctx, "liftDecision", found, {"state": "LIFTED", "reason": said})
        return {}

    asked = {"id": decision_id, "reason": said}
    outcome = await staff_once(ctx, ROLE, "liftDecision", key, asked, act)
    return refusal_of(outcome) or await _seen(ctx, decision_id)


async def appeal(ctx: Context, decision_id: UUID, text: str, key: str) -> Decision | Refusal:
    """The caller's merchant appeals a decision. Refuses: APPEAL_WINDOW_CLOSED, a second appeal.

    Raises: SignInFirst, Forbidden, BadInput.
    """
    said = _text(text, "text")

    async def act(merchant_id: UUID) -> Outcome:
        found = (await stored.some([decision_id])).get(decision_id)
        if found is None or found.merchant_id != merchant_id or found.appeal_until is None:
            return UNKNOWN.outcome()
        if ctx.now >= found.appeal_until:
            until = found.appeal_until.isoformat()
            return Refusal("APPEAL_WINDOW_CLOSED", {"until": until}).outcome()
        async with as_system() as raw:
            of = await stored.addressee(raw, merchant_id)
            if of is None:
                return UNKNOWN.outcome()
            due = answer_by(ctx.now, of.calendar)
            if not await stored.file_appeal(raw, found, said, ctx.now, due):
                return Refusal("APPEALED_BEFORE").outcome()
        await audited(ctx, "appealDecision", "Decision", decision_id, after={"appeal": "FILED"})
        return {}

    asked = {"id": decision_id, "text": said}
    outcome = await once_only(ctx, WRITE, "appealDecision", key, asked, act)
    return refusal_of(outcome) or await _own(ctx, decision_id)


async def answer(
    ctx: Context, decision_id: UUID, *, uphold: bool, text: str, key: str
) -> Decision | Refusal:
    """Answer an appeal, by somebody who had no part in the decision; upheld, it is lifted.

    Refuses: FOUR_EYES_REQUIRED to who had; no appeal that waits. Raises: as `approve`.
    """
    said, state = _text(text, "answer"), AppealState.UPHELD if uphold else AppealState.DISMISSED

    async def act(user_id: UUID) -> Outcome:
        async with as_system() as raw:
            found = await stored.held(raw, decision_id)
            of = await stored.addressee(raw, found.merchant_id) if found else None
            if found is None or of is None:
                return UNKNOWN.outcome()
            _in_markets(ctx, found.type, of, found.markets)
            if user_id in {found.issued_by, found.approved_by}:
                return Refusal("FOUR_EYES_REQUIRED", {"approvalId": str(found.id)}).outcome()
            if not await stored.answer_appeal(raw, decision_id, state, user_id, ctx.now, said):
                return Refusal("APPEAL_UNKNOWN").outcome()
            if uphold:
                await stored.lift(raw, decision_id, "APPEAL_UPHELD", ctx.now)
        await _noted(ctx, "answerAppeal", found, {"appeal": state.value})
        return {}

    asked = {"id": decision_id, "uphold": uphold, "text": said}
    outcome = await staff_once(ctx, ROLE, "answerAppeal", key, asked, act)
    return refusal_of(outcome) or await _seen(ctx, decision_id)


async def decision(ctx: Context, decision_id: UUID) -> Decision | None:
    """A decision that the caller may read; None for any other. Raises: SignInFirst, Forbidden."""
    if ctx.caller.kind is CallerKind.STAFF:
        ctx.staff_markets(ROLE)
        async with ctx.private(OPERATIONS):
            found = (await stored.some([decision_id])).get(decision_id)
        return found if found and _visible(ctx, found) else None
    async with ctx.acting(READ):
        return (await stored.some([decision_id])).get(decision_id)


async def page(
    ctx: Context,
    merchant_id: UUID | None,
    states: Sequence[DecisionState] | None,
    first: int,
    after: str | None,
) -> paging.Page[Decision]:
    """The caller's decisions, the newest first; of staff those of its markets.

    Raises: SignInFirst, Forbidden, BadInput.
    """
    size = paging.size(first)
    of = paging.fingerprint("decisions", ctx.caller.merchant_id, merchant_id, states)
    at = paging.opened(after, of, ctx.seal)
    before = at.id if at else None
    if ctx.caller.kind is CallerKind.STAFF:
        _, markets = ctx.staff_markets(ROLE)
        async with ctx.private(OPERATIONS):
            rows = await stored.page(merchant_id, states, before, size + 1, markets)
    else:
        async with ctx.acting(READ) as own:
            named = merchant_id in {None, own}
            rows = await stored.page(own, states, before, size + 1, None) if named else []
    return paging.page_of(rows, lambda row: Position("", 0, row.id), size, of, ctx.seal)


def _incomplete(given: Given) -> StatementIncomplete | None:
    said = {**given.statement, "effectiveAt": given.effective_at}
    found = incomplete(said)
    lost = given.type is DecisionType.OFFER_REMOVAL and not given.offers
    if found is None and lost:
        return StatementIncomplete(("objects",))
    return found


async def _territory(codes: Sequence[str]) -> list[str]:
    found = []
    for code in codes:
        row = await market_row(str(code))
        if row is None:
            message = f"There is no market {str(code)[:8]!r}."
            raise BadInput(message, argument="territory", value=str(code)[:80])
        found.append(row.code)
    return sorted(set(found))


def _readable(given: Given, now: datetime) -> None:
    """Raises: BadInput for texts that cannot be stored and days that make no sense."""
    for name in ("facts", "explanation", "groundRef", "howToRemedy", "noticeExemption"):
        _text(str(given.statement.get(name) or "-"), name)
    for text in (*given.statement["evidence"], *given.statement["redress"].values()):
        _text(str(text), "evidence")
    if not _LANGUAGE.fullmatch(str(given.statement["language"])):
        raise BadInput("`language` is not one such as `fr`.", argument="language")
    if not 1 <= len(given.statement["objects"]) <= MOST_OBJECTS:
        raise BadInput(f"Name 1 to {MOST_OBJECTS} objects.", argument="objects")
    for name, at in (("effectiveAt", given.effective_at), ("endsAt", given.ends_at)):
        if at is not None and (at.tzinfo is None or not now - LONGEST < at < now + LONGEST):
            raise BadInput(f"`{name}` needs an offset, and lies too far.", argument=name)
    start = max(given.effective_at or now, now)
    if given.ends_at is not None and given.ends_at <= start:
        raise BadInput("`endsAt` must come after `effectiveAt`.", argument="endsAt")


def _text(text: str, name: str) -> str:
    if not 0 < len(stored_text(text, name).strip()) <= MOST_TEXT:
        raise BadInput(f"Say `{name}` in 1 to {MOST_TEXT} characters.", argument=name)
    return text.strip()


def _in_markets(ctx: Context, kind: DecisionType, of: Addressee, territory: Sequence[str]) -> None:
    """Raises: Forbidden where a decision reaches beyond the markets of the member of staff."""
    markets = ctx.caller.markets
    reach = {*territory, *(of.markets if kind in WHOLE_ACCOUNT else ())}
    if markets is not None and (beyond := sorted(reach - markets)):
        message = f"This reaches into {beyond[0]}, which is not one of your markets."
        raise Forbidden(message, reason="MARKET_NOT_GRANTED", market=beyond[0])


async def _impossible(
    raw: asyncpg.Connection, given: Given, of: Addressee, now: datetime
) -> Refusal | None:
    if given.offers and not await stored.sells(raw, of.id, given.offers):
        return Refusal("OFFER_UNKNOWN")
    if (wrong := _wrong_state(given.type, of)) is not None:
        return wrong
    short = notice(given.type, given.effective_at or now, now, given.exemption)
    return _too_short(short) if short else None


def _wrong_state(kind: DecisionType, of: Addressee) -> Refusal | None:
    found = becomes(kind, of.state)
    if not isinstance(found, InvalidTransition):
        return None
    allowed = sorted(str(each) for each in found.allowed)
    facts = {"from": of.state.value, "to": found.to_state, "allowed": allowed}
    return Refusal("INVALID_TRANSITION", facts)


def _too_short(found: NoticeTooShort) -> Refusal:
    return Refusal(found.code, {"minDays": found.min_days})


def _new(given: Given, markets: Sequence[str], user_id: UUID, now: datetime) -> New:
    word = IN_LAW.get(given.type)
    redress = {**given.statement["redress"], "internalComplaint": "appealDecision"}
    statement = {
        **given.statement,
        "territory": list(markets),
        "redress": redress,
        "decision": word.value if word else None,
        "effectiveAt": given.effective_at.isoformat() if given.effective_at else None,
        "noticeExemption": given.exemption.value if given.exemption else None,
    }
    return New(
        given.merchant_id, given.type, statement, given.offers, markets, user_id,
        max(given.effective_at or now, now), given.ends_at, now,
    )  # fmt: skip


async def _deliver(
    raw: asyncpg.Connection, decision_id: UUID, of: Addressee, by: UUID | None, now: datetime
) -> None:
    found = await stored.held(raw, decision_id)
    if found is None:
        raise LookupError(decision_id)
    await stored.deliver(raw, found, of, by, now)


def _not_approved(found: Decision, of: Addressee, user_id: UUID, now: datetime) -> Refusal | None:
    if found.state is not DecisionState.DRAFT:
        facts = {"from": found.state.value, "to": "APPROVED", "allowed": []}
        return Refusal("INVALID_TRANSITION", facts)
    if found.issued_by == user_id:
        return Refusal("FOUR_EYES_REQUIRED", {"approvalId": str(found.id)})
    if (wrong := _wrong_state(found.type, of)) is not None:
        return wrong
    said = found.statement.get("noticeExemption")
    exemption = NoticeExemption(said) if said else None
    short = notice(found.type, found.effective_at, now, exemption)
    if found.ends_at is not None and found.ends_at <= now:
        return Refusal("INVALID_TRANSITION", {"from": "DRAFT", "to": "APPROVED", "allowed": []})
    return _too_short(short) if short else None


def _ended(found: Decision) -> Refusal:
    facts: dict[str, Any] = {"from": found.state.value, "to": "LIFTED", "allowed": []}
    return Refusal("INVALID_TRANSITION", facts)


async def _noted(ctx: Context, action: str, found: Decision, after: Mapping[str, Any]) -> None:
    of = Tenant(merchant_id=found.merchant_id)
    before = {"state": found.state.value}
    await audited(ctx, action, "Decision", found.id, before=before, after=after, of=of)


def _visible(ctx: Context, found: Decision) -> bool:
    markets = ctx.caller.markets
    return markets is None or not markets.isdisjoint(found.markets)


async def _seen(ctx: Context, decision_id: UUID) -> Decision | Refusal:
    async with ctx.private(OPERATIONS):
        return (await stored.some([decision_id])).get(decision_id) or UNKNOWN


async def _own(ctx: Context, decision_id: UUID) -> Decision | Refusal:
    async with ctx.acting(WRITE):
        return (await stored.some([decision_id])).get(decision_id) or UNKNOWN
