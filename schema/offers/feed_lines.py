"""What became of every line of a file, in the merchant's words."""

from typing import TYPE_CHECKING, Self

import strawberry

from domain.offers.codes import LineCode
from domain.offers.lines import LineOutcome
from domain.offers.messages import explain
from resolvers.catalog import language
from schema.common import Edge, Locale, PageInfo
from schema.offers.feeds import READ
from schema.rules import ruled

if TYPE_CHECKING:
    from models.offers.report import Line

strawberry.enum(LineOutcome, description="What became of a line: each has exactly one.")


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
class FieldChange:
    """A field of an offer that a line would change, under its name in our own format."""

    field: str = strawberry.field(description="Name such as `price`, `quantity`, `price[FR]`.")
    before: str | None = strawberry.field(
        description="As stored; `null` for nothing. A price is written `199.90 EUR`."
    )
    after: str | None = strawberry.field(description="As it would be; `null` for nothing.")


@ruled(READ)
@strawberry.type
class FeedLine:
    """A line of a file and what became of it."""

    line: int = strawberry.field(description="Number of its first physical line; the header is 1.")
    sku: str | None = strawberry.field(description="Your key; `null` where nothing is said of it.")
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

    @strawberry.field
    def changes(self) -> list[FieldChange]:
        """What it would change, of a run that is `PREVIEWED` or `HELD`. At most 120.

        Of a new offer: how it was understood.
        """
        return [
            FieldChange(field=each.field, before=each.before, after=each.after)
            for each in self.row.changes
        ]

    @classmethod
    def of(cls, row: "Line") -> Self:
        return cls(line=row.line, sku=row.sku, outcome=row.outcome, row=row)


@ruled(READ)
@strawberry.type
class FeedLineConnection:
    """Lines, page by page, in the order of the file."""

    edges: list[Edge[FeedLine]] = strawberry.field(description="The lines of the page.")
    page_info: PageInfo = strawberry.field(description="Where the page stands.")
