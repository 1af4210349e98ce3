"""What a customer bought: a purchase, and the order of each merchant in it."""

from datetime import date, datetime
from typing import TYPE_CHECKING, Self
from uuid import UUID

import strawberry

from domain.catalog import Grade
from domain.merchants import MerchantKind
from domain.orders import LineState, OrderState, PurchaseState
from domain.orders.amounts import Amounts
from domain.orders.checkout import MOST_LINES as MOST_ORDERS
from domain.orders.checkout import MOST_PIECES
from resolvers.orders import purchases as resolvers
from schema.catalog import Variant, variant_of
from schema.common import (
    After,
    Edge,
    First,
    Info,
    Money,
    Node,
    NodeId,
    PageInfo,
    edges,
    global_id,
    page_info,
    row_id,
)
from schema.merchants import MerchantCard
from schema.offers.offer import GRADES
from schema.orders.carts import Address
from schema.orders.payments import Payment, Refund, payment_of, refunds_of_purchase
from schema.rules import CUSTOMER, HOLDER, ruled

if TYPE_CHECKING:
    from models.orders.bought import LineRow, OrderRow, PurchaseRow


@ruled(HOLDER)
@strawberry.type
class Totals:
    """All that is paid, part by part. The parts of the lines add up to those of the whole."""

    items: Money = strawberry.field(description="The devices, tax included where it is shown so.")
    shipping: Money = strawberry.field(description="Delivery.")
    service_fee: Money = strawberry.field(description="Fee of the marketplace.")
    levies: Money = strawberry.field(description="Levies that are not in the item prices.")
    duties: Money = strawberry.field(description="Duties and sales tax on top of the prices.")
    total: Money = strawberry.field(description="The sum. Nothing is added later.")

    @classmethod
    def of(cls, amounts: Amounts, currency: str) -> Self:
        return cls(
            items=Money.of(amounts.item, currency),
            shipping=Money.of(amounts.shipping, currency),
            service_fee=Money.of(amounts.service_fee, currency),
            levies=Money.of(amounts.levies, currency),
            duties=Money.of(amounts.duties, currency),
            total=Money.of(amounts.total, currency),
        )


def _day(text: str | None) -> date | None:
    return date.fromisoformat(text) if text else None


@ruled(CUSTOMER)
@strawberry.type
class PurchasedLine:
    """One device of a purchase."""

    id: strawberry.ID = strawberry.field(description="The `id` of the order line.")
    state: LineState = strawberry.field(description="Where it stands.")
    title: str = strawberry.field(description="Brand and model.")
    grade: Grade = strawberry.field(description="How it looks.")
    totals: Totals = strawberry.field(description="What it costs.")
    carrier: str | None = strawberry.field(description="Who brings it.")
    earliest: date | None = strawberry.field(description="First day it may arrive.")
    latest: date | None = strawberry.field(description="Day it is promised by.")
    legal_guarantee_months: int | None = strawberry.field(
        description="Statutory guarantee from its delivery; `null` where we state no number."
    )
    commercial_warranty_months: int = strawberry.field(
        description="The merchant's own warranty, from its delivery."
    )
    legal_guarantee_until: date | None = strawberry.field(
        description="Last day of the guarantee; `null` before it is delivered."
    )
    commercial_warranty_until: date | None = strawberry.field(
        description="Last day of the warranty; `null` before it is delivered."
    )
    withdraw_until: datetime | None = strawberry.field(
        description="Until when the law lets you withdraw; `null` before it is delivered."
    )
    row: strawberry.Private["LineRow"]

    @strawberry.field
    async def variant(self, info: Info) -> Variant:
        """What it is."""
        return await variant_of(info, self.row.variant_id)

    @classmethod
    def of(cls, row: "LineRow", currency: str) -> Self:
        return cls(
            id=strawberry.ID(str(global_id("OrderLine", row.id))),
            state=row.state,
            title=row.title,
            grade=GRADES[row.grade],
            totals=Totals.of(row.amounts, currency),
            carrier=row.carrier,
            earliest=row.promised_from,
            latest=row.promised_by,
            legal_guarantee_months=row.warranty.get("legalMonths"),
            commercial_warranty_months=row.warranty["commercialMonths"],
            legal_guarantee_until=_day(row.warranty.get("legalUntil")),
            commercial_warranty_until=_day(row.warranty.get("commercialUntil")),
            withdraw_until=row.withdraw_until,
            row=row,
        )


