"""A device of a fleet: what was declared, how it was matched, what it is worth, what to do."""

from datetime import date, datetime
from typing import TYPE_CHECKING, Annotated, Any, Self

import strawberry

from domain.raas.disposition import WORDS
from domain.raas.valuation import HORIZONS, later
from resolvers.catalog import language
from resolvers.raas.fleets import READ as READ_FLEETS
from schema.catalog import Product, Variant, product_of, variant_of
from schema.common import Edge, Info, Locale, Money, Node, PageInfo, global_id
from schema.raas.fleet_enums import (
    AssetState,
    BasisKind,
    Brand,
    Disposition,
    Identity,
    StepReason,
    Storage,
    TradeInGrade,
)
from schema.rules import ORGANISATION, AllOf, Scope, ruled

if TYPE_CHECKING:
    from models.raas.assets import Asset as AssetRow
    from models.raas.imports import Suggestion

READ = AllOf((ORGANISATION, Scope(READ_FLEETS)))


@ruled(READ)
@strawberry.type
class ValuePoint:
    """A value at a time: of a device, or of a fleet as the sum of its lines."""

    months: int = strawberry.field(description="Months from the valuation: 0 is then.")
    min: Money = strawberry.field(description="The least that was paid or offered.")
    median: Money = strawberry.field(description="The middle.")
    max: Money = strawberry.field(description="The most.")


@ruled(READ)
@strawberry.type
class ValueBasis:
    """What a value is known from."""

    kind: BasisKind = strawberry.field(description="Bids, lots or offers.")
    n: int = strawberry.field(description="How many merchants or companies the prices are of.")
    as_of: datetime = strawberry.field(description="When the youngest of the prices was made.")
    monthly_decay_bp: int = strawberry.field(description="By how much it falls each month.")
    condition_assumed: bool = strawberry.field(
        description="Nothing was declared: valued as `FUNCTIONAL_USED`."
    )
    derived: bool = strawberry.field(
        description="A broken device, valued as a share of a working one."
    )
    capped: bool = strawberry.field(description="Held down to what a better grade is worth.")


@ruled(READ)
@strawberry.type
class AssetValue:
    """What a device is worth, now and as it falls."""

    points: list[ValuePoint] = strawberry.field(
        description="Now, in three and in six months. At most 3."
    )
    basis: ValueBasis = strawberry.field(description="What it is known from.")


@ruled(READ)
@strawberry.type
class NotEnoughPrices:
    """Too few prices to say a value: never a guess."""

    code: str = strawberry.field(description="`NOT_ENOUGH_DATA`.")
    n: int = strawberry.field(description="Prices there are.")
    min: int = strawberry.field(description="Prices that it takes.")


AssetValuation = Annotated[
    AssetValue | NotEnoughPrices,
    strawberry.union("AssetValuation", description="A value, or how many prices are lacking."),
]


@ruled(READ)
@strawberry.type
class AssetSuggestion:
    """A product that a device may be."""

    title: str = strawberry.field(description="Maker and model.")
    confidence_bp: int = strawberry.field(description="How surely, of 10,000.")
    product_id: strawberry.relay.GlobalID = strawberry.field(description="Id of the `Product`.")

    @classmethod
    def of(cls, row: "Suggestion") -> Self:
        return cls(
            title=row.title,
            confidence_bp=row.confidence,
            product_id=global_id("Product", row.product_id),
        )


@ruled(READ)
@strawberry.type
class AssetMatch:
    """How a device was matched to the catalogue, and why so surely."""

    confidence_bp: int = strawberry.field(description="How surely, of 10,000.")
    by: str = strawberry.field(description="`WORDS`, `PART_NUMBER`, or `HAND`.")
    brand: Brand | None = strawberry.field(description="How the maker was understood.")
    storage: Storage | None = strawberry.field(description="How the storage was understood.")
    identity: Identity | None = strawberry.field(description="What the IMEI says of the model.")
    words: list[str] = strawberry.field(description="Words that both have. At most 40.")
    missing: list[str] = strawberry.field(description="Words that were not said. At most 40.")
    beyond: list[str] = strawberry.field(description="Words that fit nothing. At most 40.")

    @classmethod
    def of(cls, why: dict[str, Any], confidence: int) -> Self:
        return cls(
            confidence_bp=confidence,
            by=why.get("by", "WORDS"),
            brand=Brand(why["brand"]) if "brand" in why else None,
            storage=Storage(why["storage"]) if "storage" in why else None,
            identity=Identity(why["identity"]) if "identity" in why else None,
            words=why.get("words", [])[:40],
            missing=why.get("missing", [])[:40],
            beyond=why.get("beyond", [])[:40],
        )


@ruled(READ)
@strawberry.type
class DispositionStep:
    """A step of the order repair, resell, donate, parts, recycle, destroy."""

    disposition: Disposition = strawberry.field(description="The step.")
    reason: StepReason = strawberry.field(description="Why it is passed over, or taken.")
    gain: Money | None = strawberry.field(description="What it would bring, where that decides.")
    cost: Money | None = strawberry.field(description="What it would cost, where that decides.")

    @strawberry.field
    def message(self, locale: Locale = "en") -> str:
        """`reason` for a person."""
        return WORDS[language(locale)][self.reason]

    @classmethod
    def of(cls, said: dict[str, Any], currency: str) -> Self:
        return cls(
            disposition=Disposition(said["disposition"]),
            reason=StepReason(said["reason"]),
            gain=Money.maybe(said["gain"], currency),
            cost=Money.maybe(said["cost"], currency),
        )


