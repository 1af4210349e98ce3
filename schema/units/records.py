"""A merchant records what it does with a device that is on its table."""

from typing import Annotated, cast
from uuid import UUID

import strawberry

from domain.units.facts import Graded, Repaired
from resolvers.context import BadInput
from resolvers.effects import Refusal
from resolvers.units import given, reading, records
from resolvers.units.identity import Numbers
from schema.common import Info, InvalidTransition, idempotency_key, row_id
from schema.rules import OWN, Scope, ruled
from schema.units.problems import (
    DiagnosticMissing,
    ErasureProofMissing,
    ErasureRefused,
    ImeiAlreadySold,
    ImeiBlacklisted,
    ImeiInvalid,
    SerialInvalid,
    UnitNotInHand,
    UnitUnknown,
    VariantUnknown,
    problem,
)
from schema.units.record_inputs import (
    GradeUnitInput,
    OfferUnitInput,
    RecordDiagnosticInput,
    RecordErasureInput,
    RecordPartInput,
    RecordRepairInput,
    RegisterUnitInput,
)
from schema.units.unit import Unit

WRITE = Scope(records.WRITE)


@ruled(OWN)
@strawberry.type
class UnitChanged:
    """The device as it is now."""

    unit: Unit = strawberry.field(description="The device.")


RegisterUnitResult = Annotated[
    UnitChanged | VariantUnknown | ImeiInvalid | SerialInvalid | ImeiAlreadySold | ImeiBlacklisted,
    strawberry.union("RegisterUnitResult", description="The device, or a refusal."),
]
RecordDiagnosticResult = Annotated[
    UnitChanged | UnitUnknown | UnitNotInHand | DiagnosticMissing,
    strawberry.union("RecordDiagnosticResult", description="The device, or a refusal."),
]
RecordErasureResult = Annotated[
    UnitChanged | UnitUnknown | UnitNotInHand | InvalidTransition | ErasureRefused,
    strawberry.union("RecordErasureResult", description="The device, or a refusal."),
]
RecordRepairResult = Annotated[
    UnitChanged | UnitUnknown | UnitNotInHand,
    strawberry.union("RecordRepairResult", description="The device, or a refusal."),
]
OfferUnitResult = Annotated[
    UnitChanged
    | UnitUnknown
    | UnitNotInHand
    | ImeiBlacklisted
    | DiagnosticMissing
    | ErasureProofMissing,
    strawberry.union("OfferUnitResult", description="The device, or a refusal."),
]