@ruled(CUSTOMER)
@strawberry.type
class PurchasedOrder:
    """What one merchant sold in a purchase: it invoices and ships it."""

    id: strawberry.ID = strawberry.field(description="The `id` of the order.")
    number: str = strawberry.field(description="To be read out, such as `7KQ-M3X-P9BA`.")
    state: OrderState = strawberry.field(description="Where it stands.")
    merchant: MerchantCard = strawberry.field(description="The seller of record.")
    lines: list[PurchasedLine] = strawberry.field(
        description="Its devices. At most 40 in all orders of the purchase together.",
        metadata={"max_items": MOST_PIECES // MOST_ORDERS, "together": MOST_ORDERS},
    )
    totals: Totals = strawberry.field(description="The sum of its lines.")
    total: Money = strawberry.field(description="All in.")

    @classmethod
    def of(cls, row: "OrderRow") -> Self:
        return cls(
            id=strawberry.ID(str(global_id("Order", row.id))),
            number=row.number,
            state=row.state,
            merchant=MerchantCard(
                id=row.merchant_id,
                name=row.merchant_name,
                legal_name=row.merchant_legal_name,
                kind=MerchantKind(row.merchant_kind),
                country=row.merchant_country,
                since=row.merchant_since,
            ),
            lines=[PurchasedLine.of(line, row.currency) for line in row.lines],
            totals=Totals.of(row.amounts, row.currency),
            total=Money.of(row.amounts.total, row.currency),
        )


@ruled(CUSTOMER)
@strawberry.type
class Purchase(Node):
    """What you paid at once, or are about to pay."""

    market: str = strawberry.field(description="Code of the market.")
    state: PurchaseState = strawberry.field(description="Whether it was paid.")
    failed_because: str | None = strawberry.field(
        description="Why it failed: `EXPIRED` where it was not paid in its time."
    )
    total: Money = strawberry.field(description="All in: the sum of its orders.")
    country: str = strawberry.field(description="Where it goes to, ISO 3166-1 alpha-2.")
    address: Address | None = strawberry.field(
        description="Where it is sent; `null` after it was forgotten."
    )
    expires_at: datetime | None = strawberry.field(
        description="Until when its stock is set aside if it is not paid."
    )
    paid_at: datetime | None = strawberry.field(description="When it was paid.")
    created_at: datetime = strawberry.field(description="When it was made.")
    row: strawberry.Private["PurchaseRow"]

    @strawberry.field
    async def orders(self, info: Info) -> list[PurchasedOrder]:
        """One for each merchant. At most 20."""
        ctx = info.context

        async def batch(ids: list[UUID]) -> list[list["OrderRow"]]:
            return await resolvers.orders_of(ctx, ids)

        rows = await ctx.loader(batch, "orders_of").load(self.row.id)
        return [PurchasedOrder.of(row) for row in rows]

    @strawberry.field
    async def payment(self, info: Info) -> Payment | None:
        """What became of its last payment."""
        return await payment_of(info, self.row.id)

    @strawberry.field
    async def refunds(self, info: Info) -> list[Refund]:
        """Money that goes back for it, the newest first. At most 100."""
        return await refunds_of_purchase(info, self.row.id)

    @classmethod
    def of(cls, row: "PurchaseRow") -> Self:
        return cls(
            id=global_id("Purchase", row.id),
            market=row.market,
            state=row.state,
            failed_because=row.failed_because,
            total=Money.of(row.total_minor, row.currency),
            country=row.country,
            address=Address.of(row.address) if row.address else None,
            expires_at=row.expires_at,
            paid_at=row.paid_at,
            created_at=row.created_at,
            row=row,
        )


@ruled(CUSTOMER)
@strawberry.type
class PurchaseConnection:
    """Your purchases."""

    edges: list[Edge[Purchase]] = strawberry.field(description="At most `first`.")
    page_info: PageInfo = strawberry.field(description="Where the page stands.")


@strawberry.type
class PurchasesQuery:
    """Queries of the area; `schema/root.py` inherits them."""

    @strawberry.field(metadata={"rule": CUSTOMER})
    async def purchase(self, info: Info, id: NodeId) -> Purchase | None:
        """One of your purchases."""
        found = row_id(id, "Purchase", "id")
        row = await resolvers.purchase(info.context, found) if found else None
        return Purchase.of(row) if row else None

    @strawberry.field(metadata={"rule": CUSTOMER})
    async def purchases(
        self, info: Info, first: First = 24, after: After = None
    ) -> PurchaseConnection:
        """Your purchases, the newest first."""
        page = await resolvers.purchases(info.context, first, after)
        return PurchaseConnection(edges=edges(page, Purchase.of), page_info=page_info(page, after))
