"""The page of a product in a market."""

from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Self

import strawberry

from domain.catalog import Grade
from domain.catalog.grades import DEFINITIONS, LABELS
from domain.money import Currency
from domain.offers.sorting import OfferSort
from resolvers.catalog import language
from resolvers.offers import listing as resolvers
from schema.catalog import MOST_VARIANTS, Product, Variant
from schema.common import (
    After,
    Edge,
    First,
    Info,
    InGrade,
    Locale,
    MarketCode,
    Money,
    PageInfo,
    edges,
    page_info,
    row_id,
)
from schema.offers.offer import GRADES, FeaturedOffer, Offer
from schema.rules import PUBLIC, ruled

if TYPE_CHECKING:
    from models.catalog import VariantRow
    from models.offers.read import GradeSum, ListingRow, VariantSum

strawberry.enum(OfferSort, description="Order of the offers of a listing. None hides an offer.")


@ruled(PUBLIC)
@strawberry.type
class PriceRange:
    """The lowest and the highest landed total."""

    min: Money = strawberry.field(description="Lowest.")
    max: Money = strawberry.field(description="Highest.")

    @classmethod
    def maybe(cls, low: int | None, high: int | None, currency: str) -> Self | None:
        if low is None or high is None:
            return None
        return cls(min=Money.of(low, currency), max=Money.of(high, currency))


@ruled(PUBLIC)
@strawberry.type
class ListingVariant:
    """A variant of the listing's product, with what it costs here."""

    offer_count: int = strawberry.field(description="Offers that can be bought.")
    from_price: Money | None = strawberry.field(description="Lowest landed total.")
    row: strawberry.Private["VariantRow"]

    @strawberry.field
    def variant(self) -> Variant:
        """The variant."""
        return Variant.of(self.row)

    @classmethod
    def of(cls, row: "VariantSum", currency: str) -> Self:
        price = Money.maybe(row.lowest, currency)
        return cls(offer_count=row.offers, from_price=price, row=row.variant)


@ruled(PUBLIC)
@strawberry.type
class ListingGrade:
    """A grade in which the chosen variant is sold."""

    grade: Grade = strawberry.field(description="The grade.")
    available: bool = strawberry.field(description="Whether it can be bought now.")
    offer_count: int = strawberry.field(description="Offers that can be bought.")
    merchant_count: int = strawberry.field(description="Merchants who offer it.")
    from_price: Money | None = strawberry.field(description="Lowest landed total.")

    @strawberry.field
    def label(self, locale: Locale = "en") -> str:
        """The grade for a person."""
        return LABELS[language(locale)][self.grade]

    @strawberry.field
    def definition(self, locale: Locale = "en") -> str:
        """What it promises, in words."""
        return DEFINITIONS[language(locale)][self.grade]

    @classmethod
    def of(cls, grade: Grade, row: "GradeSum | None", currency: str) -> Self:
        return cls(
            grade=grade,
            available=row is not None,
            offer_count=row.offers if row else 0,
            merchant_count=row.merchants if row else 0,
            from_price=Money.maybe(row.lowest, currency) if row else None,
        )


@ruled(PUBLIC)
@strawberry.type
class OfferConnection:
    """Offers, page by page."""

    edges: list[Edge[Offer]] = strawberry.field(description="The offers of the page.")
    page_info: PageInfo = strawberry.field(description="Where the page stands.")


@ruled(PUBLIC)
@strawberry.type
class Listing:
    """A product in one market, one of its variants chosen: all that its page needs."""

    market: str = strawberry.field(description="Code of the market.")
    currency: Currency = strawberry.field(description="Currency of every price here.")
    offer_count: int = strawberry.field(description="Offers of all variants that can be bought.")
    merchant_count: int = strawberry.field(description="Merchants who offer any of them.")
    price_range: PriceRange | None = strawberry.field(description="Landed totals of all offers.")
    as_of: datetime = strawberry.field(description="When this was read.")
    variants: list[ListingVariant] = strawberry.field(
        description="All variants of the product, sold or not, by slug. At most 100."
    )
    grades: list[ListingGrade] = strawberry.field(
        description="All grades of the chosen variant, best first. At most 5."
    )
    row: strawberry.Private["ListingRow"]

    @strawberry.field
    def product(self) -> Product:
        """The model."""
        return Product.of(self.row.product)

    @strawberry.field
    def variant(self) -> Variant:
        """The chosen variant: the one asked for, else the one with the best offer."""
        return Variant.of(self.row.variant)

    @strawberry.field
    async def featured_offer(self, info: Info, grade: InGrade = None) -> FeaturedOffer | None:
        """The best quality for its price, in a grade or across grades; `null` if none competes."""
        row = self.row.featured
        if grade is not None:
            row = await resolvers.featured(info.context, self.market, self.row.variant.id, grade)
        return FeaturedOffer.of(row, info.context) if row else None

    @strawberry.field
    async def offers(
        self,
        info: Info,
        grade: InGrade = None,
        all_variants: Annotated[
            bool, strawberry.argument(description="Of all variants of the product.")
        ] = False,
        sort: Annotated[
            OfferSort, strawberry.argument(description="Their order.")
        ] = OfferSort.RANK,
        first: First = 24,
        after: After = None,
    ) -> OfferConnection:
        """Every offer of the chosen variant, or of `allVariants`, that can be bought."""
        chosen = (
            [v.variant.id for v in self.row.variants] if all_variants else [self.row.variant.id]
        )
        page = await resolvers.offers(info.context, self.market, chosen, grade, sort, first, after)
        return OfferConnection(
            edges=edges(page, lambda row: Offer.of(row, info.context)),
            page_info=page_info(page, after),
        )

    @classmethod
    def of(cls, row: "ListingRow", now: datetime) -> Self:
        sums = {each.grade: each for each in row.grades}
        return cls(
            market=row.market,
            currency=Currency(row.currency),
            offer_count=row.offers,
            merchant_count=row.merchants,
            price_range=PriceRange.maybe(row.min_landed, row.max_landed, row.currency),
            as_of=now,
            variants=[
                ListingVariant.of(each, row.currency) for each in row.variants[:MOST_VARIANTS]
            ],
            grades=[ListingGrade.of(g, sums.get(g.rank), row.currency) for g in reversed(GRADES)],
            row=row,
        )


@strawberry.type
class ListingQuery:
    """Queries of the area; `schema/root.py` inherits them."""

    @strawberry.field(metadata={"rule": PUBLIC})
    async def listing(
        self,
        info: Info,
        market: MarketCode,
        slug: Annotated[
            str | None, strawberry.argument(description="Slug of a product or of a variant.")
        ] = None,
        gtin: Annotated[
            str | None, strawberry.argument(description="Trade item number, 8 to 14 digits.")
        ] = None,
        variant_id: Annotated[
            strawberry.ID | None, strawberry.argument(description="The `id` of a variant.")
        ] = None,
    ) -> Listing | None:
        """The page of a product, named by a slug of it or of a variant, a GTIN, or a variant's id.

        Give exactly one of the three. An unknown listing is `null`; one without offers is not.
        """
        variant = row_id(variant_id, "Variant", "variantId") if variant_id is not None else None
        row = await resolvers.listing(info.context, market, slug, gtin, variant)
        return Listing.of(row, info.context.now) if row else None
