"""A merchant's runs: what became of every line, and what may still be done about them."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from domain.offers.guards import Guard, Held
from domain.offers.lines import FeedRunState, LineOutcome
from models.offers import report
from models.offers import runs as ending
from models.offers.feeds import FeedRun, release
from models.offers.preview import Diff
from models.offers.read import Position
from models.offers.report import Line
from resolvers import paging
from resolvers.context import Context
from resolvers.effects import Outcome, audited, once_only
from resolvers.offers.feeds import READ, WRITE

LAST_LINE = 2**30
_NOBODY = UUID(int=0)


@dataclass(frozen=True, slots=True)
class Counted:
    """The lines of a run as a merchant sums them up; together they are the lines read."""

    in_success: int
    in_error: int
    pending: int


def counted(run: FeedRun) -> Counted:
    """Every line that is not settled is pending: it waits for a product, or for the run to end."""
    done = run.created + run.updated + run.unchanged + run.deleted + run.ignored
    return Counted(done, run.rejected, run.lines_read - done - run.rejected)


def expires_at(run: FeedRun) -> datetime | None:
    """Until when a preview can be applied; None for any other run."""
    if run.state is not FeedRunState.PREVIEWED or run.finished_at is None:
        return None
    return run.finished_at + timedelta(hours=ending.PREVIEW_HOURS)


def diff_of(run: FeedRun) -> Diff | None:
    """What a run that waits would do; None for any other run."""
    waits = run.state in {FeedRunState.PREVIEWED, FeedRunState.HELD}
    return Diff.of(run.diff) if waits and run.diff else None


def stopped_by(run: FeedRun) -> list[Held]:
    """The guards that stopped a run, or would."""
    return [Held(Guard(guard), n, total, limit) for guard, n, total, limit in run.guards or []]


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
class NotWaiting:
    """The run does not wait for what was asked. `state` is where it stands."""

    state: FeedRunState


async def apply_run(
    ctx: Context, run_id: UUID, idempotency_key: str
) -> FeedRun | NotWaiting | None:
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
    return NotWaiting(FeedRunState(outcome["refused"])) if outcome["refused"] else run


async def cancel_run(
    ctx: Context, run_id: UUID, idempotency_key: str
) -> FeedRun | NotWaiting | None:
    """Give up a run that waits for a worker or a person; None for one that is not the caller's.

    One effect for one key. Refuses: a run that a worker has, that was released, or that is over.
    Raises: SignInFirst, Forbidden; BadInput with reason IDEMPOTENCY_KEY_REUSED.
    """
    async with ctx.acting(WRITE) as merchant_id:
        run = await report.run(merchant_id, run_id)
    if run is None:
        return None

    async def act(_merchant_id: UUID) -> Outcome:
        cancelled = await ending.cancel(run)
        if isinstance(cancelled, ending.NotCancelled):
            return {"refused": cancelled.state.value}
        before, after = {"state": run.state}, {"state": cancelled.state}
        await audited(ctx, "cancelFeedRun", "FeedRun", run.id, before=before, after=after)
        return {"refused": None}

    given = {"run": run_id}
    outcome = await once_only(ctx, WRITE, "cancelFeedRun", idempotency_key, given, act)
    if outcome["refused"]:
        return NotWaiting(FeedRunState(outcome["refused"]))
    async with ctx.acting(WRITE) as merchant_id:
        return await report.run(merchant_id, run_id)
