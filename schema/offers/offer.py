"""An offer as a customer sees it."""

from datetime import date, timedelta
from enum import StrEnum
from typing import TYPE_CHECKING, Self

import strawberry

from domain.catalog import Grade
from domain.impact import Indicator
from domain.merchants import MerchantKind
from domain.offers.visibility import OfferVisibility
from domain.ranking.reasons import PublicReason
from resolvers.context import Context
from resolvers.offers import listing as resolvers
from resolvers.offers import reductions
from schema.catalog import Variant, product_of, variant_of
from schema.common import Info, Money, Node, global_id
from schema.impact import ImpactResult, InIndicator, impact_of
from schema.merchants import MerchantCard
from schema.offers.reductions import PriceReduction
from schema.rules import PUBLIC, ruled

if TYPE_CHECKING:
    from models.offers.read import FeaturedRow, OfferRow

GRADES = sorted(Grade, key=lambda grade: grade.rank)
_SHOWN = (OfferVisibility.HIDDEN, OfferVisibility.LIMITED, OfferVisibility.FULL)
_FEW = 5
strawberry.enum(OfferVisibility, description="Whether an offer is listed, and competes.")
strawberry.enum(PublicReason, description="Why an offer is shown first.")


@strawberry.enum(description="How much is in stock: nothing, 1 to 5, more.")
class AvailabilityBand(StrEnum):
    """How much is in stock, without the exact number."""

    NONE = "NONE"
    FEW = "FEW"
    MANY = "MANY"


def band(quantity: int) -> AvailabilityBand:
    """The band of a quantity."""
    if quantity <= 0:
        return AvailabilityBand.NONE
    return AvailabilityBand.FEW if quantity <= _FEW else AvailabilityBand.MANY


@ruled(PUBLIC)
@strawberry.type
class Price:
    """All that the customer pays, part by part. Nothing is added later."""

    item: Money = strawberry.field(description="The device, tax included where the market says so.")
    shipping: Money = strawberry.field(description="The cheapest way of delivery.")
    service_fee: Money = strawberry.field(description="Fee of the marketplace.")
    levies: Money = strawberry.field(description="Levies that are not in the item price.")
    duties: Money = strawberry.field(description="Import duties that are not in the item price.")
    total: Money = strawberry.field(description="The landed total: the sum of the parts.")


@ruled(PUBLIC)
@strawberry.type
class Warranty:
    """Two rights that stand beside each other."""

    legal_guarantee_months: int | None = strawberry.field(
        description="Statutory guarantee in this market; `null` where we cannot state a number."
    )
    legal_guarantee_status: str | None = strawberry.field(
        description="`VERIFIED` or `UNVERIFIED` against the law in force."
    )
    commercial_warranty_months: int = strawberry.field(description="The merchant's own warranty.")


@ruled(PUBLIC)
@strawberry.type
class Delivery:
    """When and from where the device comes, ordered today."""

    earliest: date = strawberry.field(description="First day it may arrive.")
    latest: date = strawberry.field(description="Day it is promised by.")
    days: int = strawberry.field(description="Days until `latest`.")
    carrier: str = strawberry.field(description="Who delivers.")
    dispatch_country: str = strawberry.field(description="Where it is sent from.")
    customs_required: bool = strawberry.field(description="Whether it crosses a customs border.")


@ruled(PUBLIC)
@strawberry.type
class Battery:
    """The battery, where the merchant says."""

    new: bool = strawberry.field(description="Whether it was replaced by a new one.")
    health: int | None = strawberry.field(description="Percent of its rated capacity.")


