"""Imports of fleets: what was read of a file, and what became of every line."""

from collections.abc import AsyncGenerator
from contextlib import aclosing
from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Any, Self
from uuid import UUID

import strawberry
from strawberry.scalars import JSON

from domain.raas.wording import explain
from resolvers.catalog import language
from resolvers.raas import fleets as resolvers
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
from schema.raas.asset_shapes import READ, AssetSuggestion
from schema.raas.fleet_enums import (
    FeedPolicy,
    FleetImportState,
    FleetLineCode,
    FleetOutcome,
    SuggestionReason,
)
from schema.rules import ruled

if TYPE_CHECKING:
    from models.raas.imports import FleetImport as Row
    from models.raas.imports import Line


@ruled(READ)
@strawberry.type
class FleetOutcomeCount:
    """How many lines had an outcome."""

    outcome: FleetOutcome = strawberry.field(description="The outcome.")
    count: int = strawberry.field(description="Lines.")


@ruled(READ)
@strawberry.type
class FleetCodeCount:
    """How often something was said of lines."""

    code: FleetLineCode = strawberry.field(description="What was said.")
    count: int = strawberry.field(description="Lines.")


@ruled(READ)
@strawberry.type
class FleetColumn:
    """A column of the file: what it is read as now, and what we would read it as."""

    name: str = strawberry.field(description="Its name in the file.")
    reads: str | None = strawberry.field(
        description="Field that it is read as; `null` is left aside."
    )
    suggestion: str | None = strawberry.field(description="Field that its name tells.")
    confidence: int = strawberry.field(description="In percent; under 50 is a guess.")
    reason: SuggestionReason = strawberry.field(description="What the suggestion is made of.")
    samples: list[str] = strawberry.field(description="Its first different values. At most 3.")

    @classmethod
    def of(cls, said: dict[str, Any]) -> Self:
        return cls(
            name=said["name"],
            reads=said["reads"],
            suggestion=said["field"],
            confidence=said["confidence"],
            reason=SuggestionReason(said["reason"]),
            samples=said["samples"],
        )


@ruled(READ)
@strawberry.type
class FleetLine:
    """A line of a file and what became of it."""

    line: int = strawberry.field(description="Number of its first physical line; the header is 1.")
    outcome: FleetOutcome = strawberry.field(description="What became of it.")
    code: FleetLineCode | None = strawberry.field(description="What exactly is said of it.")
    asset_tag: str | None = strawberry.field(description="Your tag.")
    field: str | None = strawberry.field(description="Column that it is about.")
    value: str | None = strawberry.field(description="What stood there, at most 80 characters.")
    suggested: str | None = strawberry.field(description="What may have been meant.")
    asset_id: strawberry.relay.GlobalID | None = strawberry.field(
        description="The `Asset` that it made, or that it stands for."
    )
    suggestions: list[AssetSuggestion] = strawberry.field(
        description="Products that it may mean. At most 3."
    )

    @strawberry.field
    def message(self, locale: Locale = "en") -> str | None:
        """What is said of it, for a person."""
        return self._said(locale)[0] if self.code else None

    @strawberry.field
    def suggestion(self, locale: Locale = "en") -> str | None:
        """What to change, for a person."""
        return self._said(locale)[1] if self.code else None

    def _said(self, locale: str) -> tuple[str, str]:
        if self.code is None:
            return "", ""
        return explain(self.code, self.field, self.value, self.suggested, language(locale))

    @classmethod
    def of(cls, row: "Line") -> Self:
        return cls(
            line=row.line,
            outcome=row.outcome,
            code=row.code,
            asset_tag=row.tag,
            field=row.field,
            value=row.value,
            suggested=row.suggested,
            asset_id=global_id("Asset", row.asset_id) if row.asset_id else None,
            suggestions=[AssetSuggestion.of(each) for each in row.suggestions],
        )


@ruled(READ)
@strawberry.type
class FleetLineConnection:
    """Lines, page by page, in the order of the file."""

    edges: list[Edge[FleetLine]] = strawberry.field(description="The lines of the page.")
    page_info: PageInfo = strawberry.field(description="Where the page stands.")


