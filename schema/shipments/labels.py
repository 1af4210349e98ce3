"""The platform's contracts with carriers, what a parcel costs under them, and labels."""

from datetime import date, datetime
from typing import TYPE_CHECKING, Annotated, Self, cast

import strawberry

from domain.shipments.carriers import CarrierCode
from domain.shipments.contracts import LabelState, NotEligible
from resolvers.orders.refusals import Refusal
from resolvers.shipments import labels as resolvers
from schema.common import (
    ONCE,
    After,
    Edge,
    First,
    Info,
    Money,
    PageInfo,
    Problem,
    edges,
    global_id,
    idempotency_key,
    page_info,
    row_id,
)
from schema.rules import OWN, Scope, ruled

if TYPE_CHECKING:
    from uuid import UUID

    from models.shipments.labels import LabelRow

READ, WRITE = Scope(resolvers.READ), Scope(resolvers.WRITE)


@ruled(READ)
@strawberry.type
class CarrierContract:
    """A contract of the platform with a carrier, and whether you may ship under it."""

    code: str = strawberry.field(description="Names it.")
    name: str = strawberry.field(description="For people.")
    carrier: CarrierCode = strawberry.field(description="The carrier.")
    currency: str = strawberry.field(description="Of its prices, ISO 4217.")
    platform_bp: int = strawberry.field(description="What of a price the platform bears.")
    valid_from: date = strawberry.field(description="First day.")
    valid_to: date | None = strawberry.field(description="First day after its end.")
    eligible: bool = strawberry.field(description="Whether you may ship under it now.")
    reasons: list[NotEligible] = strawberry.field(description="Why not. At most 5.")

    @classmethod
    def of(cls, found: resolvers.Quote) -> Self:
        contract = found.contract
        return cls(
            code=contract.code,
            name=contract.name,
            carrier=contract.carrier,
            currency=contract.currency,
            platform_bp=contract.platform_bp,
            valid_from=contract.valid_from,
            valid_to=contract.valid_to,
            eligible=not found.reasons,
            reasons=list(found.reasons),
        )


@ruled(READ)
@strawberry.type
class LabelQuote:
    """What a parcel costs under a contract."""

    contract: CarrierContract = strawberry.field(description="The contract.")
    grams: int = strawberry.field(description="The weight that it was priced for.")
    price: Money | None = strawberry.field(description="`null`: no rate for this lane and weight.")
    merchant_pays: Money | None = strawberry.field(description="Your part of it.")
    platform_pays: Money | None = strawberry.field(description="The platform's part.")

    @classmethod
    def of(cls, found: resolvers.Quote) -> Self:
        cost, currency = found.cost, found.contract.currency
        return cls(
            contract=CarrierContract.of(found),
            grams=found.grams,
            price=Money.of(cost.price_minor, currency) if cost else None,
            merchant_pays=Money.of(cost.merchant_minor, currency) if cost else None,
            platform_pays=Money.of(cost.platform_minor, currency) if cost else None,
        )


@ruled(READ)
@strawberry.type
class ShippingLabel:
    """A label under a contract of the platform."""

    id: strawberry.ID = strawberry.field(description="Id of the label.")
    order_id: strawberry.ID = strawberry.field(description="Id of the `Order`.")
    carrier: CarrierCode = strawberry.field(description="The carrier.")
    state: LabelState = strawberry.field(description="Where it stands.")
    tracking_number: str | None = strawberry.field(description="For `shipOrder`, once issued.")
    document_path: str | None = strawberry.field(description="Path of the PDF, for your key.")
    grams: int = strawberry.field(description="What it was bought for.")
    price: Money = strawberry.field(description="What it costs.")
    merchant_pays: Money = strawberry.field(description="Your part, in your ledger as `LABEL`.")
    platform_pays: Money = strawberry.field(description="The platform's part.")
    expires_at: datetime | None = strawberry.field(description="Until when it can be used.")
    problem: str | None = strawberry.field(description="Why the carrier refused it.")
    created_at: datetime = strawberry.field(description="When it was ordered.")

    @classmethod
    def of(cls, row: "LabelRow") -> Self:
        if row.order_id is None:
            raise LookupError("a label of a trade-in is read with it")
        printed = row.state in {LabelState.ALIVE, LabelState.USED}
        return cls(
            id=_id("ShippingLabel", row.id),
            order_id=_id("Order", row.order_id),
            carrier=row.carrier,
            state=row.state,
            tracking_number=row.tracking_number,
            document_path=f"/v1/labels/{row.id}" if printed else None,
            grams=row.grams,
            price=Money.of(row.price_minor, row.currency),
            merchant_pays=Money.of(row.merchant_minor, row.currency),
            platform_pays=Money.of(row.platform_minor, row.currency),
            expires_at=row.expires_at,
            problem=row.problem,
            created_at=row.created_at,
        )


def _id(kind: str, of: "UUID") -> strawberry.ID:
    return cast("strawberry.ID", global_id(kind, of))


@ruled(READ)
@strawberry.type
class ShippingLabelConnection:
    """Labels, page by page, the youngest first."""

    edges: list[Edge[ShippingLabel]] = strawberry.field(description="The labels of the page.")
    page_info: PageInfo = strawberry.field(description="Where the page stands.")


