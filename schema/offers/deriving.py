"""Prices of a market derived from those of another: looked at first, then applied as seen."""

from datetime import date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Annotated, Self

import strawberry

from domain.markets.deriving import Direction, Ending, LineOutcome
from domain.markets.rates import RateMissing, RateStale
from resolvers.offers import deriving
from schema.common import (
    ONCE,
    After,
    Edge,
    First,
    Info,
    MarketCode,
    Money,
    PageInfo,
    Problem,
    edges,
    global_id,
    idempotency_key,
    page_info,
)
from schema.markets.problems import EXPLAINED, TEAM, said
from schema.rules import ruled

if TYPE_CHECKING:
    from models.markets import Market as MarketRow
    from models.offers.deriving import InForce, Line, Terms

strawberry.enum(Ending, name="PriceEnding", description="What a derived price ends with.")
strawberry.enum(Direction, name="PriceDirection", description="Which way a price is rounded.")
strawberry.enum(
    LineOutcome, name="DerivedPriceOutcome", description="What becomes of an offer's price."
)

_ENDING = (
    "`EXACT`: the market's price step; `WHOLE`: 310; `NINETY_NINE`: 309.99; `NINETY_FIVE`: 309.95; "
    "`NINE`: 309."
)
_FLOOR = "Under it there is no price; in the market's currency."
_ON = "Day of the rate; nothing is today."


@ruled(TEAM)
@strawberry.type
class PriceTerms:
    """How prices of one market become those of another."""

    market: str = strawberry.field(description="Code of the market whose prices they are.")
    from_: str = strawberry.field(name="from", description="Code of the market they come from.")
    rate: Decimal = strawberry.field(description="A unit there in units here, 10 decimals.")
    rate_on: date = strawberry.field(description="Day of the rate.")
    rates: list[strawberry.relay.GlobalID] = strawberry.field(
        description="The `ExchangeRate` that it is made of. At most 2."
    )
    ending: Ending = strawberry.field(description=_ENDING)
    direction: Direction = strawberry.field(description="Which way.")
    floor_minor: int = strawberry.field(description="Floor in minor units of the market.")

    @classmethod
    def of(cls, row: "Terms") -> Self:
        return cls(
            market=row.market,
            from_=row.source,
            rate=row.rate,
            rate_on=row.rate_on,
            rates=[global_id("ExchangeRate", each) for each in row.rate_ids],
            ending=row.ending,
            direction=row.rounding.direction,
            floor_minor=row.floor_minor,
        )


@ruled(TEAM)
@strawberry.type
class DerivedPriceCount:
    """How many offers come to an end."""

    outcome: LineOutcome = strawberry.field(description="The end.")
    count: int = strawberry.field(description="How many.")


@ruled(TEAM)
@strawberry.type
class DerivedPriceLine:
    """An offer and its price."""

    offer_id: strawberry.relay.GlobalID = strawberry.field(description="Id of the `Offer`.")
    sku: str = strawberry.field(description="The merchant's own number.")
    merchant: str = strawberry.field(description="Name of the merchant.")
    outcome: LineOutcome = strawberry.field(description="What becomes of it.")
    from_: Money | None = strawberry.field(name="from", description="Its price there.")
    was: Money | None = strawberry.field(description="What is derived now.")
    to: Money | None = strawberry.field(description="What would be derived.")

    @classmethod
    def of(cls, row: "Line", here: "MarketRow", there: "MarketRow") -> Self:
        return cls(
            offer_id=global_id("Offer", row.id),
            sku=row.sku,
            merchant=row.merchant,
            outcome=row.outcome,
            from_=Money.maybe(row.from_minor, there.currency),
            was=Money.maybe(row.was_minor, here.currency),
            to=Money.maybe(row.to_minor, here.currency),
        )


