"""What a cart comes to, and buying it."""

from datetime import date
from typing import TYPE_CHECKING, Annotated, Self

import strawberry

from domain.merchants import MerchantKind
from domain.orders.checkout import MOST_LINES, Refusal, months_after
from domain.orders.credits import CreditState
from domain.orders.payments import ActionRequired, Declined
from resolvers.context import BadInput, stored_text
from resolvers.orders import checkout as resolvers
from resolvers.orders import purchases as bought
from schema.common import ONCE, Info, Money, global_id, idempotency_key, row_id
from schema.merchants import MerchantCard
from schema.offers.offer import Offer
from schema.orders.carts import Cart, CartId, Token, named
from schema.orders.problems import (
    CheckoutProblem,
    PaymentDeclined,
    PurchaseNotPending,
    declined,
    not_pending,
    problem_of,
)
from schema.orders.purchases import Purchase, Totals
from schema.orders.tax import SCHEME, LineTax
from schema.rules import CUSTOMER, HOLDER, ruled

if TYPE_CHECKING:
    from models.offers.read import OfferRow
    from models.orders.checkout import Piece
    from resolvers.context import Context
    from resolvers.orders.checkout import Plan, PlannedLine, PlannedOrder

MOST_METHOD = 255


@ruled(HOLDER)
@strawberry.type
class DatedWarranty:
    """Two rights beside each other, and until when, if it comes on the last day promised.

    They are counted from the day of delivery: an earlier delivery begins, and ends, them earlier.
    """

    legal_guarantee_months: int | None = strawberry.field(
        description="Statutory guarantee; `null` where we cannot state a number."
    )
    legal_guarantee_until: date | None = strawberry.field(description="Its last day.")
    legal_guarantee_status: str | None = strawberry.field(
        description="`VERIFIED` or `UNVERIFIED` against the law in force."
    )
    commercial_warranty_months: int = strawberry.field(description="The merchant's own warranty.")
    commercial_warranty_until: date = strawberry.field(description="Its last day.")

    @classmethod
    def of(cls, offer: "OfferRow", delivered: date) -> Self:
        legal = offer.guarantee_months
        return cls(
            legal_guarantee_months=legal,
            legal_guarantee_until=None if legal is None else months_after(delivered, legal),
            legal_guarantee_status=offer.guarantee_status or None,
            commercial_warranty_months=offer.warranty_months,
            commercial_warranty_until=months_after(delivered, offer.warranty_months),
        )


@ruled(HOLDER)
@strawberry.type
class PlannedDelivery:
    """When a line comes, bought now, and by whom it is brought."""

    earliest: date = strawberry.field(description="First day it may arrive.")
    latest: date = strawberry.field(description="Day it is promised by.")
    carrier: str = strawberry.field(description="Who brings it.")
    price: Money = strawberry.field(description="What this costs for a piece.")
    dispatch_country: str = strawberry.field(description="Where it is sent from.")
    customs_required: bool = strawberry.field(description="Whether it crosses a customs border.")

    @classmethod
    def of(cls, piece: "Piece") -> Self:
        offer = piece.offer
        return cls(
            earliest=piece.promised_from,
            latest=piece.promised_by,
            carrier=offer.carrier,
            price=Money.of(piece.amounts.shipping, offer.currency),
            dispatch_country=offer.dispatch_country,
            customs_required=offer.scope == 2,
        )


@ruled(HOLDER)
@strawberry.type
class PlannedTax:
    """How the tax of a line is settled."""

    scheme: str = strawberry.field(description=SCHEME)
    words: list[str] = strawberry.field(
        description="Codes of what the buyer must know before paying: `SALES_TAX_ADDED` "
        "`IMPORT_VAT_AT_BORDER` `VAT_NOT_DEDUCTIBLE` `VAT_BY_PLATFORM` `RULES_UNVERIFIED`. "
        "At most 10."
    )
    shown: LineTax = strawberry.field(description="The tax of one piece, as its invoice shows it.")


