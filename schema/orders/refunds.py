"""A merchant gives money back for a line of an order."""

from decimal import Decimal
from typing import Annotated

import strawberry

from domain import InvalidTransition as Stands
from domain.orders.payments import RefundReason
from domain.orders.refunds import ExceedsPaid, NotRefundableReason, Refundable
from domain.orders.refunds import NotRefundable as Nothing
from domain.orders.wording_money import EXCEEDS_PAID, NOT_REFUNDABLE
from resolvers.catalog import language
from resolvers.orders import refunds as resolvers
from schema.accounts import told
from schema.common import (
    ONCE,
    Info,
    Locale,
    Money,
    NodeId,
    Problem,
    idempotency_key,
    row_id,
)
from schema.offers.feed_run_changes import InvalidTransition
from schema.orders.payments import Refund, refunds_of
from schema.rules import CUSTOMER, AnyOf, Scope, ruled

WRITE = Scope(resolvers.WRITE)
READ = AnyOf((CUSTOMER, Scope(resolvers.READ)))
strawberry.enum(
    NotRefundableReason,
    name="NotRefundableReason",
    description="Why no money can go back for a line.",
)


@ruled(WRITE)
@strawberry.type
class RefundPreview:
    """What a refund would be, were it asked for now. Nothing changed."""

    amount: Money = strawberry.field(description="What the customer would get.")
    max: Money = strawberry.field(description="What is left of what was paid for the line.")
    from_earnings: Money = strawberry.field(description="Of it, what you would bear.")
    from_service_fee: Money = strawberry.field(description="Of it, what the marketplace would.")
    from_taxes: Money = strawberry.field(
        description="Of it, levies, duties and taxes that the marketplace collected."
    )
    ends_line: bool = strawberry.field(
        description="Whether the line would be `REFUNDED` by it; a part changes no state."
    )


@ruled(WRITE)
@strawberry.type
class OrderLineRefunded:
    """The money is promised to the customer; the provider of payments is told at once."""

    refund: Refund = strawberry.field(description="The refund.")


@ruled(WRITE)
@strawberry.type
class RefundExceedsPaid(Problem):
    """More was asked for than is left of what was paid for the line."""

    max: Money = strawberry.field(description="What is left.")

    @strawberry.field
    def explanation(self, locale: Locale = "en") -> str:
        """`message` in a language, `en` or `fr`."""
        return EXCEEDS_PAID[language(locale)]


@ruled(WRITE)
@strawberry.type
class NotRefundable(Problem):
    """No money can go back for the line."""

    reason: NotRefundableReason = strawberry.field(description="Why.")

    @strawberry.field
    def explanation(self, locale: Locale = "en") -> str:
        """`message` in a language, `en` or `fr`."""
        return NOT_REFUNDABLE[language(locale)][self.reason]


@ruled(WRITE)
@strawberry.type
class RefundLineUnknown(Problem):
    """There is no such line of yours."""


RefundPreviewResult = Annotated[
    RefundPreview | RefundExceedsPaid | NotRefundable | InvalidTransition | RefundLineUnknown,
    strawberry.union("RefundPreviewResult", description="What it would be, or why it cannot be."),
]
RefundOrderLineResult = Annotated[
    OrderLineRefunded | RefundExceedsPaid | NotRefundable | InvalidTransition | RefundLineUnknown,
    strawberry.union("RefundOrderLineResult", description="The refund, or a refusal."),
]
RefundProblem = RefundExceedsPaid | NotRefundable | InvalidTransition | RefundLineUnknown
Amount = Annotated[
    Decimal | None,
    strawberry.argument(
        description="In the currency of the line, such as `20.00`; nothing is all that is left."
    ),
]


@strawberry.input
class RefundOrderLineInput:
    """Which line, how much, and why."""

    order_line_id: strawberry.ID = strawberry.field(description="The line.")
    reason: RefundReason = strawberry.field(description="Why; the customer reads it.")
    idempotency_key: str = strawberry.field(description=ONCE)
    amount: Decimal | None = strawberry.field(
        default=None,
        description="In the currency of the line, such as `20.00`; nothing is all that is left.",
    )
    note: str | None = strawberry.field(
        default=None, description="For your records. At most 1000 characters."
    )