@ruled(PUBLIC)
@strawberry.type
class Offer(Node):
    """One merchant's device of a variant and grade, in one market."""

    grade: Grade = strawberry.field(description="How it looks.")
    market: str = strawberry.field(description="Code of the market.")
    price: Price = strawberry.field(description="All that the customer pays.")
    availability: AvailabilityBand = strawberry.field(description="How much is in stock.")
    visibility: OfferVisibility = strawberry.field(
        description="`FULL` competes for the first place; `LIMITED` can be bought all the same."
    )
    is_sponsored: bool = strawberry.field(description="Always false: places cannot be bought.")
    delivery: Delivery = strawberry.field(description="When it comes.")
    battery: Battery = strawberry.field(description="Its battery.")
    merchant: MerchantCard = strawberry.field(description="Who sells it.")
    row: strawberry.Private["OfferRow"]

    @strawberry.field
    async def variant(self, info: Info) -> Variant:
        """What is sold."""
        return await variant_of(info, self.row.variant_id)

    @strawberry.field
    async def impact(self, info: Info, indicator: InIndicator = Indicator.GWP) -> ImpactResult:
        """What its devices avoid against new ones, and what they do not."""
        variant = await variant_of(info, self.row.variant_id)
        product = await product_of(info, variant.row.product_id)
        return impact_of(
            info,
            product.category,
            product.release_date,
            indicator,
            battery_new=self.row.battery_new,
        )

    @strawberry.field
    def warranty(self) -> Warranty:
        """Statutory and commercial rights."""
        return Warranty(
            legal_guarantee_months=self.row.guarantee_months,
            legal_guarantee_status=self.row.guarantee_status or None,
            commercial_warranty_months=self.row.warranty_months,
        )

    @strawberry.field
    async def reduction(self, info: Info) -> PriceReduction | None:
        """The reduction that its merchant announced, with the lowest price of the days before."""
        found = await reductions.shown(info.context, self.row.offer_id, self.row.market)
        if found is None or self.row.item_minor > found.price_minor:
            return None
        return PriceReduction.of(found)

    @classmethod
    def of(cls, row: "OfferRow", ctx: Context) -> Self:
        today = resolvers.today(ctx, row.time_zone)
        return cls(
            id=global_id("Offer", row.offer_id),
            grade=GRADES[row.grade],
            market=row.market,
            price=_price(row),
            availability=band(row.quantity),
            visibility=_SHOWN[row.visibility],
            is_sponsored=False,
            delivery=Delivery(
                earliest=today + timedelta(days=row.early_days),
                latest=today + timedelta(days=row.days),
                days=row.days,
                carrier=row.carrier,
                dispatch_country=row.dispatch_country,
                customs_required=row.scope == 2,
            ),
            battery=Battery(new=row.battery_new, health=row.battery_health),
            merchant=MerchantCard(
                id=row.merchant_id,
                name=row.merchant_name,
                legal_name=row.merchant_legal_name,
                kind=MerchantKind(row.merchant_kind),
                country=row.merchant_country,
                since=row.merchant_since,
            ),
            row=row,
        )


def _price(row: "OfferRow") -> Price:
    return Price(
        item=Money.of(row.item_minor, row.currency),
        shipping=Money.of(row.shipping_minor, row.currency),
        service_fee=Money.of(row.service_fee_minor, row.currency),
        levies=Money.of(row.levies_minor, row.currency),
        duties=Money.of(row.duties_minor, row.currency),
        total=Money.of(row.landed_minor, row.currency),
    )


@ruled(PUBLIC)
@strawberry.type
class Ranking:
    """How the first place was decided."""

    model_id: str = strawberry.field(description="Version of the parameters, immutable.")
    snapshot_id: str = strawberry.field(description="Hash of the model and of all that competed.")
    row: strawberry.Private["FeaturedRow"]

    @strawberry.field
    def reasons(self) -> list[PublicReason]:
        """At most 3, heaviest first."""
        return list(resolvers.reasons(self.row))


@ruled(PUBLIC)
@strawberry.type
class FeaturedOffer:
    """The offer shown first: the best quality for its price, not the cheapest."""

    offer: Offer = strawberry.field(description="The offer.")
    ranking: Ranking = strawberry.field(description="Why it is first.")

    @classmethod
    def of(cls, row: "FeaturedRow", ctx: Context) -> Self:
        ranking = Ranking(model_id=row.model, snapshot_id=row.snapshot_id, row=row)
        return cls(offer=Offer.of(row.offer, ctx), ranking=ranking)
