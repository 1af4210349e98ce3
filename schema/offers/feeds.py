"""A merchant's feeds, for the merchant's own key."""

from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Any, Self
from uuid import UUID

import strawberry
from strawberry.scalars import JSON

from domain.offers.codes import LineCode
from domain.offers.lines import RUN_MOVES, FeedFormat, FeedMode, FeedRunState, LineOutcome
from domain.offers.messages import explain
from resolvers.catalog import language
from resolvers.offers import feeds as resolvers
from schema.common import (
    ONCE,
    After,
    Edge,
    First,
    Info,
    Locale,
    Node,
    NodeId,
    PageInfo,
    Problem,
    edges,
    global_id,
    idempotency_key,
    page_info,
    row_id,
)
from schema.offers.feed_shapes import FeedCredentials, FeedSettings, credentials_of
from schema.rules import OWN, Scope, ruled

if TYPE_CHECKING:
    from models.offers.feeds import Feed as FeedRow
    from models.offers.feeds import FeedRun as FeedRunRow
    from models.offers.report import Line

READ, WRITE = Scope(resolvers.READ), Scope(resolvers.WRITE)

strawberry.enum(FeedRunState, description="Where a run stands.")
strawberry.enum(LineOutcome, description="What became of a line: each has exactly one.")


@ruled(READ)
@strawberry.type
class Feed(Node):
    """A source of your offers."""

    name: str = strawberry.field(description="Your name for it.")
    format: FeedFormat | None = strawberry.field(description="`null` is detected at each run.")
    mode: FeedMode = strawberry.field(description="What its lines mean.")
    url: str | None = strawberry.field(description="Where it is pulled from.")
    every_seconds: int | None = strawberry.field(description="How often it is pulled.")
    next_pull_at: datetime | None = strawberry.field(description="When it is pulled next.")
    last_success_at: datetime | None = strawberry.field(description="Last run that succeeded.")
    stale: bool = strawberry.field(description="Whether its offers are paused for silence.")
    stale_after_seconds: int = strawberry.field(description="How long it may be silent.")
    paused: bool = strawberry.field(description="Whether it is not pulled until `resumeFeed`.")
    credentials: FeedCredentials | None = strawberry.field(
        description="Which credentials it is pulled with."
    )
    host_key: str | None = strawberry.field(
        description="Fingerprint of the SFTP server's key that you confirmed."
    )
    found_host_key: str | None = strawberry.field(
        description="Fingerprint that the server showed last, where it was refused: if it is "
        "your server's, confirm it with `updateFeed`."
    )
    settings: FeedSettings = strawberry.field(description="How its files are read.")

    @classmethod
    def of(cls, row: "FeedRow") -> Self:
        return cls(
            id=global_id("Feed", row.id),
            name=row.name,
            format=row.format,
            mode=row.mode,
            url=row.url,
            every_seconds=row.every_seconds,
            next_pull_at=row.next_pull_at,
            last_success_at=row.last_success_at,
            stale=row.stale,
            stale_after_seconds=row.stale_after_seconds,
            paused=row.paused,
            credentials=credentials_of(row),
            host_key=row.host_key,
            found_host_key=row.found_host_key,
            settings=FeedSettings.of(row.settings),
        )


@ruled(READ)
@strawberry.type
class LineProblem:
    """What was wrong with a line, and what to do."""

    code: str = strawberry.field(description="Stable word for programs.")
    field: str | None = strawberry.field(description="Column that it is about.")
    value: str | None = strawberry.field(description="What stood there, at most 80 characters.")
    message: str = strawberry.field(description="The problem for a person.")
    suggestion: str | None = strawberry.field(description="What to change.")


@ruled(READ)
@strawberry.type
class FeedLine:
    """A line of a file and what became of it."""

    line: int = strawberry.field(description="Number of its first physical line; the header is 1.")
    sku: str | None = strawberry.field(description="Your key; `null` for unchanged lines.")
    outcome: LineOutcome = strawberry.field(description="What became of it.")
    row: strawberry.Private["Line"]

    @strawberry.field
    def problems(self, locale: Locale = "en") -> list[LineProblem]:
        """Errors and warnings, the one that decided first. At most 50."""
        lang = language(locale)
        found = []
        for each in self.row.problems:
            message, suggestion = explain(LineCode(each.code), each.field, each.value, lang)
            found.append(
                LineProblem(
                    code=each.code,
                    field=each.field,
                    value=each.value,
                    message=message,
                    suggestion=suggestion,
                )
            )
        return found

    @classmethod
    def of(cls, row: "Line") -> Self:
        return cls(line=row.line, sku=row.sku, outcome=row.outcome, row=row)


@ruled(READ)
@strawberry.type
class FeedLineConnection:
    """Lines, page by page, in the order of the file."""

    edges: list[Edge[FeedLine]] = strawberry.field(description="The lines of the page.")
    page_info: PageInfo = strawberry.field(description="Where the page stands.")


