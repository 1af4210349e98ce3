"""One device of an order, its unit, and what happened to both."""

from datetime import date, datetime
from typing import TYPE_CHECKING, Self

import strawberry

from domain.catalog import Grade
from domain.impact import Indicator
from domain.orders import LINE_MOVES, Actor, LineState
from resolvers.orders import impact, invoices, parts, reading
from resolvers.units import reading as devices
from schema.catalog import Variant, variant_of
from schema.common import Info, Money, Node, global_id
from schema.impact import ImpactResult, ImpactValue, InIndicator
from schema.impact.sums import InSet
from schema.orders.line_rules import MERCHANT, READ
from schema.orders.parts import PriceParts
from schema.orders.tax import SCHEME, LineTax, MarginTax, TaxCredit
from schema.rules import ruled
from schema.units.unit import Unit, UnitAcquisition, UnitWarranty

if TYPE_CHECKING:
    from models.impact.register import Standing
    from models.orders.read import LineRow, MoveRow

GRADES = {grade.rank: grade for grade in Grade}

strawberry.enum(Actor, name="OrderActor", description="Who moves an order line.")


@ruled(READ)
@strawberry.type
class OrderWarranty(UnitWarranty):
    """Statutory and commercial rights, and when they end."""


@ruled(READ)
@strawberry.type
class OrderLineMove:
    """One move of a line."""

    from_: LineState | None = strawberry.field(name="from", description="As it was.")
    to: LineState = strawberry.field(description="As it became.")
    actor: Actor = strawberry.field(description="Who moved it.")
    reason: str | None = strawberry.field(description="A code.")
    note: str | None = strawberry.field(description="In the words of the one who moved it.")
    at: datetime = strawberry.field(description="When.")

    @classmethod
    def of(cls, row: "MoveRow") -> Self:
        return cls(
            from_=row.from_state,
            to=row.to_state,
            actor=row.actor,
            reason=row.reason,
            note=row.note,
            at=row.at,
        )


@ruled(READ)
@strawberry.type
class OrderLineImpactEntry:
    """What a line counts in the register of impact."""

    units: int = strawberry.field(description="1, or 0 where it came back or never counted.")
    month: date = strawberry.field(description="First day of the month of its last entry.")
    gross: ImpactValue | None = strawberry.field(description="Before rebound.")
    net: ImpactValue | None = strawberry.field(
        description="After rebound, as it stands in every total; `null` without a number."
    )
    reason: str | None = strawberry.field(
        description="`NO_IDENTITY`: nobody said which device. `ALREADY_COUNTED`: the device "
        "counts by another sale, and was not seen to come back."
    )

    @classmethod
    def of(cls, found: "Standing") -> Self:
        return cls(
            units=found.units,
            month=found.month,
            gross=ImpactValue.maybe(found.gross),
            net=ImpactValue.maybe(found.net),
            reason=found.reason,
        )


