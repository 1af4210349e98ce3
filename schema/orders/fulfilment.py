"""A merchant works through its orders; a customer asks to cancel."""

from typing import Annotated, cast
from uuid import UUID

import strawberry

from domain.orders.reasons import CancelReason, RefusalReason
from resolvers.context import BadInput
from resolvers.orders import acceptance, cancelling, devices, invoices
from resolvers.orders.refusals import Refusal
from schema.common import ONCE, Info, idempotency_key, row_id
from schema.offers.feed_run_changes import InvalidTransition
from schema.orders.inputs import AttachUnitInput
from schema.orders.line import OrderLine
from schema.orders.line_problems import (
    AcceptanceDeadlinePassed,
    CancellationNotRequested,
    DiagnosticMissing,
    ErasureProofMissing,
    ImeiAlreadySold,
    ImeiBlacklisted,
    ImeiInvalid,
    MarginNotEligible,
    OrderLineUnknown,
    PartialAcceptanceDisabled,
    SerialInvalid,
    UnitAlreadyAttached,
    problem,
)
from schema.rules import CUSTOMER, OWN, Scope, ruled

READ = Scope("orders:read")
WRITE = Scope(acceptance.WRITE)
_LINE = "Id of the `OrderLine`."
_NOTE = "In your words, 500 characters: the other side reads it."

strawberry.enum(RefusalReason, name="OrderLineRefusalReason", description="Why not.")
strawberry.enum(CancelReason, name="OrderLineCancelReason", description="Why it ends.")


@strawberry.input
class AcceptOrderLinesInput:
    """Which lines you will ship."""

    lines: list[strawberry.ID] = strawberry.field(description="Ids of 1 to 100 `OrderLine`s.")
    idempotency_key: str = strawberry.field(description=ONCE)


@strawberry.input
class RefuseOrderLineInput:
    """Which line you do not accept."""

    order_line: strawberry.ID = strawberry.field(description=_LINE)
    reason: RefusalReason = strawberry.field(description="Why.")
    idempotency_key: str = strawberry.field(description=ONCE)
    note: str | None = strawberry.field(default=None, description=_NOTE)


@strawberry.input
class CancelOrderLineInput:
    """Which accepted line you will not ship."""

    order_line: strawberry.ID = strawberry.field(description=_LINE)
    reason: CancelReason = strawberry.field(
        description="`OUT_OF_STOCK` `DEVICE_FAILED_TESTS` `CANNOT_DELIVER` or `OTHER`."
    )
    idempotency_key: str = strawberry.field(description=ONCE)
    note: str | None = strawberry.field(default=None, description=_NOTE)


@strawberry.input
class RequestCancellationInput:
    """Which line you do not want any more."""

    order_line: strawberry.ID = strawberry.field(description=_LINE)
    idempotency_key: str = strawberry.field(description=ONCE)
    note: str | None = strawberry.field(default=None, description=_NOTE)


@strawberry.input
class AnswerCancelRequestInput:
    """What you say to a customer who asked to cancel."""

    order_line: strawberry.ID = strawberry.field(description=_LINE)
    agree: bool = strawberry.field(description="Whether the line is cancelled.")
    idempotency_key: str = strawberry.field(description=ONCE)
    note: str | None = strawberry.field(default=None, description=_NOTE)


@strawberry.input
class SetFulfilmentSettingsInput:
    """How you work through orders."""

    partial_acceptance: bool = strawberry.field(
        description="Whether you may accept some lines of an order and leave others."
    )
    idempotency_key: str = strawberry.field(description=ONCE)


@ruled(OWN)
@strawberry.type
class OrderLineChanged:
    """The line as it is now."""

    line: OrderLine = strawberry.field(description="The line.")
    warnings: list[str] = strawberry.field(
        default_factory=list,
        description="Codes. `MARGIN_EVIDENCE_MISSING`: it cannot be shipped before the rest of "
        "`acquisition` is known, see `line { marginTax { missing } }`. At most 1.",
    )


AcceptOrderLineResult = Annotated[
    OrderLineChanged
    | OrderLineUnknown
    | InvalidTransition
    | AcceptanceDeadlinePassed
    | PartialAcceptanceDisabled,
    strawberry.union("AcceptOrderLineResult", description="The line, or a refusal."),
]