@ruled(TEAM)
@strawberry.type
class DerivedPriceConnection:
    """Offers aimed at the market, one by one."""

    edges: list[Edge[DerivedPriceLine]] = strawberry.field(description="Those of the page.")
    page_info: PageInfo = strawberry.field(description="Where the page stands.")


@ruled(TEAM)
@strawberry.type
class DerivedMarketPrices:
    """What the terms would make of the offers aimed at a market. Nothing is written."""

    terms: PriceTerms = strawberry.field(description="The terms.")
    digest: str = strawberry.field(
        description="Give it to `deriveMarketPrices`: it applies this and nothing else."
    )
    counts: list[DerivedPriceCount] = strawberry.field(description="By outcome. At most 6.")
    seen: strawberry.Private[deriving.Seen]

    @strawberry.field
    async def lines(
        self,
        info: Info,
        outcome: Annotated[
            LineOutcome | None, strawberry.argument(description="Only lines of this one.")
        ] = None,
        first: First = 24,
        after: After = None,
    ) -> DerivedPriceConnection:
        """The offers, one by one."""
        found = self.seen
        page = await deriving.lines(info.context, found, outcome, first, after)
        return DerivedPriceConnection(
            edges=edges(page, lambda row: DerivedPriceLine.of(row, found.market, found.source)),
            page_info=page_info(page, after),
        )

    @classmethod
    def of(cls, found: deriving.Seen) -> Self:
        counts = sorted(found.counts.items())
        return cls(
            terms=PriceTerms.of(found.terms),
            digest=found.digest,
            counts=[DerivedPriceCount(outcome=name, count=n) for name, n in counts],
            seen=found,
        )


@ruled(TEAM)
@strawberry.type
class MarketPricesDerived:
    """The market derives its prices so from now on; a job writes them within a minute."""

    terms: PriceTerms = strawberry.field(description="The terms in force.")
    digest: str = strawberry.field(description="Of the preview that was applied.")
    applied_at: datetime = strawberry.field(description="Since when.")

    @classmethod
    def of(cls, row: "InForce") -> Self:
        return cls(terms=PriceTerms.of(row.terms), digest=row.digest, applied_at=row.applied_at)


@ruled(TEAM)
@strawberry.type
class DerivingStopped:
    """The market derives no prices any more; offers without one of their own are hidden in it."""

    market: str = strawberry.field(description="Code of the market.")


@ruled(TEAM)
@strawberry.type
class FxRateMissing(Problem):
    """There is no rate between the two currencies."""

    explanation: str = EXPLAINED
    base: str = strawberry.field(description="ISO 4217 code.")
    quote: str = strawberry.field(description="ISO 4217 code.")


@ruled(TEAM)
@strawberry.type
class FxRateStale(Problem):
    """The last rate is more than 7 days older than the day asked for."""

    explanation: str = EXPLAINED
    as_of: date = strawberry.field(description="Its day.")


@ruled(TEAM)
@strawberry.type
class PreviewStale(Problem):
    """Offers or rates are other than when they were looked at."""

    explanation: str = EXPLAINED
    digest: str = strawberry.field(description="Of what they would be now.")


@ruled(TEAM)
@strawberry.type
class PriceBelowFloor(Problem):
    """Prices would be below the floor."""

    explanation: str = EXPLAINED
    count: int = strawberry.field(description="How many.")


@strawberry.input
class DeriveMarketPricesInput:
    """The terms of a preview, and its digest."""

    market: str = strawberry.field(description="Code of the market whose prices they become.")
    from_: str = strawberry.field(name="from", description="Code of the market they come from.")
    digest: str = strawberry.field(description="Of `derivedMarketPrices` with the same terms.")
    idempotency_key: str = strawberry.field(description=ONCE)
    on: date | None = strawberry.field(default=None, description=_ON)
    ending: Ending = strawberry.field(default=Ending.EXACT, description=_ENDING)
    direction: Direction = strawberry.field(default=Direction.UP, description="Which way.")
    floor: Decimal = strawberry.field(default=Decimal(0), description=_FLOOR)
    leave_out_below_floor: bool = strawberry.field(
        default=False, description="Offers below the floor get no price; else they are refused."
    )


