"""Exchange rates: dated, sourced, read by everybody, entered and imported by staff."""

from datetime import date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Annotated, Self

import strawberry

from domain.markets.ecb import RateFault
from resolvers.markets import rates
from schema.common import (
    ONCE,
    After,
    Edge,
    First,
    Info,
    PageInfo,
    Problem,
    edges,
    global_id,
    idempotency_key,
    page_info,
)
from schema.markets.problems import EXPLAINED, TEAM, said
from schema.rules import PUBLIC, ruled

if TYPE_CHECKING:
    from collections.abc import Sequence

    from domain.markets.ecb import RateProblem
    from domain.markets.rates import Between, Rate
    from models.markets.rates import Recorded

strawberry.enum(RateFault, description="What is wrong with a file of rates.")

Base = Annotated[str, strawberry.argument(description="ISO 4217 code of what is worth.")]
Quote = Annotated[str, strawberry.argument(description="ISO 4217 code of what it is worth in.")]
AnyBase = Annotated[str | None, strawberry.argument(description="Only of this currency.")]
AnyQuote = Annotated[str | None, strawberry.argument(description="Only in this currency.")]
AnyDay = Annotated[date | None, strawberry.argument(description="Only of this day.")]
OnDay = Annotated[date | None, strawberry.argument(description="Day; nothing is today.")]


@ruled(PUBLIC)
@strawberry.type
class ExchangeRate:
    """One unit of `base` was worth `rate` units of `quote` on a day, as its source says."""

    id: strawberry.relay.GlobalID = strawberry.field(description="Opaque id.")
    base: str = strawberry.field(description="ISO 4217 code.")
    quote: str = strawberry.field(description="ISO 4217 code.")
    on_day: date = strawberry.field(description="Day of the rate.")
    rate: Decimal = strawberry.field(description="Decimal string with 10 decimals.")
    source: str = strawberry.field(description="Who published it.")
    origin: str = strawberry.field(
        description="`ECB` from a file of the bank, `ENTERED` by a person."
    )
    recorded_at: datetime = strawberry.field(description="When it was recorded.")
    withdrawn_at: datetime | None = strawberry.field(
        description="When another took its place; `null` is in force."
    )

    @classmethod
    def of(cls, row: "Recorded") -> Self:
        return cls(
            id=global_id("ExchangeRate", row.id),
            base=row.base,
            quote=row.quote,
            on_day=row.on_day,
            rate=row.rate,
            source=row.source,
            origin=row.origin,
            recorded_at=row.recorded_at,
            withdrawn_at=row.withdrawn_at,
        )


@ruled(PUBLIC)
@strawberry.type
class ExchangeRateBetween:
    """A rate as it is used: recorded so, the other way round, or by the euro."""

    rate: Decimal = strawberry.field(description="Decimal string with 10 decimals.")
    on_day: date = strawberry.field(description="Day of the rate, at most 7 days before yours.")
    rows: list[strawberry.relay.GlobalID] = strawberry.field(
        description="The `ExchangeRate` that it is made of. At most 2."
    )

    @classmethod
    def of(cls, found: "Between") -> Self:
        rows = [global_id("ExchangeRate", each) for each in found.rows]
        return cls(rate=found.rate, on_day=found.on_day, rows=rows)


@ruled(PUBLIC)
@strawberry.type
class ExchangeRateConnection:
    """Rates, newest day first."""

    edges: list[Edge[ExchangeRate]] = strawberry.field(description="Those of the page.")
    page_info: PageInfo = strawberry.field(description="Where the page stands.")


@ruled(TEAM)
@strawberry.type
class RateExists(Problem):
    """Another rate of that day is recorded."""

    explanation: str = EXPLAINED
    recorded: Decimal = strawberry.field(description="The one that is.")


@ruled(TEAM)
@strawberry.type
class RatesFileProblem:
    """What is wrong with a file, and where."""

    code: RateFault = strawberry.field(description="What is wrong.")
    line: int = strawberry.field(description="Line from 1; 0 is the file as a whole.")
    field: str = strawberry.field(description="Of what; empty for the file as a whole.")
    value: str = strawberry.field(description="As written, 40 characters at most.")
    hint: str = strawberry.field(description="What to do about it.")

    @classmethod
    def of(cls, row: "RateProblem") -> Self:
        return cls(code=row.code, line=row.line, field=row.field, value=row.value, hint=row.hint)


@ruled(TEAM)
@strawberry.type
class RatesFileInvalid(Problem):
    """The file cannot be read; nothing of it was recorded."""

    explanation: str = EXPLAINED
    problems: list[RatesFileProblem] = strawberry.field(description="At most 50.")


@ruled(TEAM)
@strawberry.type
class RateRecorded:
    """The rate as it is recorded."""

    rate: ExchangeRate = strawberry.field(description="The rate.")


@ruled(TEAM)
@strawberry.type
class DifferingRate:
    """A rate of the file that was left out, as another is recorded of its day."""

    quote: str = strawberry.field(description="ISO 4217 code; `base` is EUR.")
    on_day: date = strawberry.field(description="Day.")
    rate: Decimal = strawberry.field(description="As the file says.")

    @classmethod
    def of(cls, row: "Rate") -> Self:
        return cls(quote=row.quote, on_day=row.on_day, rate=row.rate)


