"""The GraphQL shapes of the naive application: what the documents ask for."""

import asyncio
from datetime import date, datetime, timedelta
from decimal import Decimal
from enum import Enum
from typing import Any
from zoneinfo import ZoneInfo

import strawberry
from strawberry import relay

from bench.naive import reads
from bench.naive.tables import Competition, OfferMarket
from bench.naive.tables import Product as ProductTable
from bench.naive.tables import Variant as VariantTable
from domain import money
from domain.catalog import Grade
from domain.merchants import MerchantKind
from domain.money import Currency
from models.markets import Market

strawberry.enum(Grade)
strawberry.enum(MerchantKind)
strawberry.enum(Currency)


@strawberry.enum
class AvailabilityBand(Enum):
    """How much is in stock."""

    NONE = "NONE"
    FEW = "FEW"
    MANY = "MANY"


def band(quantity: int) -> AvailabilityBand:
    """The band of a quantity."""
    if quantity <= 0:
        return AvailabilityBand.NONE
    return AvailabilityBand.FEW if quantity <= 5 else AvailabilityBand.MANY


def identity(kind: str, value: object) -> strawberry.ID:
    """The id as clients know it."""
    return strawberry.ID(relay.to_base64(kind, str(value)))


@strawberry.type
class Money:
    """An amount."""

    amount: Decimal
    currency: Currency


def amount(minor: int, currency: str) -> Money:
    """Minor units as an amount."""
    value = money.Money(minor, Currency(currency))
    return Money(amount=value.amount, currency=value.currency)


@strawberry.type
class PriceRange:
    """From and to."""

    min: Money
    max: Money


def bounds(low: int | None, high: int | None, currency: str) -> PriceRange | None:
    """Both bounds, if there are any."""
    if low is None or high is None:
        return None
    return PriceRange(min=amount(low, currency), max=amount(high, currency))


@strawberry.type
class Brand:
    """A maker."""

    code: str
    name: str
    shop: bool


@strawberry.type
class Weight:
    """What a device weighs."""

    grams: int
    sourced: bool
    source: str


@strawberry.type
class AttributeFact:
    """One attribute."""

    key: str
    name: str
    value: str
    label: str


@strawberry.type
class Variant:
    """A model with its attributes."""

    row: strawberry.Private[VariantTable]
    product_row: strawberry.Private[ProductTable]

    @strawberry.field
    def id(self) -> strawberry.ID:
        return identity("Variant", self.row.id)

    @strawberry.field
    def slug(self) -> str:
        return self.row.slug

    @strawberry.field
    def title(self) -> str:
        return f"{self.product_row.brand.name} {self.product_row.model}"

    @strawberry.field
    def mpn(self) -> str | None:
        return self.row.mpn or None

    @strawberry.field
    def gtins(self) -> list[str]:
        return sorted(each.gtin for each in self.row.gtins)

    @strawberry.field
    async def attributes(self, info: strawberry.Info[dict[str, Any], None]) -> list[AttributeFact]:
        if "labels" not in info.context:
            category = self.product_row.category.code
            info.context["labels"] = asyncio.ensure_future(reads.labels_of(category))
        known, labels = await info.context["labels"]
        facts = []
        for key, stored in self.row.attributes.items():
            name, unit = (known[key].name_en, known[key].unit) if key in known else (key, "")
            value = str(stored).lower() if isinstance(stored, bool) else str(stored)
            label = labels.get((key, value), f"{value} {unit}".strip())
            facts.append(AttributeFact(key=key, name=name, value=value, label=label))
        return facts


@strawberry.type
class Product:
    """A model of a brand."""

    row: strawberry.Private[ProductTable]

    @strawberry.field
    def id(self) -> strawberry.ID:
        return identity("Product", self.row.id)

    @strawberry.field
    def slug(self) -> str:
        return self.row.slug

    @strawberry.field
    def title(self) -> str:
        return f"{self.row.brand.name} {self.row.model}"

    @strawberry.field
    def model(self) -> str:
        return self.row.model

    @strawberry.field
    def category(self) -> str:
        return self.row.category.code

    @strawberry.field
    def release_date(self) -> date | None:
        return self.row.release_date

    @strawberry.field
    def brand(self) -> Brand:
        brand = self.row.brand
        return Brand(code=brand.code, name=brand.name, shop=brand.shop)

    @strawberry.field
    def weight(self) -> Weight | None:
        row = self.row
        if row.weight_grams is None:
            return None
        return Weight(grams=row.weight_grams, sourced=row.weight_sourced, source=row.weight_source)

    @strawberry.field
    def variants(self) -> list[Variant]:
        rows = sorted(self.row.variants, key=lambda row: row.slug)
        return [Variant(row=row, product_row=self.row) for row in rows]


