"""The naive application's queries, and the ASGI application that serves them."""

from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager

import strawberry
from starlette.applications import Starlette
from strawberry.asgi import GraphQL
from strawberry.extensions import ParserCache, SchemaExtension, ValidationCache
from tortoise import Tortoise

from bench.naive import reads
from bench.naive.shapes import (
    FeaturedOffer,
    ListingGrade,
    ListingVariant,
    Money,
    Offer,
    PriceRange,
    Product,
    Ranking,
    Variant,
    amount,
    bounds,
    identity,
)
from bench.naive.tables import Competition, OfferMarket, ProductMarket
from bench.naive.tables import Product as ProductTable
from bench.naive.tables import Variant as VariantTable
from boucle.orm import tortoise_config
from domain.catalog import Grade
from domain.money import Currency
from models.markets import Market


@strawberry.type
class Listing:
    """A product in one market."""

    market_row: strawberry.Private[Market]
    product_row: strawberry.Private[ProductTable]
    chosen: strawberry.Private[VariantTable]
    sums: strawberry.Private[ProductMarket | None]
    cells: strawberry.Private[list[Competition]]

    @strawberry.field
    def market(self) -> str:
        return self.market_row.code

    @strawberry.field
    def currency(self) -> Currency:
        return Currency(self.market_row.currency)

    @strawberry.field
    def offer_count(self) -> int:
        return self.sums.offers if self.sums else 0

    @strawberry.field
    def merchant_count(self) -> int:
        return self.sums.merchants if self.sums else 0

    @strawberry.field
    def price_range(self) -> PriceRange | None:
        if self.sums is None:
            return None
        return bounds(self.sums.min_landed, self.sums.max_landed, self.market_row.currency)

    @strawberry.field
    def product(self) -> Product:
        return Product(row=self.product_row)

    @strawberry.field
    def variant(self) -> Variant:
        return Variant(row=self.chosen, product_row=self.product_row)

    @strawberry.field
    def variants(self) -> list[ListingVariant]:
        found = []
        for row in sorted(self.product_row.variants, key=lambda row: row.slug):
            cells = [cell for cell in self.cells if cell.variant_id == row.id]
            lowest = min((c.min_landed for c in cells if c.min_landed is not None), default=None)
            price = None if lowest is None else amount(lowest, self.market_row.currency)
            found.append(
                ListingVariant(
                    offer_count=sum(cell.offers for cell in cells),
                    from_price=price,
                    variant=Variant(row=row, product_row=self.product_row),
                )
            )
        return found

    @strawberry.field
    def grades(self) -> list[ListingGrade]:
        own = {cell.grade: cell for cell in self.cells if cell.variant_id == self.chosen.id}
        currency = self.market_row.currency
        return [ListingGrade.of(g, own.get(g.rank), currency) for g in reversed(reads.GRADES)]

    @strawberry.field
    async def featured_offer(self) -> FeaturedOffer | None:
        own = [cell for cell in self.cells if cell.variant_id == self.chosen.id]
        cell, market = await reads.across(own), self.market_row.code
        if cell is None:
            return None
        turn = await reads.turn(market, cell)
        row = await OfferMarket.get(offer_id=turn, market=market).prefetch_related("merchant")
        return FeaturedOffer(
            offer=Offer(row=row, market_row=self.market_row),
            ranking=Ranking(model_id=cell.model_id, snapshot_id=cell.snapshot_id),
        )


@strawberry.type
class SearchOffer:
    """The best offer that matches."""

    offer_id: strawberry.ID
    total: Money
    grade: Grade
    delivery_days: int


@strawberry.type
class SearchResult:
    """A product with offers that match."""

    item: strawberry.Private[reads.Item]
    money: strawberry.Private[str]

    @strawberry.field
    def offer_count(self) -> int:
        return self.item.offers

    @strawberry.field
    def merchant_count(self) -> int:
        return self.item.merchants

    @strawberry.field
    def price_range(self) -> PriceRange | None:
        return bounds(self.item.lowest, self.item.highest, self.money)

    @strawberry.field
    def featured_offer(self) -> SearchOffer | None:
        row = self.item.featured
        if row is None:
            return None
        return SearchOffer(
            offer_id=identity("Offer", row.offer_id),
            total=amount(row.landed_minor, row.currency),
            grade=reads.GRADES[row.grade],
            delivery_days=row.days,
        )

    @strawberry.field
    def product(self) -> Product:
        return Product(row=self.item.product)