@ruled(READ)
@strawberry.type
class FleetImport(Node):
    """One reading of a file for a fleet. The counts of outcomes add up to `linesRead`."""

    fleet_id: strawberry.relay.GlobalID = strawberry.field(description="Its `Fleet`.")
    state: FleetImportState = strawberry.field(description="Where it stands.")
    dry_run: bool = strawberry.field(description="Whether it declares nothing.")
    policy: FeedPolicy = strawberry.field(description="What it does about lines that fail.")
    file_code: str | None = strawberry.field(description="Why the file was refused.")
    detail: str | None = strawberry.field(description="More about `fileCode`.")
    format: str | None = strawberry.field(description="Format as read.")
    encoding: str | None = strawberry.field(description="Encoding as read.")
    columns: list[FleetColumn] = strawberry.field(description="Columns. At most 200.")
    lines_read: int = strawberry.field(description="Records in the file.")
    counts: list[FleetOutcomeCount] = strawberry.field(
        description="Lines by outcome, the most frequent first. At most 15."
    )
    codes: list[FleetCodeCount] = strawberry.field(
        description="What was said how often, the most frequent first. At most 31."
    )
    seconds: JSON = strawberry.field(description="Seconds spent, by stage.")
    started_at: datetime | None = strawberry.field(description="When it began.")
    finished_at: datetime | None = strawberry.field(description="When it ended.")
    report_url: str = strawberry.field(
        description="Path of its report, every line: add `?format=csv` or `jsonl`, `&locale=fr`."
    )
    fix_file_url: str | None = strawberry.field(
        description="Path of a file of its lines to correct; `null` if there is none."
    )
    import_id: strawberry.Private[UUID]

    @strawberry.field
    async def lines(
        self,
        info: Info,
        outcome: Annotated[
            FleetOutcome | None, strawberry.argument(description="Only lines with this outcome.")
        ] = None,
        first: First = 24,
        after: After = None,
    ) -> FleetLineConnection:
        """What became of every line."""
        page = await resolvers.lines(info.context, self.import_id, outcome, first, after)
        return FleetLineConnection(
            edges=edges(page, FleetLine.of), page_info=page_info(page, after)
        )

    @classmethod
    def of(cls, row: "Row") -> Self:
        path = f"/v1/fleet-imports/{row.id}"
        return cls(
            id=global_id("FleetImport", row.id),
            fleet_id=global_id("Fleet", row.fleet_id),
            state=row.state,
            dry_run=row.dry_run,
            policy=row.policy,
            file_code=row.file_code,
            detail=row.detail,
            format=row.format,
            encoding=row.encoding,
            columns=[FleetColumn.of(each) for each in row.columns],
            lines_read=row.lines,
            counts=[
                FleetOutcomeCount(outcome=FleetOutcome(name), count=n)
                for name, n in _most(row.counts)
            ],
            codes=[
                FleetCodeCount(code=FleetLineCode(name), count=n) for name, n in _most(row.codes)
            ],
            seconds=JSON(row.seconds),
            started_at=row.started_at,
            finished_at=row.finished_at,
            report_url=f"{path}/report",
            fix_file_url=f"{path}/fix-file" if row.bad_rows else None,
            import_id=row.id,
        )


def _most(counts: dict[str, int]) -> list[tuple[str, int]]:
    return sorted(counts.items(), key=lambda each: (-each[1], each[0]))


@ruled(READ)
@strawberry.type
class FleetImportConnection:
    """Imports, page by page, newest first."""

    edges: list[Edge[FleetImport]] = strawberry.field(description="The imports of the page.")
    page_info: PageInfo = strawberry.field(description="Where the page stands.")


@strawberry.type
class FleetImportsQuery:
    """Queries of the area; `schema/root.py` inherits them."""

    @strawberry.field(metadata={"rule": READ})
    async def fleet_import(self, info: Info, id: NodeId) -> FleetImport | None:
        """One of your imports; `null` for any other. Needs the scope `fleets:read`."""
        found = row_id(id, "FleetImport", "id")
        row = await resolvers.run(info.context, found) if found else None
        return FleetImport.of(row) if row else None


@strawberry.type
class FleetImportsSubscription:
    """Subscriptions of the area; `schema/root.py` inherits them."""

    @strawberry.subscription(metadata={"rule": READ})
    async def fleet_import_progress(
        self,
        info: Info,
        import_id: Annotated[
            strawberry.ID, strawberry.argument(description="Id of one of your `FleetImport`s.")
        ],
    ) -> AsyncGenerator[FleetImport]:
        """One of your imports, now and whenever it moves; ends when nothing can follow.

        Needs the scope `fleets:read`.
        """
        found = row_id(import_id, "FleetImport", "importId")
        if found is None:
            raise LookupError("a non-null id was null")
        return _shaped(await resolvers.progress(info.context, found))


async def _shaped(rows: "AsyncGenerator[Row]") -> AsyncGenerator[FleetImport]:
    async with aclosing(rows):
        async for row in rows:
            yield FleetImport.of(row)