@ruled(OWN)
@strawberry.type
class OrderLinesAnswered:
    """An answer for each line."""

    results: list[AcceptOrderLineResult] = strawberry.field(
        description="In the order of the input. At most 100."
    )


@ruled(OWN)
@strawberry.type
class FulfilmentSettings:
    """How you work through orders."""

    partial_acceptance: bool = strawberry.field(
        description="Whether you may accept some lines of an order and leave others."
    )


RefuseOrderLineResult = Annotated[
    OrderLineChanged | OrderLineUnknown | InvalidTransition | AcceptanceDeadlinePassed,
    strawberry.union("RefuseOrderLineResult", description="The line, or a refusal."),
]
CancelOrderLineResult = Annotated[
    OrderLineChanged | OrderLineUnknown | InvalidTransition,
    strawberry.union("CancelOrderLineResult", description="The line, or a refusal."),
]
RequestCancellationResult = Annotated[
    OrderLineChanged | OrderLineUnknown | InvalidTransition,
    strawberry.union("RequestCancellationResult", description="The line, or a refusal."),
]
AnswerCancelRequestResult = Annotated[
    OrderLineChanged | OrderLineUnknown | InvalidTransition | CancellationNotRequested,
    strawberry.union("AnswerCancelRequestResult", description="The line, or a refusal."),
]
AttachUnitResult = Annotated[
    OrderLineChanged
    | OrderLineUnknown
    | InvalidTransition
    | UnitAlreadyAttached
    | ImeiInvalid
    | SerialInvalid
    | ImeiAlreadySold
    | ImeiBlacklisted
    | DiagnosticMissing
    | ErasureProofMissing
    | MarginNotEligible,
    strawberry.union("AttachUnitResult", description="The line, or a refusal."),
]


@strawberry.type
class FulfilmentQuery:
    """Queries of the area; `schema/root.py` inherits them."""

    @strawberry.field(metadata={"rule": READ})
    async def fulfilment_settings(self, info: Info) -> FulfilmentSettings:
        """How you work through orders. Needs a merchant's key with `orders:read`."""
        allowed = await acceptance.partial_acceptance(info.context)
        return FulfilmentSettings(partial_acceptance=allowed)


