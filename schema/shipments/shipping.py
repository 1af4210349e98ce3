"""A merchant ships lines of an order."""

from typing import Annotated, cast

import strawberry

from domain.shipments.carriers import CarrierCode
from resolvers.context import BadInput
from resolvers.orders import reading
from resolvers.orders.refusals import Refusal
from resolvers.shipments import shipping
from schema.common import ONCE, Info, global_id, idempotency_key, row_id
from schema.offers.feed_run_changes import InvalidTransition
from schema.orders.line_problems import (
    DiagnosticMissing,
    ErasureProofMissing,
    MarginEvidenceMissing,
    OrderLineUnknown,
    OrderUnknown,
    TrackingDuplicate,
    UnitNotAttached,
    problem,
)
from schema.orders.order import Order
from schema.rules import OWN, Scope, ruled


@strawberry.input
class ShipOrderInput:
    """A parcel."""

    order: strawberry.ID = strawberry.field(description="Id of the `Order`.")
    lines: list[strawberry.ID] = strawberry.field(
        description="Ids of the `OrderLine`s in it, 1 to 100. Others may follow in other parcels."
    )
    carrier: CarrierCode = strawberry.field(description="Who has it.")
    tracking_number: str = strawberry.field(description="As the carrier gave it.")
    idempotency_key: str = strawberry.field(description=ONCE)
    service: str | None = strawberry.field(
        default=None, description="The carrier's product, 100 characters."
    )


@ruled(OWN)
@strawberry.type
class ShipmentWarning:
    """Something that may be a mistake, and stops nothing."""

    code: str = strawberry.field(description="`TRACKING_SHAPE`.")
    message: str = strawberry.field(description="One sentence for a person.")


@ruled(OWN)
@strawberry.type
class OrderShipped:
    """The parcel is followed from now on."""

    order: Order = strawberry.field(description="The order.")
    shipment_id: strawberry.ID = strawberry.field(description="Id of the `Shipment`.")
    carrier: CarrierCode = strawberry.field(description="Who has it.")
    tracking_number: str = strawberry.field(description="As the carrier is asked for it.")
    warnings: list[ShipmentWarning] = strawberry.field(description="At most 1.")


ShipOrderResult = Annotated[
    OrderShipped
    | OrderUnknown
    | OrderLineUnknown
    | InvalidTransition
    | UnitNotAttached
    | DiagnosticMissing
    | ErasureProofMissing
    | MarginEvidenceMissing
    | TrackingDuplicate,
    strawberry.union("ShipOrderResult", description="The parcel, or a refusal."),
]


@strawberry.type
class ShippingMutation:
    """Mutations of the area; `schema/root.py` inherits them."""

    @strawberry.mutation(metadata={"rule": Scope("orders:write")})
    async def ship_order(
        self,
        info: Info,
        input: Annotated[ShipOrderInput, strawberry.argument(description="A parcel.")],
    ) -> ShipOrderResult:
        """Give accepted lines of an order to a carrier; each needs its device attached.

        A line whose parcel no carrier ever had may be shipped again, as after a mistyped number.
        Needs a merchant's key with `orders:write`.
        """
        key = idempotency_key(input.idempotency_key)
        order = row_id(input.order, "Order", "order")
        lines = [each for given in input.lines if (each := row_id(given, "OrderLine", "lines"))]
        if order is None:
            raise BadInput("`order` is not the id of an Order.", argument="order")
        found = await shipping.ship(
            info.context, order, lines, input.carrier, input.tracking_number, input.service, key
        )
        if isinstance(found, Refusal):
            path = ["input", "trackingNumber" if found.code == "TRACKING_DUPLICATE" else "lines"]
            return cast("ShipOrderResult", problem(info, found, path))
        row = await reading.shipped(info.context, order)
        return OrderShipped(
            order=Order.of(row),
            shipment_id=strawberry.ID(str(global_id("Shipment", found.shipment_id))),
            carrier=found.carrier,
            tracking_number=found.number,
            warnings=_warnings(found),
        )


def _warnings(of: shipping.Shipped) -> list[ShipmentWarning]:
    if not of.unusual:
        return []
    message = f"{of.number} does not look like a number of {of.carrier}: is it mistyped?"
    return [ShipmentWarning(code="TRACKING_SHAPE", message=message)]
