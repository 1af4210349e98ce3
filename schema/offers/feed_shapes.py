"""How a feed is set up, as its merchant reads it. Secrets are never told."""

from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any, Self

import strawberry

import schema.catalog  # noqa: F401 - what a grade is called stands there
from domain.catalog import Grade
from domain.money import Currency
from domain.offers.lines import FeedFormat, FeedMode, FeedPolicy
from domain.offers.setup import DecimalMark, FeedPreviewState, VatScheme
from domain.offers.sources import CredentialKind
from resolvers.offers.feeds import READ as SCOPE
from schema.rules import Scope, ruled

__all__ = [
    "ColumnMapping",
    "CredentialKind",
    "DecimalMark",
    "FeedCredentials",
    "FeedFormat",
    "FeedMode",
    "FeedPolicy",
    "FeedPreviewState",
    "FeedSettings",
    "GradeWord",
    "VatScheme",
    "credentials_of",
]

if TYPE_CHECKING:
    from models.offers.feeds import Feed as FeedRow

READ = Scope(SCOPE)

strawberry.enum(FeedFormat, description="How a feed file is written.")
strawberry.enum(FeedMode, description="What the lines of a feed mean for offers not in it.")
strawberry.enum(FeedPolicy, description="What a run does about lines that fail.")
strawberry.enum(CredentialKind, description="How we say who we are to your server.")
strawberry.enum(DecimalMark, description="The mark before the decimals of an amount.")
strawberry.enum(FeedPreviewState, description="Where a preview of a file stands.")
strawberry.enum(VatScheme, description="How an offer is taxed: in full, or on its margin.")


@ruled(READ)
@strawberry.type
class FeedCredentials:
    """What your server is told of us. The secret itself is not told again."""

    kind: CredentialKind = strawberry.field(description="How we say who we are.")
    since: datetime = strawberry.field(description="When they were sent to us.")


@ruled(READ)
@strawberry.type
class ColumnMapping:
    """A column of yours and the field of ours that it holds."""

    column: str = strawberry.field(description="Name of your column.")
    field: str | None = strawberry.field(description="Name of our field; `null` leaves it out.")


@ruled(READ)
@strawberry.type
class GradeWord:
    """A word of yours and the grade that it means."""

    word: str = strawberry.field(description="Your word, compared without case and accents.")
    grade: Grade = strawberry.field(description="The grade.")


@ruled(READ)
@strawberry.type
class FeedSettings:
    """How the files of a feed are read, and what their silence means. `null` is the default."""

    markets: list[str] | None = strawberry.field(
        description="Where lines without `markets` sell; default: your first market. At most 50."
    )
    currency: Currency | None = strawberry.field(description="Of amounts without one.")
    encoding: str | None = strawberry.field(description="Of files that are not UTF-8.")
    separator: str | None = strawberry.field(description="Instead of the one found.")
    decimal: DecimalMark | None = strawberry.field(description="For amounts that are ambiguous.")
    grade_words: list[GradeWord] = strawberry.field(
        description="Your words for grades, before ours. At most 500."
    )
    fixed_grade: Grade | None = strawberry.field(description="Grade of lines that have none.")
    grade_column: str | None = strawberry.field(description="Column that holds the grade.")
    mapping: list[ColumnMapping] = strawberry.field(
        description="Your columns, before those of the format. At most 200."
    )
    sheet: str | None = strawberry.field(description="Sheet of a workbook.")
    default_quantity: int | None = strawberry.field(
        description="Stock of an offer that is only said to be in stock; default: 1."
    )
    default_warranty_months: int | None = strawberry.field(description="Default: 12.")
    vat_scheme: VatScheme | None = strawberry.field(description="Default: the merchant's.")
    handling_hours: int | None = strawberry.field(description="Default: the merchant's.")

    @classmethod
    def of(cls, said: Mapping[str, Any]) -> Self:
        return cls(
            markets=said.get("markets"),
            currency=_maybe(Currency, said.get("currency")),
            encoding=said.get("encoding"),
            separator=said.get("separator"),
            decimal=_maybe(DecimalMark, said.get("decimal")),
            grade_words=[
                GradeWord(word=word, grade=Grade(grade))
                for word, grade in sorted((said.get("grade_map") or {}).items())
            ],
            fixed_grade=_maybe(Grade, said.get("fixed_grade")),
            grade_column=said.get("grade_column"),
            mapping=[
                ColumnMapping(column=column, field=field or None)
                for column, field in sorted((said.get("mapping") or {}).items())
            ],
            sheet=said.get("sheet"),
            default_quantity=said.get("default_quantity"),
            default_warranty_months=said.get("default_warranty_months"),
            vat_scheme=_maybe(VatScheme, said.get("vat_scheme")),
            handling_hours=said.get("handling_hours"),
        )


def credentials_of(row: "FeedRow") -> FeedCredentials | None:
    """Which credentials are stored with a feed."""
    if row.credentials_kind is None or row.credentials_since is None:
        return None
    return FeedCredentials(kind=row.credentials_kind, since=row.credentials_since)


def _maybe(kind: Any, value: Any) -> Any:
    return None if value is None else kind(value)
