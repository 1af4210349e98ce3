"""Find a device."""

from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Annotated, Self

import strawberry

from domain.catalog import Grade
from domain.impact import Indicator
from domain.offers.sorting import SearchSort
from resolvers.offers import search as resolvers
from schema.catalog import Product, Variant, variant_of
from schema.common import (
    After,
    Edge,
    First,
    Info,
    Locale,
    MarketCode,
    Money,
    PageInfo,
    asks,
    edges,
    page_info,
)
from schema.common import global_id as make_id
from schema.impact import ImpactResult, InIndicator, impact_of
from schema.offers.listing import PriceRange
from schema.offers.offer import GRADES
from schema.rules import PUBLIC, ruled

if TYPE_CHECKING:
    from models.offers.search import Found

strawberry.enum(
    SearchSort,
    description="Order of search results. `IMPACT`: most avoided first, within one category of "
    "`filters`; models of which no benefit may be told stand last. Nobody can pay for it.",
)


@strawberry.input
class AttributeFilter:
    """Values that an attribute of the variant may have."""

    key: str = strawberry.field(description="Key of the attribute: `storage_gb`.")
    values: list[str] = strawberry.field(description="Any of these. At most 50.")


@strawberry.input
class PriceFilter:
    """Bounds of the landed total, in the market's currency."""

    min: Decimal | None = strawberry.field(default=None, description="At least this.")
    max: Decimal | None = strawberry.field(default=None, description="At most this.")


@strawberry.input
class SearchFilters:
    """What one and the same offer, its variant and its product must meet."""

    category: list[str] | None = strawberry.field(default=None, description="Category codes.")
    brand: list[str] | None = strawberry.field(default=None, description="Brand codes.")
    grade: list[Grade] | None = strawberry.field(default=None, description="Grades.")
    attributes: list[AttributeFilter] | None = strawberry.field(
        default=None, description="Attributes of the variant; all of them must hold."
    )
    price: PriceFilter | None = strawberry.field(default=None, description="Landed total.")
    delivery_days: int | None = strawberry.field(
        default=None, description="Delivered within this many days."
    )
    battery_new: bool | None = strawberry.field(
        default=None, description="With, or without, a new battery."
    )
    dispatch_country: list[str] | None = strawberry.field(
        default=None, description="Sent from one of these countries."
    )
    impact_at_least: Decimal | None = strawberry.field(
        default=None,
        description="Models whose refurbished devices avoid at least so many kg CO2e: the median "
        "of `impact`. `0`: any benefit that may be told; of other models nothing is, and they are "
        "left out.",
    )


@ruled(PUBLIC)
@strawberry.type
class FacetValue:
    """A way to narrow the search further."""

    value: str = strawberry.field(description="Stable value, as in filters.")
    label: str = strawberry.field(description="The value for a person.")
    count: int = strawberry.field(
        description="Products with an offer under all other filters and this value."
    )
    selected: bool = strawberry.field(description="Whether the filters name it.")


@ruled(PUBLIC)
@strawberry.type
class Facet:
    """Values of one property, counted in this market under the other filters."""

    key: str = strawberry.field(description="`category`, `brand`, `grade` or an attribute's key.")
    values: list[FacetValue] = strawberry.field(description="Most products first. At most 40.")


@ruled(PUBLIC)
@strawberry.type
class SearchOffer:
    """The best offer that matches, in short."""

    offer_id: strawberry.relay.GlobalID = strawberry.field(
        description="Id of the `Offer`, which `node` finds."
    )
    total: Money = strawberry.field(description="Landed total: all that the customer pays.")
    grade: Grade = strawberry.field(description="How it looks.")
    delivery_days: int = strawberry.field(description="Days until it is promised.")


