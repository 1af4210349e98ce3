"""Markets."""

from typing import TYPE_CHECKING, Self

import strawberry

from domain.markets import MarketStage
from domain.money import Currency
from resolvers import markets as resolvers
from resolvers.catalog import language
from schema.common import Info, Locale, MarketCode, Node, global_id
from schema.rules import PUBLIC, ruled

if TYPE_CHECKING:
    from models.markets import Market as Row

strawberry.enum(MarketStage, description="How far the launch of a market is.")


@ruled(PUBLIC)
@strawberry.type
class Market(Node):
    """A set of countries with one currency and one rule book. Prices exist per market."""

    code: str = strawberry.field(description="Code of the market: the `market` argument of fields.")
    countries: list[str] = strawberry.field(description="ISO 3166-1 alpha-2 codes. At most 50.")
    currency: Currency = strawberry.field(description="Currency of every price in the market.")
    locales: list[str] = strawberry.field(
        description="BCP 47 locales, the usual one first. At most 20."
    )
    languages: list[str] = strawberry.field(description="BCP 47 languages. At most 20.")
    time_zone: str = strawberry.field(description="IANA zone that days are counted in.")
    units: str = strawberry.field(description="`metric` or `imperial`.")
    tax_inclusive: bool = strawberry.field(description="Whether shown prices include tax.")
    stage: MarketStage = strawberry.field(description="`PUBLIC` and `SOFT` markets sell.")

    @strawberry.field
    async def name(self, info: Info, locale: Locale = "en") -> str:
        """The market for a person: the name of its first country."""
        lang = language(locale)
        row = await info.context.loader(resolvers.countries).load(self.countries[0])
        return str(getattr(row, f"name_{lang}", self.code))

    @classmethod
    def of(cls, row: "Row") -> Self:
        return cls(
            id=global_id("Market", row.id),
            code=row.code,
            countries=row.countries,
            currency=Currency(row.currency),
            locales=row.locales,
            languages=row.languages,
            time_zone=row.time_zone,
            units=row.units,
            tax_inclusive=row.tax_inclusive,
            stage=row.stage,
        )


@strawberry.type
class MarketsQuery:
    """Queries of the area; `schema/root.py` inherits them."""

    @strawberry.field(metadata={"rule": PUBLIC})
    async def markets(self, info: Info) -> list[Market]:
        """All markets, those in preparation too, by code. At most 100."""
        return [Market.of(row) for row in await resolvers.markets()]

    @strawberry.field(metadata={"rule": PUBLIC})
    async def market(self, info: Info, code: MarketCode) -> Market | None:
        """One market; `null` for an unknown code."""
        row = await resolvers.market(code)
        return Market.of(row) if row else None