@ruled(HOLDER)
@strawberry.type
class PreviewLine:
    """Pieces of an offer, at what they cost now."""

    line_id: strawberry.ID = strawberry.field(description="Line of the cart.")
    title: str = strawberry.field(description="Brand and model.")
    quantity: int = strawberry.field(description="How many pieces.")
    offer: Offer = strawberry.field(description="The offer.")
    piece: Totals = strawberry.field(description="What a piece costs.")
    totals: Totals = strawberry.field(description="What all of its pieces cost.")
    delivery: PlannedDelivery = strawberry.field(description="When it comes.")
    warranty: DatedWarranty = strawberry.field(description="Both rights, with their dates.")
    tax: PlannedTax = strawberry.field(description="How its tax is settled.")

    @classmethod
    def of(cls, planned: "PlannedLine", ctx: "Context") -> Self:
        piece, line = planned.piece, planned.line
        currency = piece.offer.currency
        return cls(
            line_id=strawberry.ID(str(global_id("CartLine", line.id))),
            title=piece.held.title,
            quantity=line.quantity,
            offer=Offer.of(piece.offer, ctx),
            piece=Totals.of(piece.amounts, currency),
            totals=Totals.of(piece.amounts.times(line.quantity), currency),
            delivery=PlannedDelivery.of(piece),
            warranty=DatedWarranty.of(piece.offer, piece.promised_by),
            tax=PlannedTax(
                scheme=piece.tax.name,
                words=list(piece.tax.notices)[:10],
                shown=LineTax.of(piece.tax.shown(), piece.tax.name),
            ),
        )


def card(offer: "OfferRow") -> MerchantCard:
    """The merchant of an offer."""
    return MerchantCard(
        id=offer.merchant_id,
        name=offer.merchant_name,
        legal_name=offer.merchant_legal_name,
        kind=MerchantKind(offer.merchant_kind),
        country=offer.merchant_country,
        since=offer.merchant_since,
    )


@ruled(HOLDER)
@strawberry.type
class PreviewOrder:
    """What one merchant sells, invoices and ships."""

    merchant: MerchantCard = strawberry.field(description="The seller of record.")
    lines: list[PreviewLine] = strawberry.field(
        description="What it sells. At most 20 in all orders together.",
        metadata={"max_items": 1, "together": MOST_LINES},
    )
    totals: Totals = strawberry.field(description="The sum of its lines.")

    @classmethod
    def of(cls, order: "PlannedOrder", ctx: "Context") -> Self:
        return cls(
            merchant=card(order.merchant),
            lines=[PreviewLine.of(line, ctx) for line in order.lines],
            totals=Totals.of(order.amounts, order.merchant.currency),
        )


@ruled(HOLDER)
@strawberry.type
class PlannedCredit:
    """What a credit pays of it."""

    amount: Money = strawberry.field(description="How much.")
    expected: bool = strawberry.field(
        description="It is of a trade-in that was not bought yet: where it brings less, the "
        "difference is due."
    )


@ruled(HOLDER)
@strawberry.type
class CheckoutPreview:
    """What a cart comes to now, all in. What was shown is what is paid, or the purchase is refused.

    What cannot be sold is among `problems` and in no sum; what costs something else than the buyer
    saw is in the sums at its new price, and among `problems` until the buyer agrees.
    """

    cart: Cart = strawberry.field(description="The cart.")
    ready: bool = strawberry.field(description="Whether it can be bought as it stands.")
    orders: list[PreviewOrder] = strawberry.field(description="One for each merchant. At most 20.")
    totals: Totals = strawberry.field(description="The sum of the orders.")
    credit: PlannedCredit | None = strawberry.field(
        description="Of `applyTradeInCredit`; `null` where none is applied, or nothing is left."
    )
    payable: Money = strawberry.field(description="What is left to be paid.")
    problems: list[CheckoutProblem] = strawberry.field(
        description="All that stands in the way. At most 50."
    )

    @classmethod
    def of(cls, plan: "Plan", info: Info) -> Self:
        currency, spent = plan.cart.row.currency, plan.credit_minor
        expected = plan.credit is not None and plan.credit.state is CreditState.EXPECTED
        credit = PlannedCredit(amount=Money.of(spent, currency), expected=expected)
        return cls(
            credit=credit if spent else None,
            payable=Money.of(plan.amounts.total - spent, currency),
            cart=Cart.of(plan.cart, info.context),
            ready=not plan.problems,
            orders=[PreviewOrder.of(order, info.context) for order in plan.orders],
            totals=Totals.of(plan.amounts, plan.cart.row.currency),
            problems=[problem_of(info, each) for each in plan.problems][:50],
        )


@strawberry.input
class PaymentInput:
    """How it is paid."""

    method: str = strawberry.field(
        description="What the form of the payment provider gave, such as `pm_…`: never a card's "
        "number. Of the simulator: `tok_ok`, `tok_declined`, `tok_3ds` and others."
    )


