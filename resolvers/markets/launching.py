"""Opening and pausing a market: by its team, checked, agreed to by two, in force within a second.

Source: docs/markets.md.
"""

from dataclasses import dataclass
from typing import Final
from uuid import UUID

from domain import InvalidTransition
from domain.accounts.roles import Role
from domain.markets import MarketStage, PauseScope
from domain.markets.checks import CheckCode, failed
from domain.markets.opening import APPROVAL_LASTS, OpeningState, opened, opens_further
from domain.markets.pauses import EVERYBODY, Standing
from models.announce import announce, market_topic
from models.base import as_system
from models.jobs import Job
from models.markets import Market, launch
from models.markets.launch import Opening
from models.outbox import enqueue
from resolvers.context import BadInput, Context, stored_text
from resolvers.effects import Outcome, audited, staff_once
from resolvers.markets import market as market_of
from resolvers.markets.readiness import judged

ROLE: Final = Role.COUNTRY_TEAM
MOST_REASON: Final = 500


@dataclass(frozen=True, slots=True)
class Launched:
    """A market as it stands after a change."""

    market: Market
    stage: MarketStage
    standing: Standing


@dataclass(frozen=True, slots=True)
class NotReady:
    """Checks that fail."""

    checks: tuple[CheckCode, ...]


@dataclass(frozen=True, slots=True)
class FourEyes:
    """Somebody else of staff must agree first."""

    approval_id: UUID


@dataclass(frozen=True, slots=True)
class NotOpen:
    """The request was decided, has expired, or is not there."""

    state: OpeningState | None


async def place(ctx: Context, code: str) -> Market:
    """A market that the caller is of the team of, whatever its stage.

    Raises: SignInFirst, Forbidden; BadInput for no market.
    """
    ctx.staff_markets(ROLE)
    found = await market_of(stored_text(code, "market"))
    if found is None:
        raise BadInput("There is no such market. `markets` lists them.", argument="market")
    ctx.staff(ROLE, found.code)
    return found


async def open_to(
    ctx: Context, code: str, to: MarketStage, percent: int, key: str
) -> Launched | InvalidTransition | NotReady | FourEyes:
    """Open a market to its staff, to a share of visitors, or to all; or go back to staff alone.

    A market that closed itself to some goes back at once. To open further every check must not
    fail, and somebody else of staff must agree: the first call asks, and one after the approval
    opens.
    Refuses: a move that no stage allows; checks that fail; an approval that is not there yet.
    Raises: SignInFirst, Forbidden, BadInput.
    """
    found = await place(ctx, code)
    if not 1 <= percent <= EVERYBODY:
        raise BadInput("`percent` is 1 to 100.", argument="percent")
    if percent != EVERYBODY and to is not MarketStage.SOFT:
        raise BadInput("Only a SOFT market opens for a share.", argument="percent")

    async def act(user_id: UUID) -> Outcome:
        return await _open(ctx, found, to, percent, user_id)

    given = {"market": found.code, "stage": to.value, "percent": percent}
    outcome = await staff_once(ctx, ROLE, "openMarket", key, given, act)
    match outcome.get("refused"):
        case "INVALID_TRANSITION":
            return InvalidTransition(*outcome["facts"])
        case "READINESS_FAILED":
            return NotReady(tuple(CheckCode(each) for each in outcome["facts"]))
        case "FOUR_EYES_REQUIRED":
            return FourEyes(UUID(outcome["facts"]))
    return await _launched(found)


async def _open(
    ctx: Context, found: Market, to: MarketStage, percent: int, user_id: UUID
) -> Outcome:
    async with as_system() as raw:
        now = await launch.hold(raw, found.code) or found.stage
        before = await launch.standing_now(found.code)
    moved = opened(now, to)
    if isinstance(moved, InvalidTransition):
        return {"refused": "INVALID_TRANSITION", "facts": [now, to, moved.allowed]}
    used: UUID | None = None
    if opens_further(now, to, percent, before.percent):
        if lacking := failed((await judged(ctx, found)).verdicts):
            return {"refused": "READINESS_FAILED", "facts": lacking}
        used, asked = await _agreed(ctx, found, to, percent, user_id)
        if asked is not None:
            return {"refused": "FOUR_EYES_REQUIRED", "facts": str(asked)}
    await _move(ctx, found, now, to, percent, used)
    return {"stage": to.value}


async def _agreed(
    ctx: Context, found: Market, to: MarketStage, percent: int, by: UUID
) -> tuple[UUID | None, UUID | None]:
    """The approval that is used up, or the request that waits for one."""
    async with as_system() as raw:
        known = await launch.waiting(raw, found.code)
        if known is not None:
            state = known.state_at(ctx.now)
            same = (known.stage, known.percent) == (to, percent)
            if same and state is OpeningState.APPROVED:
                await launch.decide(raw, known.id, OpeningState.USED, ctx.now)
                return known.id, None
            if same and state is OpeningState.OPEN:
                return None, known.id
            await launch.decide(raw, known.id, OpeningState.EXPIRED, ctx.now)
        until = ctx.now + APPROVAL_LASTS
        made = await launch.ask(raw, found.code, to, percent, by, until)
    after = {"stage": to.value, "percent": percent}
    await audited(ctx, "requestOpening", "MarketOpening", made, after=after, market=found.code)
    return None, made


