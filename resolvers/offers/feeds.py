"""A merchant's feeds: their runs, and what became of every line."""

from uuid import UUID

from domain.offers.lines import LineOutcome
from models.offers import report
from models.offers.feeds import Feed, FeedRun
from models.offers.read import Position
from models.offers.report import Line
from resolvers import paging
from resolvers.context import Context

READ = "feeds:read"
_NOBODY = UUID(int=0)


async def feeds(ctx: Context) -> list[Feed]:
    """The caller's feeds. Raises: SignInFirst, Forbidden."""
    return await report.feeds(ctx.merchant_id(READ))


async def runs(
    ctx: Context, feed_id: UUID | None, first: int, after: str | None
) -> paging.Page[FeedRun]:
    """The caller's runs, newest first. Raises: SignInFirst, Forbidden, BadInput."""
    merchant_id = ctx.merchant_id(READ)
    size, of = paging.size(first), paging.fingerprint("runs", merchant_id, feed_id)
    position = paging.opened(after, of)
    rows = await report.runs(merchant_id, feed_id, position.id if position else None, size + 1)
    return paging.page([(row, Position(0, 0, row.id)) for row in rows], size, of)


async def run(ctx: Context, run_id: UUID) -> FeedRun | None:
    """One of the caller's runs; None for any other. Raises: SignInFirst, Forbidden."""
    return await report.run(ctx.merchant_id(READ), run_id)


async def lines(
    run_id: UUID, outcome: LineOutcome | None, first: int, after: str | None
) -> paging.Page[Line]:
    """The lines of a run that the caller was given, in the order of the file."""
    size, of = paging.size(first), paging.fingerprint("lines", run_id, outcome)
    position = paging.opened(after, of)
    rows = await report.lines(run_id, outcome, position.key1 if position else 0, size + 1)
    return paging.page([(row, Position(row.line, 0, _NOBODY)) for row in rows], size, of)