@ruled(TEAM)
@strawberry.type
class RatesImported:
    """What became of the rates of a file. The counts are of rates, not of lines."""

    read: int = strawberry.field(description="In the file.")
    added: int = strawberry.field(description="That were not known.")
    unchanged: int = strawberry.field(description="That were known.")
    corrected: int = strawberry.field(description="That took the place of others.")
    differing_count: int = strawberry.field(description="That were left out.")
    differing: list[DifferingRate] = strawberry.field(description="Some of those. At most 20.")

    @classmethod
    def of(cls, found: rates.TakenIn) -> Self:
        return cls(
            read=found.read,
            added=found.added,
            unchanged=found.unchanged,
            corrected=found.corrected,
            differing_count=found.differing_count,
            differing=[DifferingRate.of(each) for each in found.differing],
        )


@strawberry.input
class RecordRateInput:
    """A rate that somebody published."""

    base: str = strawberry.field(description="ISO 4217 code.")
    quote: str = strawberry.field(description="ISO 4217 code.")
    on_day: date = strawberry.field(description="Its day; today or before.")
    rate: str = strawberry.field(
        description="What one unit of `base` is worth in `quote`: a decimal string."
    )
    source: str = strawberry.field(description="Who published it, 500 characters.")
    idempotency_key: str = strawberry.field(description=ONCE)
    correct: bool = strawberry.field(
        default=False, description="It takes the place of another of that day, which is kept."
    )


@strawberry.input
class ImportRatesInput:
    """A file of the European Central Bank."""

    content: str = strawberry.field(
        description="Text of `eurofxref` of a day or of 90 days, XML or CSV; 200000 characters."
    )
    idempotency_key: str = strawberry.field(description=ONCE)
    correct: bool = strawberry.field(
        default=False, description="Its rates take the place of others of their days."
    )


RecordRateResult = Annotated[
    RateRecorded | RateExists,
    strawberry.union("RecordRateResult", description="The rate, or a refusal."),
]
ImportRatesResult = Annotated[
    RatesImported | RatesFileInvalid,
    strawberry.union("ImportRatesResult", description="What became of it, or a refusal."),
]


def _invalid(info: Info, found: "Sequence[RateProblem]") -> RatesFileInvalid:
    told = said(info, "RATES_FILE_INVALID", "content")
    return RatesFileInvalid(**told, problems=[RatesFileProblem.of(each) for each in found])


@strawberry.type
class RatesQuery:
    """Queries of the area; `schema/root.py` inherits them."""

    @strawberry.field(metadata={"rule": PUBLIC})
    async def exchange_rate(
        self, info: Info, base: Base, quote: Quote, on: OnDay = None
    ) -> ExchangeRateBetween | None:
        """What a currency was worth in another on a day; `null` where no row leads there.

        The last rate before that day stands for it; one older than 7 days is refused.
        """
        found = await rates.rate(info.context, base, quote, on)
        return ExchangeRateBetween.of(found) if found else None

    @strawberry.field(metadata={"rule": PUBLIC})
    async def exchange_rates(
        self,
        info: Info,
        base: AnyBase = None,
        quote: AnyQuote = None,
        on: AnyDay = None,
        first: First = 24,
        after: After = None,
    ) -> ExchangeRateConnection:
        """The rates as they are recorded, those taken back among them, newest day first."""
        page = await rates.listed(info.context, base, quote, on, first, after)
        return ExchangeRateConnection(
            edges=edges(page, ExchangeRate.of), page_info=page_info(page, after)
        )


@strawberry.type
class RatesMutation:
    """Mutations of the area; `schema/root.py` inherits them."""

    @strawberry.mutation(metadata={"rule": TEAM})
    async def record_rate(
        self,
        info: Info,
        input: Annotated[RecordRateInput, strawberry.argument(description="The rate.")],
    ) -> RecordRateResult:
        """Enter an exchange rate with its day and source. Country teams of all markets only."""
        order = rates.Order(
            input.base, input.quote, input.on_day, input.rate, input.source, input.correct
        )
        key = idempotency_key(input.idempotency_key)
        found = await rates.record(info.context, order, key)
        if isinstance(found, rates.RateExists):
            return RateExists(**said(info, "RATE_EXISTS", "rate"), recorded=found.rate)
        return RateRecorded(rate=ExchangeRate.of(found))

    @strawberry.mutation(metadata={"rule": TEAM})
    async def import_rates(
        self,
        info: Info,
        input: Annotated[ImportRatesInput, strawberry.argument(description="The file.")],
    ) -> ImportRatesResult:
        """Record the rates of a file of the ECB, whole or not at all. As `recordRate`."""
        key = idempotency_key(input.idempotency_key)
        found = await rates.take_in(info.context, input.content, key, correct=input.correct)
        if isinstance(found, rates.TakenIn):
            return RatesImported.of(found)
        return _invalid(info, found)
