"""Orders as their customer, their merchant and the staff of their market read them."""

from collections.abc import AsyncGenerator
from contextlib import aclosing
from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Self

import strawberry

from domain.impact import Indicator
from domain.merchants import MerchantKind
from domain.orders import OrderState
from resolvers.orders import impact
from resolvers.orders import reading as resolvers
from resolvers.orders.parts import order_parts
from resolvers.orders.reading import OrderSort
from schema.common import (
    After,
    Edge,
    First,
    Info,
    Money,
    Node,
    PageInfo,
    edges,
    global_id,
    page_info,
    row_id,
)
from schema.impact import InIndicator
from schema.impact.sums import ImpactSum, InSet
from schema.merchants import MerchantCard
from schema.orders.line import OrderLine
from schema.orders.line_rules import READ
from schema.orders.parts import PriceParts
from schema.orders.tax import OrderInvoiceResult, invoice_of
from schema.rules import ruled

if TYPE_CHECKING:
    from models.orders.read import OrderRow

strawberry.enum(OrderSort, description="`NEXT_DEADLINE` leaves out orders without a deadline.")

OrderId = Annotated[strawberry.ID, strawberry.argument(description="Id of the `Order`.")]


@ruled(READ)
@strawberry.type
class PostalAddress:
    """Where a parcel goes."""

    name: str | None = strawberry.field(description="Who receives it.")
    street: list[str] = strawberry.field(description="Lines of the street address. At most 4.")
    city: str | None = strawberry.field(description="Town.")
    postal_code: str = strawberry.field(description="Postal code.")
    country: str = strawberry.field(description="ISO 3166-1 alpha-2.")
    phone: str | None = strawberry.field(description="For the carrier.")
    email: str | None = strawberry.field(description="For the carrier.")

    @classmethod
    def of(cls, row: "OrderRow") -> Self | None:
        if row.address is None:
            return None
        named = {name: row.address.get(name) for name in ("name", "city", "phone", "email")}
        street = [str(each) for each in row.address.get("street") or ()][:4]
        return cls(**named, street=street, postal_code=row.postal_code, country=row.country)


@ruled(READ)
@strawberry.type
class Order(Node):
    """What one merchant sells in a purchase: it invoices and ships it."""

    number: str = strawberry.field(description="For people, on every paper.")
    state: OrderState = strawberry.field(description="It follows from the lines.")
    market: str = strawberry.field(description="Code of the market.")
    merchant: MerchantCard = strawberry.field(description="Who sells it.")
    items: Money = strawberry.field(description="Price of the devices.")
    shipping: Money = strawberry.field(description="Shipping.")
    service_fee: Money = strawberry.field(description="Service fee.")
    levies: Money = strawberry.field(description="Levies that are not in the prices.")
    duties: Money = strawberry.field(description="Duties and sales tax on top of the prices.")
    total: Money = strawberry.field(description="All of it.")
    next_deadline: datetime | None = strawberry.field(
        description="Until when the merchant is to accept or ship what waits longest."
    )
    address: PostalAddress | None = strawberry.field(
        description="Where it goes; `null` once it was erased."
    )
    paid_at: datetime | None = strawberry.field(description="When it was paid.")
    created_at: datetime = strawberry.field(description="When it was ordered.")
    version: int = strawberry.field(description="Grows with every change of a line.")
    row: strawberry.Private["OrderRow"]

    @strawberry.field
    async def lines(self, info: Info) -> list[OrderLine]:
        """Its devices, by their place. At most 100."""
        rows = await resolvers.lines(info.context, self.row.id)
        return [OrderLine.of(row) for row in rows[:100]]

    @strawberry.field
    async def price_parts(self, info: Info) -> PriceParts | None:
        """What it cost, by what that was for: the sum of its lines as they were bought."""
        rows = await resolvers.lines(info.context, self.row.id)
        found = await order_parts(info.context, rows)
        return PriceParts.of(found) if found else None

    @strawberry.field
    async def impact(
        self, info: Info, indicator: InIndicator = Indicator.GWP, factor_set: InSet = None
    ) -> ImpactSum:
        """What its devices avoid; what does not come, or came back, is left out."""
        given = (self.row.id, indicator, factor_set)
        return ImpactSum.of(await impact.of_order(info.context, *given))

    @strawberry.field
    async def invoice(self, info: Info) -> OrderInvoiceResult:
        """What its invoice says, from the day on which the last device was shipped."""
        return await invoice_of(info, self.row.id)

    @classmethod
    def of(cls, row: "OrderRow") -> Self:
        return cls(
            id=global_id("Order", row.id),
            number=row.number,
            state=row.state,
            market=row.market,
            merchant=MerchantCard(
                id=row.merchant_id,
                name=row.merchant_name,
                legal_name=row.merchant_legal_name,
                kind=MerchantKind(row.merchant_kind),
                country=row.merchant_country,
                since=row.merchant_since,
            ),
            items=Money.of(row.items_minor, row.currency),
            shipping=Money.of(row.shipping_minor, row.currency),
            service_fee=Money.of(row.service_fee_minor, row.currency),
            levies=Money.of(row.levies_minor, row.currency),
            duties=Money.of(row.duties_minor, row.currency),
            total=Money.of(row.total_minor, row.currency),
            next_deadline=row.next_deadline,
            address=PostalAddress.of(row),
            paid_at=row.paid_at,
            created_at=row.created_at,
            version=row.version,
            row=row,
        )


