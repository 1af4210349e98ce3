"""A look into a merchant's file, to say how it is to be read."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated, Any, Self

import strawberry

from domain.catalog import Grade
from domain.offers.vocabulary import Reason as SuggestionReason
from resolvers.offers import previews as resolvers
from schema.common import Info, Node, NodeId, Problem, global_id, idempotency_key, row_id
from schema.offers.feed_inputs import PreviewFeedFileInput
from schema.offers.feed_run_changes import WRITE
from schema.offers.feed_shapes import DecimalMark, FeedFormat, FeedPreviewState
from schema.offers.feeds import READ
from schema.rules import OWN, ruled

if TYPE_CHECKING:
    from models.offers.previews import FeedPreview as Row

strawberry.enum(
    SuggestionReason, name="SuggestionReason", description="What made a field be suggested."
)


@ruled(READ)
@strawberry.type
class FeedPreviewLine:
    """A line of the file as it stands there."""

    line: int = strawberry.field(description="Its number, as the report of a run counts.")
    cells: list[str] = strawberry.field(
        description="Its values under `columns`, 200 characters each. At most 200."
    )


@ruled(READ)
@strawberry.type
class FeedPreviewColumn:
    """A column of the file: what it is read as now, and what we would read it as."""

    name: str = strawberry.field(description="Its name in the file.")
    samples: list[str] = strawberry.field(description="Its first different values. At most 3.")
    reads: str | None = strawberry.field(
        description="What it is read as with the feed's settings; `null` is left aside."
    )
    suggestion: str | None = strawberry.field(
        description="Field that we suggest by its name and its values; `null` for none."
    )
    confidence: int = strawberry.field(description="In percent; under 50 is a guess.")
    reason: SuggestionReason = strawberry.field(description="What the suggestion is made of.")


@ruled(READ)
@strawberry.type
class FeedPreviewGrade:
    """A word for a grade in the first 1,000 lines, and what it is read as."""

    word: str = strawberry.field(description="The word.")
    count: int = strawberry.field(description="How many lines have it.")
    grade: Grade | None = strawberry.field(description="The grade that it is read as.")
    code: str | None = strawberry.field(description="Why it is none, as a run would say.")


@ruled(READ)
@strawberry.type
class FeedPreview(Node):
    """The start of a file, and how it might be read. Kept for 30 days."""

    state: FeedPreviewState = strawberry.field(description="Ask again while it is `WAITING`.")
    file_code: str | None = strawberry.field(description="Why the file cannot be looked into.")
    detail: str | None = strawberry.field(description="More about `fileCode`.")
    format: FeedFormat | None = strawberry.field(description="Format, as told by the file.")
    encoding: str | None = strawberry.field(description="Encoding that the texts are shown in.")
    encoding_sure: bool = strawberry.field(
        description="Whether the file tells its encoding. If not, look at the accents, and store "
        "the right one as `settings.encoding`."
    )
    separator: str | None = strawberry.field(description="What separates its columns.")
    sheet: str | None = strawberry.field(description="Sheet that is shown.")
    sheets: list[str] = strawberry.field(description="Sheets with values. At most 50.")
    header_line: int = strawberry.field(description="Line that names the columns; 0 for none.")
    decimal: DecimalMark | None = strawberry.field(
        description="Decimal mark that the prices agree on; `null` where they do not tell."
    )
    lines: list[FeedPreviewLine] = strawberry.field(description="The first lines. At most 20.")
    columns: list[FeedPreviewColumn] = strawberry.field(description="The columns. At most 200.")
    missing: list[str] = strawberry.field(
        description="Fields that the feed's mode needs and nothing seems to hold. At most 10."
    )
    grade_column: str | None = strawberry.field(description="Column that seems to hold the grade.")
    grade_words: list[FeedPreviewGrade] = strawberry.field(
        description="Its words, the most frequent first. At most 50."
    )

    @classmethod
    def of(cls, row: "Row") -> Self:
        said: Mapping[str, Any] = row.result or {}
        decimal, chosen = said.get("decimal"), said.get("format")
        return cls(
            id=global_id("FeedPreview", row.id),
            state=row.state,
            file_code=row.file_code,
            detail=row.detail,
            format=FeedFormat(chosen) if chosen else None,
            encoding=said.get("encoding"),
            encoding_sure=said.get("encoding_sure", False),
            separator=said.get("separator"),
            sheet=said.get("sheet"),
            sheets=said.get("sheets", []),
            header_line=said.get("header_line", 0),
            decimal=DecimalMark(decimal) if decimal else None,
            lines=[FeedPreviewLine(**each) for each in said.get("lines", [])],
            columns=[_column(each) for each in said.get("columns", [])],
            missing=said.get("missing", []),
            grade_column=said.get("grade_column"),
            grade_words=[_grade(each) for each in said.get("grade_words", [])],
        )


def _column(said: Mapping[str, Any]) -> FeedPreviewColumn:
    return FeedPreviewColumn(
        name=said["name"],
        samples=said["samples"],
        reads=said["reads"],
        suggestion=said["field"],
        confidence=said["confidence"],
        reason=SuggestionReason(said["reason"]),
    )


def _grade(said: Mapping[str, Any]) -> FeedPreviewGrade:
    grade = Grade(said["grade"]) if said["grade"] else None
    return FeedPreviewGrade(word=said["word"], count=said["count"], grade=grade, code=said["code"])


@ruled(OWN)
@strawberry.type
class FeedPreviewStarted:
    """The file is looked into; ask `feedPreview` for what is found."""

    preview: FeedPreview = strawberry.field(description="The preview.")


@ruled(OWN)
@strawberry.type
class FeedFileUnknown(Problem):
    """There is no such run of yours, or its file is not kept."""


PreviewFeedFileResult = Annotated[
    FeedPreviewStarted | FeedFileUnknown,
    strawberry.union("PreviewFeedFileResult", description="The preview, or a refusal."),
]


@strawberry.type
class FeedPreviewsQuery:
    """Queries of the area; `schema/root.py` inherits them."""

    @strawberry.field(metadata={"rule": READ})
    async def feed_preview(self, info: Info, id: NodeId) -> FeedPreview | None:
        """One of your previews; `null` for any other. Needs a merchant's key with `feeds:read`."""
        preview_id = row_id(id, "FeedPreview", "id")
        row = await resolvers.preview(info.context, preview_id) if preview_id else None
        return FeedPreview.of(row) if row else None


@strawberry.type
class FeedPreviewsMutation:
    """Mutations of the area; `schema/root.py` inherits them."""

    @strawberry.mutation(metadata={"rule": WRITE})
    async def preview_feed_file(
        self,
        info: Info,
        input: Annotated[PreviewFeedFileInput, strawberry.argument(description="Whose file.")],
    ) -> PreviewFeedFileResult:
        """Look into the stored file of a run. Needs a merchant's key with `feeds:write`.

        A new file is sent to `POST /v1/feeds/{feed}/files?preview=true`.
        """
        key, run_id = (
            idempotency_key(input.idempotency_key),
            row_id(input.run_id, "FeedRun", "runId"),
        )
        row = await resolvers.of_run(info.context, run_id, key) if run_id else None
        if row is not None:
            return FeedPreviewStarted(preview=FeedPreview.of(row))
        return FeedFileUnknown(
            code="FEED_FILE_UNKNOWN",
            message="There is no such run, or its file is not kept.",
            path=["input", "runId"],
            hint="Files of pushed, held and previewed runs are kept for 30 days.",
            request_id=strawberry.ID(info.context.request_id),
        )