@ruled(PUBLIC)
@strawberry.type
class SearchResult:
    """A product with offers that match. Each product stands in the results once."""

    offer_count: int = strawberry.field(description="Offers that match.")
    merchant_count: int = strawberry.field(description="Merchants whose offers match.")
    price_range: PriceRange | None = strawberry.field(description="Landed totals of these offers.")
    featured_offer: SearchOffer | None = strawberry.field(
        description="Best quality for its price among them; `null` if none of them competes."
    )
    row: strawberry.Private["Found"]

    @strawberry.field
    def product(self) -> Product:
        """The product."""
        return Product.of(self.row.product)

    @strawberry.field
    def impact(self, info: Info, indicator: InIndicator = Indicator.GWP) -> ImpactResult:
        """What refurbished devices of the model avoid against new ones."""
        found = self.row.product
        return impact_of(info, found.category, found.release_date, indicator)

    @strawberry.field
    async def variant(self, info: Info) -> Variant | None:
        """The variant of the featured offer."""
        chosen = self.row.variant_id
        return await variant_of(info, chosen) if chosen else None

    @classmethod
    def of(cls, row: "Found") -> Self:
        featured, offer_id = None, row.offer_id
        landed, grade = row.landed, row.grade
        if offer_id and landed is not None and grade is not None:
            featured = SearchOffer(
                offer_id=make_id("Offer", offer_id),
                total=Money.of(landed, row.currency),
                grade=GRADES[grade],
                delivery_days=row.days or 0,
            )
        return cls(
            offer_count=row.offers,
            merchant_count=row.merchants,
            price_range=PriceRange.maybe(row.lowest, row.highest, row.currency),
            featured_offer=featured,
            row=row,
        )


@ruled(PUBLIC)
@strawberry.type
class SearchConnection:
    """Results, page by page, and the ways to narrow them."""

    edges: list[Edge[SearchResult]] = strawberry.field(description="The products of the page.")
    page_info: PageInfo = strawberry.field(description="Where the page stands.")
    total_count: int = strawberry.field(description="Products that match.")
    facets: list[Facet] = strawberry.field(description="Ways to narrow. At most 25.")
    did_you_mean: str | None = strawberry.field(
        description="The term as it was searched, where a word had to be mended."
    )
    as_of: datetime = strawberry.field(description="When this was read.")


@strawberry.type
class SearchQuery:
    """Queries of the area; `schema/root.py` inherits them."""

    @strawberry.field(metadata={"rule": PUBLIC})
    async def search(
        self,
        info: Info,
        market: MarketCode,
        term: Annotated[
            str | None, strawberry.argument(description="What a person typed: 200 characters.")
        ] = None,
        filters: Annotated[
            SearchFilters | None, strawberry.argument(description="What offers must meet.")
        ] = None,
        sort: Annotated[
            SearchSort, strawberry.argument(description="Order of the products.")
        ] = SearchSort.RELEVANCE,
        first: First = 24,
        after: After = None,
        locale: Locale = "en",
    ) -> SearchConnection:
        """Find devices that can be bought in a market, one result per product.

        The term is read as people type it: without accents, with typos, in French or English,
        `iphone 13 128 go noir`. Filters hold inside one offer.
        """
        asked = resolvers.Search(
            market=market,
            term=term,
            filters=_asked(filters) if filters else resolvers.NOTHING,
            sort=sort,
            first=first,
            after=after,
            locale=locale,
            facets=asks(info, "facets"),
        )
        found = await resolvers.search(info.context, asked)
        return SearchConnection(
            edges=edges(found.page, SearchResult.of),
            page_info=page_info(found.page, after),
            total_count=found.total,
            facets=[
                Facet(key=f.key, values=[FacetValue(value=v, label=n, count=c, selected=s)
                                         for v, n, c, s in f.values])
                for f in found.facets
            ],
            did_you_mean=found.did_you_mean,
            as_of=found.as_of,
        )  # fmt: skip


def _asked(filters: SearchFilters) -> resolvers.Asked:
    price = filters.price or PriceFilter()
    return resolvers.Asked(
        category=filters.category,
        brand=filters.brand,
        grade=filters.grade,
        attributes=resolvers.by_key((a.key, a.values) for a in filters.attributes or ()),
        lowest=price.min,
        highest=price.max,
        days=filters.delivery_days,
        battery_new=filters.battery_new,
        dispatch_country=filters.dispatch_country,
        impact_at_least=filters.impact_at_least,
    )
