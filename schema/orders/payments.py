"""What became of the money of a purchase, and the refunds of a line."""

from datetime import datetime
from typing import TYPE_CHECKING, Self
from uuid import UUID

import strawberry

from domain.orders.payments import PaymentState, RefundReason, RefundState
from domain.orders.wording_money import declined
from resolvers.catalog import language
from resolvers.orders import payments as resolvers
from resolvers.orders import refunds
from schema.common import Info, Locale, Money, global_id
from schema.rules import CUSTOMER, OWN, ruled

if TYPE_CHECKING:
    from models.orders.payments import PaymentView
    from models.orders.refunds import RefundView

strawberry.enum(PaymentState, description="Where a payment stands.")
strawberry.enum(RefundState, description="Where a refund stands.")
strawberry.enum(RefundReason, description="Why money goes back.")


@ruled(CUSTOMER)
@strawberry.type
class Payment:
    """A try to take the money of a purchase: its last one."""

    state: PaymentState = strawberry.field(description="Where it stands.")
    amount: Money = strawberry.field(description="What it is about.")
    refunded: Money = strawberry.field(description="What of it goes back, or went.")
    action_url: str | None = strawberry.field(
        description="Where the customer confirms with the bank, while it waits for that."
    )
    decline_code: str | None = strawberry.field(
        description="Why it was not taken, as a stable word: `INSUFFICIENT_FUNDS` …"
    )
    retryable: bool = strawberry.field(
        description="Whether the same means of payment may succeed at another try."
    )
    created_at: datetime = strawberry.field(description="When it was begun.")
    captured_at: datetime | None = strawberry.field(description="When the money was taken.")

    @strawberry.field
    def explanation(self, locale: Locale = "en") -> str | None:
        """Why it was not taken, for a person, in a language: `en` or `fr`."""
        return declined(self.decline_code, language(locale))

    @classmethod
    def of(cls, row: "PaymentView") -> Self:
        return cls(
            state=row.state,
            amount=Money.of(row.amount_minor, row.currency),
            refunded=Money.of(row.refunded_minor, row.currency),
            action_url=row.action_url,
            decline_code=row.code,
            retryable=row.retryable,
            created_at=row.created_at,
            captured_at=row.captured_at,
        )


@ruled(OWN)
@strawberry.type
class Refund:
    """Money that goes back to the customer."""

    id: strawberry.relay.GlobalID = strawberry.field(description="Opaque id.")
    amount: Money = strawberry.field(description="How much.")
    reason: RefundReason = strawberry.field(description="Why.")
    state: RefundState = strawberry.field(
        description="Where it stands; banks take days after `SUCCEEDED`."
    )
    order_line_id: strawberry.ID | None = strawberry.field(
        description="The line; `null` where all of a payment goes back, as its purchase had ended."
    )
    created_at: datetime = strawberry.field(description="When it was promised.")
    ended_at: datetime | None = strawberry.field(description="When it was sent, or failed.")

    @classmethod
    def of(cls, row: "RefundView") -> Self:
        return cls(
            id=global_id("Refund", row.id),
            amount=Money.of(row.amount_minor, row.currency),
            reason=row.reason,
            state=row.state,
            order_line_id=line_of(row.line_id),
            created_at=row.created_at,
            ended_at=row.ended_at,
        )


def line_of(line_id: UUID | None) -> strawberry.ID | None:
    """The id of an order line as clients know it."""
    return None if line_id is None else strawberry.ID(str(global_id("OrderLine", line_id)))


async def payment_of(info: Info, purchase_id: UUID) -> Payment | None:
    """The last payment of a purchase of the caller's; many purchases take one statement."""
    ctx = info.context

    async def batch(ids: list[UUID]) -> list["PaymentView | None"]:
        return await resolvers.of_purchases(ctx, ids)

    row = await ctx.loader(batch, "payment_of").load(purchase_id)
    return Payment.of(row) if row else None


async def refunds_of(info: Info, line_id: UUID) -> list[Refund]:
    """The refunds of a line that the caller may see; many lines take one statement."""
    ctx = info.context

    async def batch(ids: list[UUID]) -> list[list["RefundView"]]:
        return await refunds.of_lines(ctx, ids)

    return [Refund.of(row) for row in await ctx.loader(batch, "refunds_of").load(line_id)]


async def refunds_of_purchase(info: Info, purchase_id: UUID) -> list[Refund]:
    """The refunds of a purchase of the caller's; many purchases take one statement."""
    ctx = info.context

    async def batch(ids: list[UUID]) -> list[list["RefundView"]]:
        return await refunds.of_purchases(ctx, ids)

    rows = await ctx.loader(batch, "refunds_of_purchase").load(purchase_id)
    return [Refund.of(row) for row in rows]