@ruled(READ)
@strawberry.type
class OrderLine(Node):
    """One device of an order."""

    order_id: strawberry.ID = strawberry.field(description="Id of its `Order`.")
    position: int = strawberry.field(description="Its place in the order, from 1.")
    state: LineState = strawberry.field(description="Where it stands.")
    title: str = strawberry.field(description="What was bought, as it was shown.")
    category: str = strawberry.field(description="Code of the category.")
    grade: Grade = strawberry.field(description="How it looks.")
    item: Money = strawberry.field(description="Price of the device.")
    shipping: Money = strawberry.field(description="Its share of the shipping.")
    service_fee: Money = strawberry.field(description="Its share of the service fee.")
    levies: Money = strawberry.field(description="Levies that are not in the price.")
    duties: Money = strawberry.field(description="Duties and sales tax on top of the price.")
    total: Money = strawberry.field(description="All of it.")
    refunded: Money = strawberry.field(description="What was promised back so far.")
    vat_scheme: str = strawberry.field(description=SCHEME)
    warranty: OrderWarranty = strawberry.field(description="Rights, with their last days.")
    dispatch_country: str = strawberry.field(description="Where it is sent from.")
    carrier: str | None = strawberry.field(description="By which carrier it was offered.")
    promised_from: date | None = strawberry.field(description="First promised day of delivery.")
    promised_by: date | None = strawberry.field(description="Last promised day of delivery.")
    paid_at: datetime | None = strawberry.field(description="When it was paid.")
    accept_by: datetime | None = strawberry.field(description="Until when it is to be accepted.")
    accepted_at: datetime | None = strawberry.field(description="When it was accepted.")
    dispatch_by: datetime | None = strawberry.field(description="Until when it is to be shipped.")
    shipped_at: datetime | None = strawberry.field(description="When the merchant shipped it.")
    first_scan_at: datetime | None = strawberry.field(
        description="When the carrier had it: a printed label proves nothing."
    )
    delivered_at: datetime | None = strawberry.field(description="When it reached the customer.")
    return_until: datetime | None = strawberry.field(description="Until when it may be returned.")
    withdraw_until: datetime | None = strawberry.field(
        description="Until when the law lets a consumer withdraw; `null` where no rule is known."
    )
    ended_at: datetime | None = strawberry.field(description="When it reached a final state.")
    cancel_requested_at: datetime | None = strawberry.field(
        description="When the customer asked for a cancellation that waits for the merchant."
    )
    reason: str | None = strawberry.field(
        description="Code of why it moved last, if one was given."
    )
    version: int = strawberry.field(description="Grows with every change.")
    row: strawberry.Private["LineRow"]

    @strawberry.field(metadata={"rule": MERCHANT})
    def sku(self) -> str:
        """Your key of the offer."""
        return self.row.sku

    @strawberry.field(metadata={"rule": MERCHANT})
    def counts_against_merchant(self) -> bool:
        """Whether its end counts in your quality."""
        return self.row.counts

    @strawberry.field
    def next_states(self) -> list[LineState]:
        """States that may follow. At most 5."""
        return sorted(LINE_MOVES.get(self.row.state, ()))

    @strawberry.field
    async def variant(self, info: Info) -> Variant:
        """What was bought, as the catalogue has it now."""
        return await variant_of(info, self.row.variant_id)

    @strawberry.field
    async def unit(self, info: Info) -> Unit | None:
        """The device; `null` before the merchant attached one."""
        if self.row.unit_id is None:
            return None
        found = await devices.unit(info.context, self.row.unit_id)
        return None if found is None else Unit.of(found)

    @strawberry.field
    async def impact(self, info: Info, indicator: InIndicator = Indicator.GWP) -> ImpactResult:
        """What its device avoids against a new one; once a device is attached, by its passport."""
        return ImpactResult.of(await impact.of_line(info.context, self.row, indicator))

    @strawberry.field
    async def impact_entry(
        self, info: Info, indicator: InIndicator = Indicator.GWP, factor_set: InSet = None
    ) -> OrderLineImpactEntry | None:
        """What it counts in the totals by now; `null` while it may be given back."""
        found = await impact.standing(info.context, self.row, indicator, factor_set)
        return OrderLineImpactEntry.of(found) if found else None

    @strawberry.field
    async def history(self, info: Info) -> list[OrderLineMove]:
        """Every move, oldest first. At most 20."""
        rows = await reading.moves(info.context, self.row.id)
        return [OrderLineMove.of(row) for row in rows[:20]]

    @strawberry.field
    async def tax(self, info: Info) -> LineTax | None:
        """How it is taxed, as it was decided when it was bought."""
        found = await invoices.line_tax(info.context, self.row.id)
        return LineTax.of(found.tax.shown(), found.tax.name) if found else None

    @strawberry.field
    async def price_parts(self, info: Info) -> PriceParts | None:
        """What its price was made of when it was bought; `null` where no tax was decided on it."""
        found = await parts.line_parts(info.context, self.row)
        return PriceParts.of(found.parts) if found else None

    @strawberry.field
    async def tax_credit(self, info: Info) -> TaxCredit | None:
        """What of it went back, and the tax in that; `null` where nothing did."""
        found = await invoices.line_tax(info.context, self.row.id)
        return TaxCredit.of(found) if found else None

    @strawberry.field(metadata={"rule": MERCHANT})
    async def margin_tax(self, info: Info) -> MarginTax | None:
        """Your own tax on a line under the margin scheme."""
        found = await invoices.margin_tax(info.context, self.row.id)
        return MarginTax.of(found) if found else None

    @strawberry.field(metadata={"rule": MERCHANT})
    async def acquisition(self, info: Info) -> UnitAcquisition | None:
        """What you paid for the device, where you said so."""
        found = await reading.acquisition(info.context, self.row.id)
        if found is None:
            return None
        return UnitAcquisition(
            price=Money.of(found.price_minor, found.currency),
            document=found.document,
            supplier=found.supplier,
            bought_on=found.bought_on,
        )

    @classmethod
    def of(cls, row: "LineRow") -> Self:
        return cls(
            id=global_id("OrderLine", row.id),
            order_id=strawberry.ID(str(global_id("Order", row.order_id))),
            grade=GRADES[row.grade],
            item=Money.of(row.item_minor, row.currency),
            shipping=Money.of(row.shipping_minor, row.currency),
            service_fee=Money.of(row.service_fee_minor, row.currency),
            levies=Money.of(row.levies_minor, row.currency),
            duties=Money.of(row.duties_minor, row.currency),
            total=Money.of(row.total_minor, row.currency),
            refunded=Money.of(row.refunded_minor, row.currency),
            warranty=OrderWarranty.of(row.warranty),
            cancel_requested_at=row.cancel_asked_at,
            row=row,
            **{name: getattr(row, name) for name in _SAME},
        )


_SAME = [
    "position",
    "state",
    "title",
    "category",
    "vat_scheme",
    "dispatch_country",
    "carrier",
    "promised_from",
    "promised_by",
    "paid_at",
    "accept_by",
    "accepted_at",
    "dispatch_by",
    "shipped_at",
    "first_scan_at",
    "delivered_at",
    "return_until",
    "withdraw_until",
    "ended_at",
    "reason",
    "version",
]
