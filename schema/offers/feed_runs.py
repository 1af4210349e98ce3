"""A merchant's runs, for the merchant's own key."""

from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Any, Self
from uuid import UUID

import strawberry
from strawberry.scalars import JSON

from domain.offers.guards import Held
from domain.offers.lines import FeedMode, FeedPolicy, FeedRunState, ImportStatus, LineOutcome
from domain.offers.messages import explain_guard
from resolvers.catalog import language
from resolvers.offers import runs as resolvers
from schema.common import (
    After,
    Edge,
    First,
    Info,
    Locale,
    Node,
    NodeId,
    PageInfo,
    edges,
    global_id,
    page_info,
    row_id,
)
from schema.offers.feed_diff import FeedDiff, FeedGuard, ProblemCount
from schema.offers.feed_lines import FeedLine, FeedLineConnection
from schema.offers.feeds import READ
from schema.rules import ruled

if TYPE_CHECKING:
    from models.offers.feeds import FeedRun as FeedRunRow

strawberry.enum(FeedRunState, description="Where a run stands.")
strawberry.enum(ImportStatus, description="Where a run stands, in Mirakl's words.")

_SAME = (
    *("state", "channel", "mode", "policy", "dry_run", "file_code", "detail", "format"),
    *("encoding", "unknown_columns", "lines_read", "created", "updated", "unchanged", "deleted"),
    *("rejected", "absent", "started_at", "finished_at"),
)


@ruled(READ)
@strawberry.type
class FeedRun(Node):
    """One execution of a feed. The counts of outcomes add up to `linesRead`."""

    state: FeedRunState = strawberry.field(description="Where it stands.")
    channel: str = strawberry.field(description="`PULL`, `PUSH` or `FILE`.")
    mode: FeedMode = strawberry.field(description="What its lines meant.")
    dry_run: bool = strawberry.field(description="Whether it only previewed.")
    policy: FeedPolicy = strawberry.field(description="What it does about lines that fail.")
    import_status: ImportStatus = strawberry.field(description="`state` in Mirakl's words.")
    file_code: str | None = strawberry.field(description="Why the file was refused or held.")
    detail: str | None = strawberry.field(description="More about `fileCode`.")
    format: str | None = strawberry.field(description="Format as read.")
    encoding: str | None = strawberry.field(description="Encoding as read.")
    unknown_columns: list[str] = strawberry.field(description="Columns left aside. At most 200.")
    lines_read: int = strawberry.field(description="Records in the file, or read so far.")
    lines_in_success: int = strawberry.field(
        description="Lines that were taken, or say nothing new."
    )
    lines_in_error: int = strawberry.field(description="Lines that were refused: `rejected`.")
    lines_pending: int = strawberry.field(
        description="Lines that wait: for a product, or until the run ends."
    )
    created: int = strawberry.field(description="Lines that made an offer.")
    updated: int = strawberry.field(description="Lines that changed an offer.")
    unchanged: int = strawberry.field(description="Lines that said nothing new.")
    deleted: int = strawberry.field(description="Lines that deleted an offer.")
    ignored_stale: int = strawberry.field(description="Lines that lost against newer ones.")
    pending_product: int = strawberry.field(description="Lines that wait for a product.")
    rejected: int = strawberry.field(description="Lines that were refused.")
    absent: int = strawberry.field(description="Offers that a full file does not name any more.")
    seconds: JSON = strawberry.field(description="Seconds spent, by stage.")
    started_at: datetime | None = strawberry.field(description="When it began.")
    finished_at: datetime | None = strawberry.field(description="When it ended.")
    expires_at: datetime | None = strawberry.field(
        description="Until when a `PREVIEWED` run can be applied."
    )
    problem_counts: list[ProblemCount] = strawberry.field(
        description="How often each code was said, the most frequent first. At most 40."
    )
    diff: FeedDiff | None = strawberry.field(
        description="What applying it would do, of a run that is `PREVIEWED` or `HELD`."
    )
    report_url: str = strawberry.field(
        description="Path of its report, every line: add `?format=csv` or `jsonl`, `&locale=fr`."
    )
    fix_file_url: str | None = strawberry.field(
        description="Path of a file of its rejected lines to correct; `null` if there is none."
    )
    run_id: strawberry.Private[UUID]
    stopped: strawberry.Private[list[Held]]

    @strawberry.field
    async def lines(
        self,
        info: Info,
        outcome: Annotated[
            LineOutcome | None, strawberry.argument(description="Only lines with this outcome.")
        ] = None,
        first: First = 24,
        after: After = None,
    ) -> FeedLineConnection:
        """What became of every line."""
        page = await resolvers.lines(info.context, self.run_id, outcome, first, after)
        return FeedLineConnection(edges=edges(page, FeedLine.of), page_info=page_info(page, after))

    @strawberry.field
    def guards(self, locale: Locale = "en") -> list[FeedGuard]:
        """The guards that stopped it, or would stop it. At most 3."""
        lang = language(locale)
        return [FeedGuard.of(each, explain_guard(each, lang)) for each in self.stopped]

    @classmethod
    def of(cls, row: "FeedRunRow") -> Self:
        same: dict[str, Any] = {name: getattr(row, name) for name in _SAME}
        path, counted = f"/v1/feed-runs/{row.id}", resolvers.counted(row)
        counts = sorted((row.problems or {}).items(), key=lambda each: (-each[1], each[0]))
        return cls(
            id=global_id("FeedRun", row.id),
            run_id=row.id,
            import_status=row.state.import_status,
            lines_in_success=counted.in_success,
            lines_in_error=counted.in_error,
            lines_pending=counted.pending,
            ignored_stale=row.ignored,
            pending_product=row.pending,
            seconds=JSON(row.stages),
            expires_at=resolvers.expires_at(row),
            problem_counts=[ProblemCount(code=code, count=n) for code, n in counts],
            diff=FeedDiff.of(found) if (found := resolvers.diff_of(row)) else None,
            report_url=f"{path}/report",
            fix_file_url=f"{path}/fix-file" if row.bad_rows else None,
            stopped=resolvers.stopped_by(row),
            **same,
        )


@ruled(READ)
@strawberry.type
class FeedRunConnection:
    """Runs, page by page, newest first."""

    edges: list[Edge[FeedRun]] = strawberry.field(description="The runs of the page.")
    page_info: PageInfo = strawberry.field(description="Where the page stands.")


@strawberry.type
class FeedRunsQuery:
    """Queries of the area; `schema/root.py` inherits them."""

    @strawberry.field(metadata={"rule": READ})
    async def feed_runs(
        self,
        info: Info,
        feed: Annotated[
            strawberry.ID | None, strawberry.argument(description="Only runs of this feed.")
        ] = None,
        first: First = 24,
        after: After = None,
    ) -> FeedRunConnection:
        """Your runs, newest first. Needs a merchant's key with `feeds:read`."""
        feed_id = row_id(feed, "Feed", "feed") if feed is not None else None
        page = await resolvers.runs(info.context, feed_id, first, after)
        return FeedRunConnection(edges=edges(page, FeedRun.of), page_info=page_info(page, after))

    @strawberry.field(metadata={"rule": READ})
    async def feed_run(self, info: Info, id: NodeId) -> FeedRun | None:
        """One of your runs; `null` for any other. Needs a merchant's key with `feeds:read`."""
        run_id = row_id(id, "FeedRun", "id")
        row = await resolvers.run(info.context, run_id) if run_id else None
        return FeedRun.of(row) if row else None