@strawberry.type
class FulfilmentMutation:
    """Mutations of the area; `schema/root.py` inherits them."""

    @strawberry.mutation(metadata={"rule": WRITE})
    async def accept_order_lines(
        self,
        info: Info,
        input: Annotated[AcceptOrderLinesInput, strawberry.argument(description="Which.")],
    ) -> OrderLinesAnswered:
        """Accept paid lines before `acceptBy`: each is then to be shipped by `dispatchBy`.

        Needs a merchant's key with `orders:write`.
        """
        key = idempotency_key(input.idempotency_key)
        lines = [_line(each, "lines") for each in input.lines]
        found = await acceptance.accept(info.context, lines, key)
        return OrderLinesAnswered(
            results=[
                problem(info, each, ["input", "lines", str(n)])
                if isinstance(each, Refusal)
                else OrderLineChanged(line=OrderLine.of(each))
                for n, each in enumerate(found)
            ]
        )

    @strawberry.mutation(metadata={"rule": WRITE})
    async def refuse_order_line(
        self,
        info: Info,
        input: Annotated[RefuseOrderLineInput, strawberry.argument(description="Which.")],
    ) -> RefuseOrderLineResult:
        """Refuse a paid line before `acceptBy`: the customer is refunded, and it counts.

        Needs a merchant's key with `orders:write`.
        """
        key, line = idempotency_key(input.idempotency_key), _line(input.order_line)
        found = await acceptance.refuse(info.context, line, input.reason, input.note, key)
        if isinstance(found, Refusal):
            return cast("RefuseOrderLineResult", problem(info, found, _PATH))
        return OrderLineChanged(line=OrderLine.of(found))

    @strawberry.mutation(metadata={"rule": WRITE})
    async def cancel_order_line(
        self,
        info: Info,
        input: Annotated[CancelOrderLineInput, strawberry.argument(description="Which.")],
    ) -> CancelOrderLineResult:
        """Cancel an accepted line that you cannot ship: the customer is refunded, and it counts.

        Needs a merchant's key with `orders:write`.
        """
        key, line = idempotency_key(input.idempotency_key), _line(input.order_line)
        found = await acceptance.cancel(info.context, line, input.reason, input.note, key)
        if isinstance(found, Refusal):
            return cast("CancelOrderLineResult", problem(info, found, _PATH))
        return OrderLineChanged(line=OrderLine.of(found))

    @strawberry.mutation(metadata={"rule": CUSTOMER})
    async def request_cancellation(
        self,
        info: Info,
        input: Annotated[RequestCancellationInput, strawberry.argument(description="Which.")],
    ) -> RequestCancellationResult:
        """Cancel a line of yours: at once while it is `PAID`, else the merchant is asked.

        For customers. Once it is shipped, `requestWithdrawal` is the way.
        """
        key, line = idempotency_key(input.idempotency_key), _line(input.order_line)
        found = await cancelling.request(info.context, line, input.note, key)
        if isinstance(found, Refusal):
            return cast("RequestCancellationResult", problem(info, found, _PATH))
        return OrderLineChanged(line=OrderLine.of(found))

    @strawberry.mutation(metadata={"rule": WRITE})
    async def answer_cancel_request(
        self,
        info: Info,
        input: Annotated[AnswerCancelRequestInput, strawberry.argument(description="Which.")],
    ) -> AnswerCancelRequestResult:
        """Agree that a customer cancels an accepted line, which does not count, or go on.

        Needs a merchant's key with `orders:write`.
        """
        key, line = idempotency_key(input.idempotency_key), _line(input.order_line)
        found = await acceptance.answer_cancel_request(
            info.context, line, agree=input.agree, text=input.note, key=key
        )
        if isinstance(found, Refusal):
            return cast("AnswerCancelRequestResult", problem(info, found, _PATH))
        return OrderLineChanged(line=OrderLine.of(found))

    @strawberry.mutation(metadata={"rule": WRITE})
    async def attach_unit(
        self,
        info: Info,
        input: Annotated[AttachUnitInput, strawberry.argument(description="Which device.")],
    ) -> AttachUnitResult:
        """Say which device an accepted line is, that it works, and that it holds nobody's data.

        Needs a merchant's key with `orders:write`.
        """
        key, line = idempotency_key(input.idempotency_key), _line(input.order_line)
        device = devices.Given(
            imei=input.imei,
            imei2=input.imei2,
            serial=input.serial,
            diagnostic=input.diagnostic.said().read() if input.diagnostic else None,
            erasure=input.erasure.said().read() if input.erasure else None,
            acquisition=input.acquisition.said().read() if input.acquisition else None,
            replace=input.replace,
        )
        found = await devices.attach(info.context, line, device, key)
        if isinstance(found, Refusal):
            return cast("AttachUnitResult", problem(info, found, _PATH))
        margin = await invoices.margin_tax(info.context, found.id)
        open_ = margin is not None and bool(margin.missing)
        warnings = ["MARGIN_EVIDENCE_MISSING"] if open_ else []
        return OrderLineChanged(line=OrderLine.of(found), warnings=warnings)

    @strawberry.mutation(metadata={"rule": WRITE})
    async def set_fulfilment_settings(
        self,
        info: Info,
        input: Annotated[SetFulfilmentSettingsInput, strawberry.argument(description="How.")],
    ) -> FulfilmentSettings:
        """Say how you work through orders. Needs a merchant's key with `orders:write`."""
        key = idempotency_key(input.idempotency_key)
        allowed = input.partial_acceptance
        await acceptance.set_partial_acceptance(info.context, key, allowed=allowed)
        return FulfilmentSettings(partial_acceptance=allowed)


_PATH = ["input", "orderLine"]


def _line(given: strawberry.ID, argument: str = "orderLine") -> UUID:
    found = row_id(given, "OrderLine", argument)
    if found is None:
        raise BadInput(f"`{argument}` is not the id of an OrderLine.", argument=argument)
    return found