@strawberry.input
class StopDerivingPricesInput:
    """Which market."""

    market: str = strawberry.field(description="Code of the market.")
    idempotency_key: str = strawberry.field(description=ONCE)


DeriveMarketPricesResult = Annotated[
    MarketPricesDerived | FxRateMissing | FxRateStale | PreviewStale | PriceBelowFloor,
    strawberry.union("DeriveMarketPricesResult", description="The terms, or a refusal."),
]


@strawberry.type
class DerivingQuery:
    """Queries of the area; `schema/root.py` inherits them."""

    @strawberry.field(metadata={"rule": TEAM})
    async def derived_market_prices(
        self,
        info: Info,
        market: MarketCode,
        from_: Annotated[
            str, strawberry.argument(name="from", description="Market the prices come from.")
        ],
        on: Annotated[date | None, strawberry.argument(description=_ON)] = None,
        ending: Annotated[Ending, strawberry.argument(description=_ENDING)] = Ending.EXACT,
        direction: Annotated[
            Direction, strawberry.argument(description="Which way.")
        ] = Direction.UP,
        floor: Annotated[Decimal, strawberry.argument(description=_FLOOR)] = Decimal(0),
    ) -> DerivedMarketPrices:
        """What prices of another market would be in this one, offer by offer. The team only.

        Prices that merchants set for the market stay. Nothing is written.
        """
        wish = deriving.Wish(market, from_, on, ending, direction, floor)
        return DerivedMarketPrices.of(await deriving.preview(info.context, wish))

    @strawberry.field(metadata={"rule": TEAM})
    async def market_price_terms(
        self, info: Info, market: MarketCode
    ) -> MarketPricesDerived | None:
        """The terms by which a market derives its prices; `null` where it derives none."""
        found = await deriving.terms_of(info.context, market)
        return MarketPricesDerived.of(found) if found else None


@strawberry.type
class DerivingMutation:
    """Mutations of the area; `schema/root.py` inherits them."""

    @strawberry.mutation(metadata={"rule": TEAM})
    async def derive_market_prices(
        self,
        info: Info,
        input: Annotated[DeriveMarketPricesInput, strawberry.argument(description="The terms.")],
    ) -> DeriveMarketPricesResult:
        """Apply a preview exactly as it was seen. The market's team only.

        Prices follow the merchants' from then on, by the same rate, until other terms are applied.
        """
        wish = deriving.Wish(
            input.market, input.from_, input.on, input.ending, input.direction, input.floor
        )
        key = idempotency_key(input.idempotency_key)
        leave_out = input.leave_out_below_floor
        match await deriving.apply(info.context, wish, input.digest, key, leave_out=leave_out):
            case RateMissing(base, quote):
                told = said(info, "FX_RATE_MISSING", "from")
                return FxRateMissing(**told, base=base, quote=quote)
            case RateStale(as_of):
                return FxRateStale(**said(info, "FX_RATE_STALE", "on"), as_of=as_of)
            case deriving.PreviewStale(digest):
                return PreviewStale(**said(info, "PREVIEW_STALE", "digest"), digest=digest)
            case deriving.BelowFloor(count):
                return PriceBelowFloor(**said(info, "PRICE_BELOW_FLOOR", "floor"), count=count)
            case found:
                return MarketPricesDerived.of(found)

    @strawberry.mutation(metadata={"rule": TEAM})
    async def stop_deriving_prices(
        self,
        info: Info,
        input: Annotated[StopDerivingPricesInput, strawberry.argument(description="Which.")],
    ) -> DerivingStopped:
        """Have a market derive no prices any more. The market's team only. Safe to repeat."""
        key = idempotency_key(input.idempotency_key)
        return DerivingStopped(market=await deriving.stop(info.context, input.market, key))