async def _move(
    ctx: Context, found: Market, now: MarketStage, to: MarketStage, percent: int, used: UUID | None
) -> None:
    async with as_system() as raw:
        await launch.move(raw, found.code, to, percent)
        await announce(raw, market_topic(found.code), {})
        await enqueue(Job.REFRESH_MARKET, market=found.code)
    after = {"stage": to.value, "percent": percent, "approval": str(used) if used else None}
    before = {"stage": now.value}
    await audited(
        ctx, "openMarket", "Market", found.id, before=before, after=after, market=found.code
    )


async def decide(
    ctx: Context, opening_id: UUID, *, agree: bool, reason: str | None, key: str
) -> Opening | NotOpen | FourEyes:
    """Agree to the opening that somebody else of staff asked for, or refuse it.

    Who asked may take it back, and may not agree.
    Refuses: one that is not there, decided or expired; the caller's own.
    Raises: SignInFirst, Forbidden, BadInput.
    """
    ctx.staff_markets(ROLE)
    said = _said(reason, needed=not agree)

    async def act(user_id: UUID) -> Outcome:
        async with as_system() as raw:
            found = await launch.opening(raw, opening_id)
        if found is None:
            return {"refused": "NOT_OPEN", "state": None}
        ctx.staff(ROLE, found.market)
        state = found.state_at(ctx.now)
        if state is not OpeningState.OPEN:
            return {"refused": "NOT_OPEN", "state": state.value}
        if agree and found.requested_by == user_id:
            return {"refused": "FOUR_EYES_REQUIRED"}
        to = OpeningState.APPROVED if agree else OpeningState.REJECTED
        async with as_system() as raw:
            await launch.decide(raw, found.id, to, ctx.now, by=user_id, reason=said)
        name, after = "decideMarketOpening", {"state": to.value, "reason": said}
        await audited(ctx, name, "MarketOpening", found.id, after=after, market=found.market)
        return {"id": str(found.id)}

    given = {"opening": opening_id, "agree": agree, "reason": said}
    outcome = await staff_once(ctx, ROLE, "decideMarketOpening", key, given, act)
    match outcome.get("refused"):
        case "NOT_OPEN":
            known = outcome["state"]
            return NotOpen(OpeningState(known) if known else None)
        case "FOUR_EYES_REQUIRED":
            return FourEyes(opening_id)
    async with ctx.private(), as_system() as raw:
        return await launch.opening(raw, opening_id) or NotOpen(None)


async def pause(
    ctx: Context, code: str, scope: PauseScope, category: str | None, reason: str, key: str
) -> Launched:
    """Stop something in a market, in every process within a second. Safe to repeat.

    Raises: SignInFirst, Forbidden, BadInput.
    """
    said = _said(reason, needed=True) or ""
    return await _paused(ctx, code, scope, category, said, key)


async def resume(
    ctx: Context, code: str, scope: PauseScope, category: str | None, key: str
) -> Launched:
    """Let it go on, as fast. Safe to repeat. Raises: SignInFirst, Forbidden, BadInput."""
    return await _paused(ctx, code, scope, category, None, key)


async def _paused(
    ctx: Context, code: str, scope: PauseScope, category: str | None, reason: str | None, key: str
) -> Launched:
    found = await place(ctx, code)
    if (scope is PauseScope.CATEGORY) is not (category is not None):
        raise BadInput("Name a `category` with the scope CATEGORY, and only then.",
                       argument="category")  # fmt: skip
    if category is not None and not await launch.is_category(stored_text(category, "category")):
        raise BadInput("There is no such category. `categories` lists them.", argument="category")
    name = "resumeMarket" if reason is None else "pauseMarket"

    async def act(user_id: UUID) -> Outcome:
        async with as_system() as raw:
            if reason is None:
                changed = await launch.resume(raw, found.code, scope, category)
            else:
                changed = await launch.pause(raw, found.code, scope, category, reason, user_id)
            if changed:
                await announce(raw, market_topic(found.code), {})
        if changed:
            after = {"scope": scope.value, "category": category, "reason": reason}
            await audited(ctx, name, "Market", found.id, after=after, market=found.code)
        return {}

    given = {"market": found.code, "scope": scope.value, "category": category, "reason": reason}
    await staff_once(ctx, ROLE, name, key, given, act)
    return await _launched(found)


async def _launched(found: Market) -> Launched:
    """A market as the tables have it now, whatever this process keeps."""
    row = await Market.get(id=found.id)
    return Launched(row, row.stage, await launch.standing_now(row.code))


def _said(reason: str | None, *, needed: bool) -> str | None:
    said = stored_text(reason or "", "reason").strip()
    if len(said) > MOST_REASON or (needed and not said):
        raise BadInput(f"`reason` has 1 to {MOST_REASON} characters.", argument="reason")
    return said or None
