"""A customer withdraws from a purchase, in two steps."""

from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Self, cast

import strawberry

from resolvers.aftersales import withdrawing as resolvers
from resolvers.orders.refusals import Refusal
from schema.accounts import told
from schema.common import ONCE, Info, Problem, global_id, idempotency_key, row_id
from schema.offers.feed_run_changes import InvalidTransition
from schema.orders.line import OrderLine
from schema.orders.line_problems import OrderLineUnknown, problem
from schema.rules import CUSTOMER, OWN, ruled

if TYPE_CHECKING:
    from models.orders.withdrawals import Confirmed


@strawberry.input
class RequestWithdrawalInput:
    """What you withdraw from. No reason is asked."""

    order_lines: list[strawberry.ID] = strawberry.field(
        description="Ids of 1 to 100 `OrderLine`s of one order."
    )
    name: str = strawberry.field(description="Your name, 120 characters.")
    address_for_receipt: str = strawberry.field(description="E-mail address for the receipt.")
    idempotency_key: str = strawberry.field(description=ONCE)
    under_policy: bool = strawberry.field(
        default=False,
        description="After the time of the law: by our own policy, until `policyUntil`.",
    )


@strawberry.input
class ConfirmWithdrawalInput:
    """What you confirm."""

    token: str = strawberry.field(description="What `requestWithdrawal` gave.")
    idempotency_key: str = strawberry.field(description=ONCE)


@ruled(OWN)
@strawberry.type
class WithdrawalRequested:
    """Nothing has changed yet: `confirmWithdrawal` makes it so."""

    token: str = strawberry.field(description="What confirms it.")
    expires_at: datetime = strawberry.field(description="Until when, 24 hours from the request.")
    legal: bool = strawberry.field(description="By the law; else by our own policy.")


@ruled(OWN)
@strawberry.type
class WithdrawalConfirmed:
    """You have withdrawn. The receipt was mailed to you."""

    id: strawberry.ID = strawberry.field(description="Number of the receipt.")
    confirmed_at: datetime = strawberry.field(description="When your statement reached us.")
    acknowledgement: str = strawberry.field(
        description="The receipt: content, date and time, and how to return."
    )
    legal: bool = strawberry.field(description="By the law; else by our own policy.")
    row: strawberry.Private["Confirmed"]

    @strawberry.field
    async def lines(self, info: Info) -> list[OrderLine]:
        """What you withdrew from, as it is now. At most 100."""
        return [OrderLine.of(row) for row in await resolvers.lines_of(info.context, self.row.id)]

    @classmethod
    def of(cls, row: "Confirmed") -> Self:
        return cls(
            id=strawberry.ID(str(row.id)),
            confirmed_at=row.confirmed_at,
            acknowledgement=row.acknowledgement,
            legal=row.legal,
            row=row,
        )


@ruled(OWN)
@strawberry.type
class WithdrawalExpired(Problem):
    """The time in which the law lets you withdraw has ended, or there was none."""

    policy_until: datetime | None = strawberry.field(
        description="Until when our own policy takes it back all the same: send `underPolicy`."
    )


@ruled(OWN)
@strawberry.type
class WithdrawalTokenInvalid(Problem):
    """The token is none of yours, or older than 24 hours."""

    expired: bool = strawberry.field(description="Whether it was yours once.")


@ruled(OWN)
@strawberry.type
class CaseAlreadyOpen(Problem):
    """A case about this is open already."""

    case_id: strawberry.ID = strawberry.field(description="Id of the `Case`.")


RequestWithdrawalResult = Annotated[
    WithdrawalRequested
    | OrderLineUnknown
    | InvalidTransition
    | WithdrawalExpired
    | CaseAlreadyOpen,
    strawberry.union("RequestWithdrawalResult", description="A token, or a refusal."),
]
ConfirmWithdrawalResult = Annotated[
    WithdrawalConfirmed
    | OrderLineUnknown
    | InvalidTransition
    | WithdrawalExpired
    | WithdrawalTokenInvalid
    | CaseAlreadyOpen,
    strawberry.union("ConfirmWithdrawalResult", description="The receipt, or a refusal."),
]


@strawberry.type
class WithdrawalMutation:
    """Mutations of the area; `schema/root.py` inherits them."""

    @strawberry.mutation(metadata={"rule": CUSTOMER})
    async def request_withdrawal(
        self,
        info: Info,
        input: Annotated[RequestWithdrawalInput, strawberry.argument(description="From what.")],
    ) -> RequestWithdrawalResult:
        """Withdraw from contract here: the first of two steps, which changes nothing.

        For customers.
        """
        key = idempotency_key(input.idempotency_key)
        lines = [
            each
            for given in input.order_lines
            if (each := row_id(given, "OrderLine", "orderLines"))
        ]
        asked = resolvers.Asked(lines, input.name, input.address_for_receipt, input.under_policy)
        found = await resolvers.request(info.context, asked, key)
        if isinstance(found, Refusal):
            return cast("RequestWithdrawalResult", _refused(info, found, "orderLines"))
        return WithdrawalRequested(
            token=found.token, expires_at=found.expires_at, legal=found.legal
        )

    @strawberry.mutation(metadata={"rule": CUSTOMER})
    async def confirm_withdrawal(
        self,
        info: Info,
        input: Annotated[ConfirmWithdrawalInput, strawberry.argument(description="What.")],
    ) -> ConfirmWithdrawalResult:
        """Confirm withdrawal: the second step. Once for a token, however often it is sent.

        For customers.
        """
        key = idempotency_key(input.idempotency_key)
        found = await resolvers.confirm(info.context, input.token, key)
        if isinstance(found, Refusal):
            return cast("ConfirmWithdrawalResult", _refused(info, found, "token"))
        return WithdrawalConfirmed.of(found)


def _refused(info: Info, refusal: Refusal, argument: str) -> object:
    facts, path = refusal.facts, ["input", argument]
    match refusal.code:
        case "WITHDRAWAL_EXPIRED":
            until = facts["policyUntil"]
            hint = f"Send `underPolicy` until {until}." if until else None
            message = "The time to withdraw by law has ended."
            return WithdrawalExpired(
                **told(info, refusal.code, message, path, hint),
                policy_until=datetime.fromisoformat(until) if until else None,
            )
        case "WITHDRAWAL_TOKEN_INVALID":
            message = "The token is too old." if facts["expired"] else "This is no token of yours."
            hint = "`requestWithdrawal` gives another."
            return WithdrawalTokenInvalid(
                **told(info, refusal.code, message, path, hint), expired=facts["expired"]
            )
        case "CASE_ALREADY_OPEN":
            message = "You have withdrawn from one of these already."
            return CaseAlreadyOpen(
                **told(info, refusal.code, message, path, None),
                case_id=strawberry.ID(str(global_id("Case", facts["caseId"]))),
            )
        case _:
            return problem(info, refusal, path)