@strawberry.input
class CompleteCheckoutInput:
    """Which cart, and how it is paid."""

    cart_id: strawberry.ID = strawberry.field(description="Your cart; claim a visitor's first.")
    payment: PaymentInput = strawberry.field(description="How it is paid.")
    cart_version: int | None = strawberry.field(
        default=None, description="`version` of the cart that was previewed: any other is refused."
    )
    idempotency_key: str = strawberry.field(description=ONCE)


@strawberry.input
class RetryPaymentInput:
    """Which purchase, and how it is paid."""

    purchase_id: strawberry.ID = strawberry.field(description="The purchase.")
    payment: PaymentInput = strawberry.field(description="How it is paid.")
    idempotency_key: str = strawberry.field(description=ONCE)


@ruled(CUSTOMER)
@strawberry.type
class CheckoutCompleted:
    """The purchase stands and its stock is set aside: paid, or about to be."""

    purchase: Purchase = strawberry.field(description="The purchase.")
    action_url: str | None = strawberry.field(
        description="Where the customer confirms with the bank, before `purchase.expiresAt`; "
        "`null` where nothing is left to do."
    )


CompleteCheckoutResult = Annotated[
    CheckoutCompleted | PaymentDeclined | CheckoutProblem,
    strawberry.union("CompleteCheckoutResult", description="The purchase, or a refusal."),
]
RetryPaymentResult = Annotated[
    CheckoutCompleted | PaymentDeclined | PurchaseNotPending,
    strawberry.union("RetryPaymentResult", description="The purchase, or a refusal."),
]


def _method(given: PaymentInput) -> str:
    """The method as given. Raises: BadInput unless it is 1 to 255 printable ASCII characters."""
    if not (0 < len(given.method) <= MOST_METHOD and given.method.isascii()):
        raise BadInput("`method` must be 1 to 255 ASCII characters.", argument="method")
    return stored_text(given.method, "method")


async def _made(info: Info, made: resolvers.Made) -> CheckoutCompleted | PaymentDeclined:
    if isinstance(made.paid, Declined):
        return declined(info, made.purchase_id, made.paid)
    row = await bought.purchase(info.context, made.purchase_id)
    if row is None:
        raise LookupError(made.purchase_id)
    url = made.paid.url if isinstance(made.paid, ActionRequired) else None
    return CheckoutCompleted(purchase=Purchase.of(row), action_url=url)


@strawberry.type
class CheckoutQuery:
    """Queries of the area; `schema/root.py` inherits them."""

    @strawberry.field(metadata={"rule": HOLDER})
    async def checkout_preview(
        self, info: Info, cart_id: CartId, token: Token = None
    ) -> CheckoutPreview | None:
        """What a cart comes to now, split by merchant, with all fees, dates and warranties."""
        plan = await resolvers.preview(info.context, named(cart_id, token))
        return CheckoutPreview.of(plan, info) if plan else None


@strawberry.type
class CheckoutMutation:
    """Mutations of the area; `schema/root.py` inherits them."""

    @strawberry.mutation(metadata={"rule": CUSTOMER})
    async def complete_checkout(
        self,
        info: Info,
        input: Annotated[CompleteCheckoutInput, strawberry.argument(description="The cart.")],
    ) -> CompleteCheckoutResult:
        """Buy a cart: its stock is set aside for 15 minutes, and the payment tried at once.

        The same call again goes on where the first one was cut off.
        """
        key, of = idempotency_key(input.idempotency_key), named(input.cart_id, None)
        method = _method(input.payment)
        found = await resolvers.complete(info.context, of, input.cart_version, method, key)
        if isinstance(found, Refusal):
            return problem_of(info, found)
        return await _made(info, found)

    @strawberry.mutation(metadata={"rule": CUSTOMER})
    async def retry_payment(
        self,
        info: Info,
        input: Annotated[RetryPaymentInput, strawberry.argument(description="The purchase.")],
    ) -> RetryPaymentResult:
        """Pay a purchase whose payment was declined, while its stock is set aside."""
        key = idempotency_key(input.idempotency_key)
        purchase_id = row_id(input.purchase_id, "Purchase", "purchaseId")
        if purchase_id is None:
            raise LookupError(input.purchase_id)
        method = _method(input.payment)
        found = await bought.retry(info.context, purchase_id, method, key)
        if isinstance(found, Refusal):
            return not_pending(info, found)
        return await _made(info, found)
