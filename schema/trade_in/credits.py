"""What a trade-in brings, spent on a purchase."""

from typing import Annotated, cast

import strawberry

from domain.orders.payments import ActionRequired, Declined
from resolvers.context import BadInput, stored_text
from resolvers.trade_in import crediting
from resolvers.trade_in.refusals import Refusal
from schema.common import ONCE, Info, idempotency_key, row_id
from schema.orders.checkout import MOST_METHOD, PaymentInput
from schema.rules import CUSTOMER, ruled
from schema.trade_in.order_problems import TradeInBecause, TradeInRefused, problem
from schema.trade_in.orders import TradeIn


@strawberry.input
class ApplyTradeInCreditInput:
    """Which cart spends what."""

    cart_id: strawberry.ID = strawberry.field(description="A cart of yours.")
    idempotency_key: str = strawberry.field(description=ONCE)
    trade_in_id: strawberry.ID | None = strawberry.field(
        default=None, description="The `TradeIn` with payout `EXCHANGE_CREDIT`; nothing: none."
    )


@strawberry.input
class PayTradeInDifferenceInput:
    """What is due, and how it is paid."""

    trade_in_id: strawberry.ID = strawberry.field(description="Id of the `TradeIn`.")
    payment: PaymentInput = strawberry.field(description="How it is paid.")
    idempotency_key: str = strawberry.field(description=ONCE)


@ruled(CUSTOMER)
@strawberry.type
class TradeInCreditApplied:
    """What the cart spends; `checkoutPreview` tells how much."""

    trade_in: TradeIn | None = strawberry.field(description="`null`: it spends no credit now.")


@ruled(CUSTOMER)
@strawberry.type
class TradeInDifferencePaid:
    """What became of the payment."""

    trade_in: TradeIn = strawberry.field(description="`credit { due }` is what is left.")
    declined: str | None = strawberry.field(description="Why no money was taken, a code.")
    action_url: str | None = strawberry.field(description="Where the customer confirms.")


ApplyTradeInCreditResult = Annotated[
    TradeInCreditApplied | TradeInRefused | TradeInBecause,
    strawberry.union("ApplyTradeInCreditResult", description="The credit, or a refusal."),
]
PayTradeInDifferenceResult = Annotated[
    TradeInDifferencePaid | TradeInRefused,
    strawberry.union("PayTradeInDifferenceResult", description="The payment, or a refusal."),
]


@strawberry.type
class TradeInCreditsMutation:
    """Mutations of credits; `schema/root.py` inherits them."""

    @strawberry.mutation(metadata={"rule": CUSTOMER})
    async def apply_trade_in_credit(
        self,
        info: Info,
        input: Annotated[ApplyTradeInCreditInput, strawberry.argument(description="Which.")],
    ) -> ApplyTradeInCreditResult:
        """Have a cart of yours spend what a trade-in brings, or is expected to. For customers."""
        key = idempotency_key(input.idempotency_key)
        cart, of = (
            row_id(input.cart_id, "Cart", "cartId"),
            row_id(input.trade_in_id, "TradeIn", "tradeInId"),
        )
        if cart is None:
            raise LookupError("a non-null id was null")
        found = await crediting.apply(info.context, cart, of, key)
        if isinstance(found, Refusal):
            return cast("TradeInCreditApplied", problem(info, found))
        return TradeInCreditApplied(trade_in=TradeIn.of(found, info) if found else None)

    @strawberry.mutation(metadata={"rule": CUSTOMER})
    async def pay_trade_in_difference(
        self,
        info: Info,
        input: Annotated[PayTradeInDifferenceInput, strawberry.argument(description="Which.")],
    ) -> PayTradeInDifferenceResult:
        """Pay what is due of a credit that was spent before it came to less. For customers."""
        key, of = (
            idempotency_key(input.idempotency_key),
            row_id(input.trade_in_id, "TradeIn", "tradeInId"),
        )
        method = stored_text(input.payment.method, "payment.method")
        if of is None or not 0 < len(method) <= MOST_METHOD:
            raise BadInput("`payment.method` is 1 to 255 characters.", argument="payment.method")
        found = await crediting.pay_difference(info.context, of, method, key)
        if isinstance(found, Refusal):
            return cast("TradeInDifferencePaid", problem(info, found))
        paid = found.paid
        return TradeInDifferencePaid(
            trade_in=TradeIn.of(found.row, info),
            declined=paid.code if isinstance(paid, Declined) else None,
            action_url=paid.url if isinstance(paid, ActionRequired) else None,
        )