@ruled(OWN)
@strawberry.type
class LabelRefused(Problem):
    """`NOT_ELIGIBLE` `NO_RATE` `CONTRACT_UNKNOWN` `LINE_NOT_ACCEPTED`, or no such line or order."""

    reasons: list[NotEligible] = strawberry.field(description="Why you may not. At most 5.")


BuyShippingLabelResult = Annotated[
    ShippingLabel | LabelRefused,
    strawberry.union("BuyShippingLabelResult", description="The label, or a refusal."),
]
_TEXTS = {
    "NOT_ELIGIBLE": ("You may not ship under this contract.", "Ask `carrierContracts`."),
    "NO_RATE": ("The contract has no rate for this lane and weight.", "Ask `labelQuotes`."),
    "CONTRACT_UNKNOWN": ("There is no such contract.", "`carrierContracts` lists them."),
    "LINE_NOT_ACCEPTED": ("A line is not accepted, or was shipped.", "Accept it first."),
    "ORDER_LINE_UNKNOWN": ("There is no such line of yours.", "`orders` lists them."),
    "ORDER_UNKNOWN": ("A line is of another order.", "One label is for one order."),
}
_PATHS = {"CONTRACT_UNKNOWN": "contract", "NOT_ELIGIBLE": "contract", "NO_RATE": "grams"}


@strawberry.input
class BuyShippingLabelInput:
    """A parcel, and the contract that it goes under."""

    order: strawberry.ID = strawberry.field(description="Id of the `Order`.")
    lines: list[strawberry.ID] = strawberry.field(description="1 to 100 `OrderLine`s of it.")
    contract: str = strawberry.field(description="Code of the contract.")
    idempotency_key: str = strawberry.field(description=ONCE)
    grams: int | None = strawberry.field(
        default=None, description="Weight with packaging; nothing goes by the catalogue."
    )


OrderId = Annotated[strawberry.ID, strawberry.argument(description="Id of the `Order`.")]
LineIds = Annotated[
    list[strawberry.ID], strawberry.argument(description="1 to 100 `OrderLine`s of it.")
]


def _asked(order: strawberry.ID, lines: list[strawberry.ID], grams: int | None) -> resolvers.Asked:
    order_id = row_id(order, "Order", "order")
    named = [each for line in lines if (each := row_id(line, "OrderLine", "lines"))]
    if order_id is None:
        raise LookupError("a non-null id was null")
    return resolvers.Asked(order_id, named, grams)


@strawberry.type
class LabelsQuery:
    """Queries of labels; `schema/root.py` inherits them."""

    @strawberry.field(metadata={"rule": READ})
    async def carrier_contracts(self, info: Info) -> list[CarrierContract]:
        """The platform's contracts, and whether you may ship under each. At most 100."""
        return [CarrierContract.of(each) for each in await resolvers.eligible(info.context)]

    @strawberry.field(metadata={"rule": READ})
    async def label_quotes(
        self,
        info: Info,
        order: OrderId,
        lines: LineIds,
        grams: Annotated[
            int | None, strawberry.argument(description="Weight; nothing: by the catalogue.")
        ] = None,
    ) -> list[LabelQuote]:
        """What a parcel costs under each contract; none for lines that are not yours. At most 100.

        Needs a merchant's key with `shipments:read`.
        """
        found = await resolvers.quotes(info.context, _asked(order, lines, grams))
        return [] if isinstance(found, Refusal) else [LabelQuote.of(each) for each in found]

    @strawberry.field(metadata={"rule": READ})
    async def shipping_label(
        self,
        info: Info,
        id: Annotated[strawberry.ID, strawberry.argument(description="Id of the label.")],
    ) -> ShippingLabel | None:
        """A label of yours; `null` for any other."""
        found = row_id(id, "ShippingLabel", "id")
        row = await resolvers.label(info.context, found) if found else None
        return ShippingLabel.of(row) if row else None

    @strawberry.field(metadata={"rule": READ})
    async def shipping_labels(
        self, info: Info, first: First = 24, after: After = None
    ) -> ShippingLabelConnection:
        """Your labels, the youngest first."""
        page = await resolvers.listed(info.context, first, after)
        return ShippingLabelConnection(
            edges=edges(page, ShippingLabel.of), page_info=page_info(page, after)
        )


@strawberry.type
class LabelsMutation:
    """Mutations of labels; `schema/root.py` inherits them."""

    @strawberry.mutation(metadata={"rule": WRITE})
    async def buy_shipping_label(
        self,
        info: Info,
        input: Annotated[
            BuyShippingLabelInput, strawberry.argument(description="The parcel and the contract.")
        ],
    ) -> BuyShippingLabelResult:
        """Buy a label under a contract of the platform. Needs a key with `shipments:write`."""
        key = idempotency_key(input.idempotency_key)
        asked = _asked(input.order, input.lines, input.grams)
        found = await resolvers.buy(info.context, asked, input.contract, key)
        if not isinstance(found, Refusal):
            return ShippingLabel.of(found)
        message, hint = _TEXTS[found.code]
        return LabelRefused(
            code=found.code,
            message=message,
            path=["input", _PATHS.get(found.code, "lines")],
            hint=hint,
            request_id=strawberry.ID(info.context.request_id),
            reasons=[NotEligible(each) for each in found.facts.get("reasons", ())],
        )