@strawberry.type
class UnitsMutation:
    """Mutations of the area; `schema/root.py` inherits them."""

    @strawberry.mutation(metadata={"rule": WRITE})
    async def register_unit(
        self,
        info: Info,
        input: Annotated[RegisterUnitInput, strawberry.argument(description="Which device.")],
    ) -> RegisterUnitResult:
        """Take a device into your stock. The same device again is the same unit.

        Its number is yours while it is there, 90 days after what was last recorded of it at most.
        Needs a merchant's key with `orders:write`.
        """
        key = idempotency_key(input.idempotency_key)
        variant = row_id(input.variant, "Variant", "variant")
        if variant is None:
            raise BadInput("`variant` is not the id of a Variant.", argument="variant")
        device = records.Registered(
            numbers=Numbers(input.imei, input.imei2, input.serial, input.meid),
            variant_id=variant,
            channel=input.channel,
            sku=given.maybe(input.sku, "sku"),
            acquisition=input.acquisition.said().read() if input.acquisition else None,
            media=[each.read() for each in input.media],
            diagnostic=input.diagnostic.said().read() if input.diagnostic else None,
            code=input.passport_code,
        )
        found = await records.register(info.context, device, key)
        path = ["input", "variant"] if found == Refusal("VARIANT_UNKNOWN") else ["input"]
        return cast("RegisterUnitResult", await answer(info, found, path))

    @strawberry.mutation(metadata={"rule": WRITE})
    async def record_diagnostic(
        self,
        info: Info,
        input: Annotated[RecordDiagnosticInput, strawberry.argument(description="Which test.")],
    ) -> RecordDiagnosticResult:
        """Record a test of a device that is with you, passed or not: the last one counts.

        Needs a merchant's key with `orders:write`.
        """
        key, unit = idempotency_key(input.idempotency_key), unit_id(input.unit)
        tested = input.diagnostic.said().read()
        found = await records.diagnose(info.context, unit, tested, key)
        return cast("RecordDiagnosticResult", await answer(info, found, PATH))

    @strawberry.mutation(metadata={"rule": WRITE})
    async def record_erasure(
        self,
        info: Info,
        input: Annotated[RecordErasureInput, strawberry.argument(description="Which erasure.")],
    ) -> RecordErasureResult:
        """Record how far the erasure of one medium of a device came: only `VALIDATED` lets it go.

        What failed twice is quarantined; from there the next method runs, or it is destroyed.
        Needs a merchant's key with `orders:write`.
        """
        key, unit = idempotency_key(input.idempotency_key), unit_id(input.unit)
        found = await records.erase(info.context, unit, input.read(), key)
        return cast("RecordErasureResult", await answer(info, found, ["input", "state"]))

    @strawberry.mutation(metadata={"rule": WRITE})
    async def record_part(
        self,
        info: Info,
        input: Annotated[RecordPartInput, strawberry.argument(description="Which part.")],
    ) -> RecordRepairResult:
        """Record a part that was replaced in a device that is with you, and where it came from.

        Needs a merchant's key with `orders:write`.
        """
        key, unit = idempotency_key(input.idempotency_key), unit_id(input.unit)
        part, at = input.part.read(), given.zoned(input.at, "at")
        medium = input.medium.read() if input.medium else None
        found = await records.replace_part(info.context, unit, part, at, medium, key)
        return cast("RecordRepairResult", await answer(info, found, PATH))

    @strawberry.mutation(metadata={"rule": WRITE})
    async def record_repair(
        self,
        info: Info,
        input: Annotated[RecordRepairInput, strawberry.argument(description="Which repair.")],
    ) -> RecordRepairResult:
        """Record a repair of a device that is with you, with the parts that it took.

        Needs a merchant's key with `orders:write`.
        """
        key, unit = idempotency_key(input.idempotency_key), unit_id(input.unit)
        months = input.warranty_months
        if months is not None and not 0 <= months <= 120:
            raise BadInput("`warrantyMonths` is 0 to 120.", argument="warrantyMonths")
        done = Repaired(input.fault, input.action, input.by, months)
        parts, at = [each.read() for each in input.parts], given.zoned(input.at, "at")
        found = await records.repair(info.context, unit, done, parts, at, key)
        return cast("RecordRepairResult", await answer(info, found, PATH))

    @strawberry.mutation(metadata={"rule": WRITE})
    async def grade_unit(
        self,
        info: Info,
        input: Annotated[GradeUnitInput, strawberry.argument(description="How it looks.")],
    ) -> RecordRepairResult:
        """Record how a device that is with you looks, by which book.

        Needs a merchant's key with `orders:write`.
        """
        key, unit = idempotency_key(input.idempotency_key), unit_id(input.unit)
        graded = Graded(input.scheme, input.version, input.grade, input.by)
        found = await records.grade(info.context, unit, graded, given.zoned(input.at, "at"), key)
        return cast("RecordRepairResult", await answer(info, found, PATH))

    @strawberry.mutation(metadata={"rule": WRITE})
    async def offer_unit(
        self,
        info: Info,
        input: Annotated[OfferUnitInput, strawberry.argument(description="Which device.")],
    ) -> OfferUnitResult:
        """Put a device among what you offer: it works, and holds nobody's data.

        Needs a merchant's key with `orders:write`.
        """
        key, unit = idempotency_key(input.idempotency_key), unit_id(input.unit)
        found = await records.offer(info.context, unit, key)
        return cast("OfferUnitResult", await answer(info, found, PATH))


PATH = ["input", "unit"]


def unit_id(sent: strawberry.ID) -> UUID:
    """The device that a client names. Raises: BadInput."""
    found = row_id(sent, "Unit", "unit")
    if found is None:
        raise BadInput("`unit` is not the id of a Unit.", argument="unit")
    return found


async def answer(info: Info, found: UUID | Refusal, path: list[str]) -> object:
    """The device as it is now, or the refusal."""
    if isinstance(found, Refusal):
        return problem(info, found, path)
    row = await reading.unit(info.context, found)
    if row is None:
        raise LookupError(f"the unit {found} is gone")
    return UnitChanged(unit=Unit.of(row))
