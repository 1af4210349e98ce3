"""A merchant's feeds: their runs, and what became of every line."""

from dataclasses import dataclass
from uuid import UUID

from domain.offers.lines import FeedRunState, LineOutcome
from models.offers import report
from models.offers.feeds import Feed, FeedRun, release
from models.offers.read import Position
from models.offers.report import Line
from resolvers import paging
from resolvers.context import Context
from resolvers.effects import Outcome, audited, once_only

READ = "feeds:read"
WRITE = "feeds:write"
LAST_LINE = 2**30
_NOBODY = UUID(int=0)


async def feeds(ctx: Context) -> list[Feed]:
    """The caller's feeds. Raises: SignInFirst, Forbidden."""
    async with ctx.acting(READ) as merchant_id:
        return await report.feeds(merchant_id)


async def feed(ctx: Context, feed_id: UUID) -> Feed | None:
    """One of the caller's feeds; None for any other. Raises: SignInFirst, Forbidden."""
    async with ctx.acting(READ) as merchant_id:
        return await report.feed(merchant_id, feed_id)


async def runs(
    ctx: Context, feed_id: UUID | None, first: int, after: str | None
) -> paging.Page[FeedRun]:
    """The caller's runs, newest first. Raises: SignInFirst, Forbidden, BadInput."""
    merchant_id = ctx.merchant_id(READ)
    size, of = paging.size(first), paging.fingerprint("runs", merchant_id, feed_id)
    position = paging.opened(after, of, ctx.seal)
    async with ctx.acting(READ):
        rows = await report.runs(merchant_id, feed_id, position.id if position else None, size + 1)
    return paging.page([(row, Position(0, 0, row.id)) for row in rows], size, of, ctx.seal)


async def run(ctx: Context, run_id: UUID) -> FeedRun | None:
    """One of the caller's runs; None for any other. Raises: SignInFirst, Forbidden."""
    async with ctx.acting(READ) as merchant_id:
        return await report.run(merchant_id, run_id)


async def lines(
    ctx: Context, run_id: UUID, outcome: LineOutcome | None, first: int, after: str | None
) -> paging.Page[Line]:
    """The lines of a run that the caller was given, in the order of the file."""
    size, of = paging.size(first), paging.fingerprint("lines", run_id, outcome)
    position = paging.opened(after, of, ctx.seal)
    line = min(max(position.key1, 0), LAST_LINE) if position else 0
    async with ctx.acting(READ):
        rows = await report.lines(run_id, outcome, line, size + 1)
    return paging.page([(row, Position(row.line, 0, _NOBODY)) for row in rows], size, of, ctx.seal)


@dataclass(frozen=True, slots=True)
class NotHeld:
    """The run is not one that waits to be applied. `state` is where it stands."""

    state: FeedRunState


async def apply_run(ctx: Context, run_id: UUID, idempotency_key: str) -> FeedRun | NotHeld | None:
    """Apply a run that a guard held, or a preview; None for a run that is not the caller's.

    One effect for one key. Refuses: a run that does not wait, or that a later file overtook.
    Raises: SignInFirst, Forbidden; BadInput with reason IDEMPOTENCY_KEY_REUSED.
    """
    async with ctx.acting(WRITE) as merchant_id:
        run = await report.run(merchant_id, run_id)
    if run is None:
        return None

    async def act(_merchant_id: UUID) -> Outcome:
        released = await release(run.id)
        if released:
            await audited(ctx, "applyFeedRun", "FeedRun", run.id, before={"state": run.state})
        return {"refused": None if released else run.state.value}

    given = {"run": run_id}
    outcome = await once_only(ctx, WRITE, "applyFeedRun", idempotency_key, given, act)
    return NotHeld(FeedRunState(outcome["refused"])) if outcome["refused"] else run