@strawberry.type
class Price:
    """Part by part."""

    item: Money
    shipping: Money
    service_fee: Money
    total: Money


@strawberry.type
class Delivery:
    """When it comes."""

    earliest: date
    latest: date
    days: int
    carrier: str
    dispatch_country: str
    customs_required: bool


@strawberry.type
class Battery:
    """Its battery."""

    new: bool
    health: int | None


@strawberry.type
class MerchantCard:
    """Who sells it."""

    name: str
    legal_name: str
    kind: MerchantKind
    country: str
    since: date | None


@strawberry.type
class Warranty:
    """Rights."""

    legal_guarantee_months: int | None
    legal_guarantee_status: str | None
    commercial_warranty_months: int


@strawberry.type
class Offer:
    """One merchant's device."""

    row: strawberry.Private[OfferMarket]
    market_row: strawberry.Private[Market]

    @strawberry.field
    def id(self) -> strawberry.ID:
        return identity("Offer", self.row.offer_id)

    @strawberry.field
    def grade(self) -> Grade:
        grade: Grade = reads.GRADES[self.row.grade]
        return grade

    @strawberry.field
    def availability(self) -> AvailabilityBand:
        return band(self.row.quantity)

    @strawberry.field
    def price(self) -> Price:
        row = self.row
        return Price(
            item=amount(row.item_minor, row.currency),
            shipping=amount(row.shipping_minor, row.currency),
            service_fee=amount(row.service_fee_minor, row.currency),
            total=amount(row.landed_minor, row.currency),
        )

    @strawberry.field
    def delivery(self) -> Delivery:
        row, today = self.row, datetime.now(ZoneInfo(self.market_row.time_zone)).date()
        return Delivery(
            earliest=today + timedelta(days=row.early_days),
            latest=today + timedelta(days=row.days),
            days=row.days,
            carrier=row.carrier,
            dispatch_country=row.dispatch_country,
            customs_required=row.scope == 2,
        )

    @strawberry.field
    def battery(self) -> Battery:
        return Battery(new=self.row.battery_new, health=self.row.battery_health)

    @strawberry.field
    def merchant(self) -> MerchantCard:
        row = self.row.merchant
        return MerchantCard(
            name=row.name,
            legal_name=row.legal_name,
            kind=row.kind,
            country=row.country,
            since=row.since,
        )

    @strawberry.field
    def warranty(self) -> Warranty:
        return Warranty(
            legal_guarantee_months=self.market_row.legal_guarantee_months,
            legal_guarantee_status=self.market_row.legal_guarantee_status or None,
            commercial_warranty_months=self.row.warranty_months,
        )


@strawberry.type
class Ranking:
    """Why it is first."""

    model_id: str
    snapshot_id: str


@strawberry.type
class FeaturedOffer:
    """The offer shown first."""

    offer: Offer
    ranking: Ranking


@strawberry.type
class ListingVariant:
    """A variant and what it costs."""

    offer_count: int
    from_price: Money | None
    variant: Variant


@strawberry.type
class ListingGrade:
    """A grade and what it costs."""

    grade: Grade
    available: bool
    offer_count: int
    merchant_count: int
    from_price: Money | None

    @classmethod
    def of(cls, grade: Grade, cell: Competition | None, currency: str) -> "ListingGrade":
        lowest = cell.min_landed if cell else None
        return cls(
            grade=grade,
            available=cell is not None,
            offer_count=cell.offers if cell else 0,
            merchant_count=cell.merchants if cell else 0,
            from_price=None if lowest is None else amount(lowest, currency),
        )