@ruled(READ)
@strawberry.type
class OrderConnection:
    """A page of orders."""

    edges: list[Edge[Order]] = strawberry.field(description="The orders. At most 100.")
    page_info: PageInfo = strawberry.field(description="Where the page stands.")


@strawberry.type
class OrdersQuery:
    """Queries of the area; `schema/root.py` inherits them."""

    @strawberry.field(metadata={"rule": READ})
    async def order(self, info: Info, id: OrderId) -> Order | None:
        """An order of yours; `null` for one that is not, and for one that is not there.

        For its customer, its merchant with `orders:read` once it is paid, and staff of its market.
        """
        found = row_id(id, "Order", "id")
        row = await resolvers.order(info.context, found) if found else None
        return Order.of(row) if row else None

    @strawberry.field(metadata={"rule": READ})
    async def order_line(
        self,
        info: Info,
        id: Annotated[strawberry.ID, strawberry.argument(description="Id of the `OrderLine`.")],
    ) -> OrderLine | None:
        """A line of an order of yours; `null` for any other."""
        found = row_id(id, "OrderLine", "id")
        row = await resolvers.order_line(info.context, found) if found else None
        return OrderLine.of(row) if row else None

    @strawberry.field(metadata={"rule": READ})
    async def orders(
        self,
        info: Info,
        state: Annotated[
            list[OrderState] | None, strawberry.argument(description="Only in these states.")
        ] = None,
        sort: Annotated[
            OrderSort, strawberry.argument(description="In which order.")
        ] = OrderSort.NEWEST,
        first: First = 24,
        after: After = None,
    ) -> OrderConnection:
        """Your orders. A merchant's work is `sort: NEXT_DEADLINE`: what is due first comes first.

        For customers, for merchants with `orders:read`, and for staff in their markets.
        """
        page = await resolvers.orders(info.context, state, sort, first, after)
        return OrderConnection(edges=edges(page, Order.of), page_info=page_info(page, after))


@strawberry.type
class OrdersSubscription:
    """Subscriptions of the area; `schema/root.py` inherits them."""

    @strawberry.subscription(metadata={"rule": READ})
    async def order_changed(
        self,
        info: Info,
        order_id: OrderId,
    ) -> AsyncGenerator[Order]:
        """An order of yours, now and whenever a line moves or a parcel of it has news."""
        found = row_id(order_id, "Order", "orderId")
        if found is None:
            raise LookupError("a non-null id was null")
        return _shaped(await resolvers.followed(info.context, found))


async def _shaped(rows: AsyncGenerator["OrderRow"]) -> AsyncGenerator[Order]:
    async with aclosing(rows):
        async for row in rows:
            yield Order.of(row)