def _problem(info: Info, refused: resolvers.Refusal, currency: str) -> RefundProblem:
    match refused:
        case ExceedsPaid(max_minor):
            base = told(
                info, "REFUND_EXCEEDS_PAID", EXCEEDS_PAID["en"], ["amount"], "Ask for less."
            )
            return RefundExceedsPaid(max=Money.of(max_minor, currency), **base)
        case Nothing(reason):
            message = NOT_REFUNDABLE["en"][reason]
            base = told(info, "NOT_REFUNDABLE", message, ["orderLineId"], None)
            return NotRefundable(reason=reason, **base)
        case Stands(from_state, to_state, allowed):
            message = f"The line is {from_state}: it cannot be refunded in full."
            hint = "Refuse or cancel the line, or give back a part of its price."
            base = told(info, "INVALID_TRANSITION", message, ["orderLineId"], hint)
            return InvalidTransition(from_=from_state, to=to_state, allowed=[*allowed], **base)


def _unknown(info: Info) -> RefundLineUnknown:
    message = "There is no such line of yours."
    return RefundLineUnknown(
        **told(info, "REFUND_LINE_UNKNOWN", message, ["orderLineId"], "`orders` lists them.")
    )


@strawberry.type
class RefundsQuery:
    """Queries of the area; `schema/root.py` inherits them."""

    @strawberry.field(metadata={"rule": WRITE})
    async def refund_preview(
        self, info: Info, order_line_id: NodeId, amount: Amount = None
    ) -> RefundPreviewResult:
        """What `refundOrderLine` would do now: how much, from whose money, and to the line."""
        line_id = row_id(order_line_id, "OrderLine", "orderLineId")
        if line_id is None:
            return _unknown(info)
        tried = await resolvers.preview(info.context, line_id, amount)
        if isinstance(tried, resolvers.Unknown):
            return _unknown(info)
        found, currency = tried.verdict, tried.currency
        if not isinstance(found, Refundable):
            return _problem(info, found, currency)
        return RefundPreview(
            amount=Money.of(found.amount_minor, currency),
            max=Money.of(found.max_minor, currency),
            from_earnings=Money.of(found.of.merchant_minor, currency),
            from_service_fee=Money.of(found.of.fee_minor, currency),
            from_taxes=Money.of(found.of.tax_minor, currency),
            ends_line=found.ends,
        )

    @strawberry.field(metadata={"rule": READ})
    async def refunds(self, info: Info, order_line_id: NodeId) -> list[Refund]:
        """The refunds of a line that is yours, the newest first. At most 100."""
        line_id = row_id(order_line_id, "OrderLine", "orderLineId")
        return await refunds_of(info, line_id) if line_id else []


@strawberry.type
class RefundsMutation:
    """Mutations of the area; `schema/root.py` inherits them."""

    @strawberry.mutation(metadata={"rule": WRITE})
    async def refund_order_line(
        self,
        info: Info,
        input: Annotated[RefundOrderLineInput, strawberry.argument(description="What to do.")],
    ) -> RefundOrderLineResult:
        """Give a customer money back for a line, in part or in full: at once, and only once.

        In full it ends a line that was delivered; money that goes back in parts leaves its state.
        """
        line_id = row_id(input.order_line_id, "OrderLine", "orderLineId")
        key = idempotency_key(input.idempotency_key)
        if line_id is None:
            return _unknown(info)
        asked = resolvers.Asked(line_id, input.amount, input.reason, input.note)
        match await resolvers.refund(info.context, asked, key):
            case resolvers.Done(refund):
                return OrderLineRefunded(refund=Refund.of(refund))
            case resolvers.Unknown() | None:
                return _unknown(info)
            case resolvers.Refused(refusal, currency):
                return _problem(info, refusal, currency)