@ruled(READ)
@strawberry.type
class Asset(Node):
    """One device as its organisation declared it."""

    fleet_id: strawberry.relay.GlobalID = strawberry.field(description="Its `Fleet`.")
    line: int | None = strawberry.field(description="The line that declared it.")
    asset_tag: str | None = strawberry.field(description="Your tag.")
    imei: str | None = strawberry.field(description="Its IMEI.")
    serial: str | None = strawberry.field(description="Its serial number.")
    manufacturer: str | None = strawberry.field(description="Its maker, in your words.")
    model: str | None = strawberry.field(description="Its model, in your words.")
    storage: str | None = strawberry.field(description="Its storage, in your words.")
    condition: str | None = strawberry.field(description="Its condition, in your words.")
    grade: TradeInGrade | None = strawberry.field(description="What the condition means.")
    purchase_date: date | None = strawberry.field(description="When it was bought.")
    site_id: strawberry.relay.GlobalID | None = strawberry.field(description="Its `Site`.")
    category: str | None = strawberry.field(description="Code of its category.")
    state: AssetState = strawberry.field(description="Where it stands.")
    match: AssetMatch | None = strawberry.field(description="How it was matched.")
    suggestions: list[AssetSuggestion] = strawberry.field(
        description="Products that it may be, where that is not sure. At most 3."
    )
    disposition: Disposition | None = strawberry.field(
        description="What best becomes of it; `null` until it is matched and valued."
    )
    disposition_steps: list[DispositionStep] = strawberry.field(
        description="Each step up to that one, and why it is taken or not. At most 6."
    )
    version: int = strawberry.field(description="Grows with each change.")
    row: strawberry.Private["AssetRow"]
    currency: strawberry.Private[str]

    @strawberry.field
    def valuation(self) -> AssetValuation | None:
        """What it is worth; `null` until its fleet is valued, or after a change."""
        basis, currency = self.row.value_basis, self.currency
        if basis is None:
            return None
        least, median, most = (
            *(self.row.value_min_minor, self.row.value_median_minor, self.row.value_max_minor),
        )
        if least is None or median is None or most is None:
            return NotEnoughPrices(code="NOT_ENOUGH_DATA", n=basis["n"], min=basis["min"])
        decay = basis["decay"]
        points = [
            ValuePoint(
                months=months,
                min=Money.of(later(least, decay, months), currency),
                median=Money.of(later(median, decay, months), currency),
                max=Money.of(later(most, decay, months), currency),
            )
            for months in HORIZONS
        ]
        known = ValueBasis(
            kind=BasisKind(basis["kind"]),
            n=basis["n"],
            as_of=datetime.fromisoformat(basis["as_of"]),
            monthly_decay_bp=decay,
            condition_assumed=basis["assumed"],
            derived=basis["derived"],
            capped=basis["capped"],
        )
        return AssetValue(points=points, basis=known)

    @strawberry.field
    async def variant(self, info: Info) -> Variant | None:
        """The variant that it was matched to."""
        return await variant_of(info, self.row.variant_id) if self.row.variant_id else None

    @strawberry.field
    async def product(self, info: Info) -> Product | None:
        """Its product."""
        return await product_of(info, self.row.product_id) if self.row.product_id else None

    @classmethod
    def of(cls, row: "AssetRow", currency: str) -> Self:
        why = row.matching
        matched = row.variant_id is not None and row.confidence_bp is not None
        return cls(
            id=global_id("Asset", row.id),
            fleet_id=global_id("Fleet", row.fleet_id),
            line=row.line,
            asset_tag=row.tag,
            imei=row.imei,
            serial=row.serial,
            manufacturer=row.manufacturer,
            model=row.model,
            storage=row.storage,
            condition=row.condition,
            grade=row.grade,
            purchase_date=row.purchased_on,
            site_id=global_id("Site", row.site_id) if row.site_id else None,
            category=row.category,
            state=row.state,
            match=AssetMatch.of(why, row.confidence_bp or 0) if matched else None,
            suggestions=[_suggestion(each) for each in why.get("suggestions", [])],
            disposition=row.disposition,
            disposition_steps=[
                DispositionStep.of(each, currency) for each in row.disposition_reasons
            ],
            version=row.version,
            row=row,
            currency=currency,
        )


def _suggestion(said: dict[str, Any]) -> AssetSuggestion:
    return AssetSuggestion(
        title=said["title"],
        confidence_bp=said["confidence"],
        product_id=global_id("Product", said["product"]),
    )


@ruled(READ)
@strawberry.type
class AssetConnection:
    """Devices, page by page, in the order in which they were declared."""

    edges: list[Edge[Asset]] = strawberry.field(description="The devices of the page.")
    page_info: PageInfo = strawberry.field(description="Where the page stands.")