@ruled(READ)
@strawberry.type
class FeedRun(Node):
    """One execution of a feed. The counts of outcomes add up to `linesRead`."""

    state: FeedRunState = strawberry.field(description="Where it stands.")
    channel: str = strawberry.field(description="`PULL`, `PUSH` or `FILE`.")
    mode: FeedMode = strawberry.field(description="What its lines meant.")
    dry_run: bool = strawberry.field(description="Whether it only previewed.")
    file_code: str | None = strawberry.field(description="Why the file was refused or held.")
    detail: str | None = strawberry.field(description="More about `fileCode`.")
    format: str | None = strawberry.field(description="Format as read.")
    encoding: str | None = strawberry.field(description="Encoding as read.")
    unknown_columns: list[str] = strawberry.field(description="Columns left aside. At most 200.")
    lines_read: int = strawberry.field(description="Records in the file.")
    created: int = strawberry.field(description="Lines that made an offer.")
    updated: int = strawberry.field(description="Lines that changed an offer.")
    unchanged: int = strawberry.field(description="Lines that said nothing new.")
    deleted: int = strawberry.field(description="Lines that deleted an offer.")
    ignored_stale: int = strawberry.field(description="Lines that lost against newer ones.")
    pending_product: int = strawberry.field(description="Lines that wait for a product.")
    rejected: int = strawberry.field(description="Lines that were refused.")
    absent: int = strawberry.field(description="Offers that a full file no longer names.")
    seconds: JSON = strawberry.field(description="Seconds spent, by stage.")
    started_at: datetime | None = strawberry.field(description="When it began.")
    finished_at: datetime | None = strawberry.field(description="When it ended.")
    run_id: strawberry.Private[UUID]

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

    @classmethod
    def of(cls, row: "FeedRunRow") -> Self:
        same: dict[str, Any] = {
            name: getattr(row, name)
            for name in (
                "state", "channel", "mode", "dry_run", "file_code", "detail", "format", "encoding",
                "unknown_columns", "lines_read", "created", "updated", "unchanged", "deleted",
                "rejected", "absent", "started_at", "finished_at",
            )
        }  # fmt: skip
        return cls(
            id=global_id("FeedRun", row.id),
            run_id=row.id,
            ignored_stale=row.ignored,
            pending_product=row.pending,
            seconds=JSON(row.stages),
            **same,
        )


@ruled(READ)
@strawberry.type
class FeedRunConnection:
    """Runs, page by page, newest first."""

    edges: list[Edge[FeedRun]] = strawberry.field(description="The runs of the page.")
    page_info: PageInfo = strawberry.field(description="Where the page stands.")


@strawberry.type
class FeedsQuery:
    """Queries of the area; `schema/root.py` inherits them."""

    @strawberry.field(metadata={"rule": READ})
    async def feeds(self, info: Info) -> list[Feed]:
        """Your feeds, by name. Needs a merchant's key with `feeds:read`. At most 100."""
        return [Feed.of(row) for row in await resolvers.feeds(info.context)]

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


@strawberry.input
class ApplyFeedRunInput:
    """Which run to apply all the same."""

    run_id: strawberry.ID = strawberry.field(description="Id of the `FeedRun`.")
    idempotency_key: str = strawberry.field(description=ONCE)


@ruled(OWN)
@strawberry.type
class FeedRunApplying:
    """The run will be applied next; its `state` stays as it is until then."""

    run: FeedRun = strawberry.field(description="The run.")


@ruled(OWN)
@strawberry.type
class FeedRunUnknown(Problem):
    """There is no such run of yours."""


@ruled(OWN)
@strawberry.type
class InvalidTransition(Problem):
    """The object is not in a state from which this is possible."""

    from_: str = strawberry.field(name="from", description="The state it is in.")
    to: str = strawberry.field(description="The state that was asked for.")
    allowed: list[str] = strawberry.field(description="States that may follow. At most 20.")


ApplyFeedRunResult = Annotated[
    FeedRunApplying | FeedRunUnknown | InvalidTransition,
    strawberry.union("ApplyFeedRunResult", description="The run that is applied, or a refusal."),
]


@strawberry.type
class FeedsMutation:
    """Mutations of the area; `schema/root.py` inherits them."""

    @strawberry.mutation(metadata={"rule": WRITE})
    async def apply_feed_run(
        self,
        info: Info,
        input: Annotated[ApplyFeedRunInput, strawberry.argument(description="Which run.")],
    ) -> ApplyFeedRunResult:
        """Apply a held run, or a preview. Needs a merchant's key with `feeds:write`."""
        key = idempotency_key(input.idempotency_key)
        run_id = row_id(input.run_id, "FeedRun", "runId")
        found = await resolvers.apply_run(info.context, run_id, key) if run_id else None
        request_id = strawberry.ID(info.context.request_id)
        match found:
            case None:
                return FeedRunUnknown(
                    code="FEED_RUN_UNKNOWN",
                    message="There is no such run.",
                    path=["input", "runId"],
                    hint="`feedRuns` lists yours.",
                    request_id=request_id,
                )
            case resolvers.NotHeld(state):
                return InvalidTransition(
                    code="INVALID_TRANSITION",
                    message=f"The run is {state} and cannot be applied.",
                    path=["input", "runId"],
                    hint="A `HELD` or `PREVIEWED` run can be applied until a later file was.",
                    request_id=request_id,
                    from_=state.value,
                    to=FeedRunState.APPLYING.value,
                    allowed=sorted(s.value for s in RUN_MOVES.get(state, ())),
                )
            case run:
                return FeedRunApplying(run=FeedRun.of(run))