@strawberry.type
class SearchEdge:
    """An item."""

    node: SearchResult


@strawberry.type
class PageInfo:
    """Where the page stands."""

    has_next_page: bool


@strawberry.type
class FacetValue:
    """A way to narrow."""

    value: str
    label: str
    count: int
    selected: bool


@strawberry.type
class Facet:
    """Values of one property."""

    key: str
    values: list[FacetValue]


@strawberry.type
class SearchConnection:
    """Results."""

    edges: list[SearchEdge]
    page_info: PageInfo
    total_count: int
    did_you_mean: str | None
    asked: strawberry.Private["SearchFilters | None"]
    market: strawberry.Private[str]

    @strawberry.field
    async def facets(self) -> list[Facet]:
        asked = self.asked or SearchFilters()
        return [
            Facet(
                key=each.key,
                values=[
                    FacetValue(value=value, label=label, count=count, selected=selected)
                    for value, label, count, selected in each.values
                ],
            )
            for each in await reads.facets(self.market, asked.category, asked.brand)
        ]


@strawberry.input
class SearchFilters:
    """What to show."""

    category: list[str] | None = None
    brand: list[str] | None = None


@strawberry.type
class Query:
    """The queries of the documents."""

    @strawberry.field
    async def product(self, slug: str) -> Product | None:
        query = ProductTable.get_or_none(slug=slug)
        row = await query.prefetch_related("brand", "category", "variants__gtins")
        return Product(row=row) if row else None

    @strawberry.field
    async def listing(self, market: str, slug: str) -> Listing | None:
        shop = await Market.get(code=market)
        found = await reads.named(slug)
        if found is None:
            return None
        product, chosen = found
        sums = await ProductMarket.get_or_none(market=market, product_id=product.id)
        cells = await Competition.filter(market=market, product_id=product.id, offers__gt=0)
        variants = sorted(product.variants, key=lambda row: row.slug)
        if chosen is None:
            best = sums.best_variant if sums else None
            chosen = next((row for row in variants if row.id == best), variants[0])
        else:
            chosen = next(row for row in variants if row.id == chosen.id)
        return Listing(market_row=shop, product_row=product, chosen=chosen, sums=sums, cells=cells)

    @strawberry.field
    async def search(
        self,
        market: str,
        term: str | None = None,
        filters: SearchFilters | None = None,
        first: int = 24,
    ) -> SearchConnection:
        shop, meant = await Market.get(code=market), None
        if term:
            total, items, more, meant = await reads.search(market, term, first)
        else:
            asked = filters or SearchFilters()
            total, items, more = await reads.page(market, asked.category, asked.brand, first)
        return SearchConnection(
            edges=[SearchEdge(node=SearchResult(item=i, money=shop.currency)) for i in items],
            page_info=PageInfo(has_next_page=more),
            total_count=total,
            did_you_mean=meant,
            asked=filters,
            market=market,
        )


def create_app(database_url: str, pool: int, *, caches: bool) -> Starlette:
    """The application; `caches` adds strawberry's caches of parsed and of valid documents."""
    extensions: list[Callable[[], SchemaExtension]] = [ParserCache, ValidationCache]
    schema = strawberry.Schema(Query, extensions=extensions if caches else [])

    @asynccontextmanager
    async def lifespan(_app: Starlette) -> AsyncGenerator[None]:
        config = tortoise_config(database_url, pool=pool)
        config["apps"]["naive"] = {"models": ["bench.naive.tables"]}
        context = await Tortoise.init(config, _enable_global_fallback=True)
        yield
        await context.close_connections()

    app = Starlette(lifespan=lifespan)
    app.mount("/graphql", GraphQL(schema, graphql_ide=None))
    return app
