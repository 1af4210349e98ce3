"""What merchants have shown that they can do."""

from datetime import date
from typing import Annotated

import strawberry

from resolvers.raas import capabilities as resolvers
from schema.accounts import told
from schema.common import ONCE, Info, Problem, idempotency_key
from schema.raas.lot_inputs import row
from schema.rules import Staff, ruled

TEAM = Staff(frozenset({"COUNTRY_TEAM"}))


@strawberry.input
class RecordErasureCapabilityInput:
    """Who erases data, and what shows it."""

    merchant: strawberry.ID = strawberry.field(description="Id of the merchant.")
    proof: str = strawberry.field(
        description="The document, such as a certificate and its number; up to 500 characters."
    )
    idempotency_key: str = strawberry.field(description=ONCE)
    valid_until: date | None = strawberry.field(default=None, description="Its last day.")


@ruled(TEAM)
@strawberry.type
class ErasureCapabilityRecorded:
    """The merchant may bid on lots of devices that hold data."""

    merchant: strawberry.ID = strawberry.field(description="Id of the merchant.")
    valid_until: date | None = strawberry.field(description="Until when.")


@ruled(TEAM)
@strawberry.type
class MerchantUnknown(Problem):
    """There is no such merchant in your markets."""


RecordErasureCapabilityResult = Annotated[
    ErasureCapabilityRecorded | MerchantUnknown,
    strawberry.union("RecordErasureCapabilityResult", description="What holds, or a refusal."),
]


@strawberry.type
class CapabilitiesMutation:
    """Mutations of the area; `schema/root.py` inherits them."""

    @strawberry.mutation(metadata={"rule": TEAM})
    async def record_erasure_capability(
        self,
        info: Info,
        input: Annotated[RecordErasureCapabilityInput, strawberry.argument(description="Whose.")],
    ) -> RecordErasureCapabilityResult:
        """Note that a merchant erases data to a standard. For the country team of its market."""
        key = idempotency_key(input.idempotency_key)
        merchant = row(input.merchant, "Merchant", "merchant")
        until = input.valid_until
        refused = await resolvers.record(info.context, merchant, input.proof, until, key)
        if refused is not None:
            message = "There is no such merchant in your markets."
            return MerchantUnknown(**told(info, refused.code, message, ["input", "merchant"], None))
        return ErasureCapabilityRecorded(merchant=input.merchant, valid_until=until)
