"""A merchant tells what the refurbishing of a device took, beside its parts."""

from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, cast

import strawberry

from domain.impact import AgeEvidence, LegMode, Workshop
from domain.units.footprint import DeclaredLeg, KmBasis, Refurbished
from resolvers.units import footprint, given
from schema.common import ONCE, Info, idempotency_key
from schema.units.records import PATH, WRITE, RecordRepairResult, answer, unit_id

strawberry.enum(KmBasis, description="Where the kilometres of a way are from.")


@strawberry.input
class RefurbishingLegInput:
    """A way that the device went to be refurbished, and to its buyer."""

    km: Decimal = strawberry.field(description="Kilometres, 0 to 60,000.")
    mode: LegMode | None = strawberry.field(
        default=None, description="A van under 1,000 km where nothing is said, else an aircraft."
    )
    gross_kg: Decimal | None = strawberry.field(
        default=None, description="With its packaging; by default the usual mass of the category."
    )
    basis: KmBasis = strawberry.field(
        default=KmBasis.DECLARED, description="Where the kilometres are from."
    )

    def read(self, n: int) -> DeclaredLeg:
        """The same for the use case. Raises: BadInput."""
        given.finite(self.km, f"legs[{n}].km")
        given.finite(self.gross_kg, f"legs[{n}].grossKg")
        return DeclaredLeg(self.km, self.mode, self.gross_kg, self.basis)


@strawberry.input
class RefurbishingWorkshopInput:
    """Energy of the workshop for this device."""

    kwh: Decimal = strawberry.field(description="Kilowatt hours.")
    country: str = strawberry.field(description="Where it stands, ISO 3166-1 alpha-2.")


@strawberry.input
class RecordRefurbishingInput:
    """What the refurbishing of a device took. What is left out is not known; it is never guessed.

    What is told weighs on top of the mean of its category, so it can only lower the figure; an age
    that is shown raises its grade.
    """

    unit: strawberry.ID = strawberry.field(description="Id of the `Unit`.")
    at: datetime = strawberry.field(description="When it was done, with its zone.")
    idempotency_key: str = strawberry.field(description=ONCE)
    first_used_on: date | None = strawberry.field(
        default=None, description="First day of its first life."
    )
    first_used_evidence: AgeEvidence = strawberry.field(
        default=AgeEvidence.DECLARED,
        description="What shows it: `FIRST_ACTIVATION` `INVOICE` `FLEET_RECORD` `DECLARED`.",
    )
    legs: list[RefurbishingLegInput] | None = strawberry.field(
        default=None, description="Its ways; an empty list: none. At most 20."
    )
    accessories: list[str] | None = strawberry.field(
        default=None, description="New ones: `PHONE_CHARGER` `LAPTOP_CHARGER`. At most 10."
    )
    packaging_kg: Decimal | None = strawberry.field(
        default=None, description="Cardboard, kilogrammes."
    )
    workshop: RefurbishingWorkshopInput | None = strawberry.field(
        default=None, description="Energy of the workshop."
    )

    def read(self) -> Refurbished:
        """The same for the use case. Raises: BadInput."""
        site = self.workshop
        if site is not None:
            given.finite(site.kwh, "workshop.kwh")
        legs = None
        if self.legs is not None:
            legs = [each.read(n) for n, each in enumerate(self.legs)]
        return Refurbished(
            self.first_used_on,
            self.first_used_evidence,
            legs,
            self.accessories,
            given.finite(self.packaging_kg, "packagingKg"),
            Workshop(site.kwh, site.country[:2].upper()) if site else None,
        )


@strawberry.type
class RefurbishingMutation:
    """Mutations of the area; `schema/root.py` inherits them."""

    @strawberry.mutation(metadata={"rule": WRITE})
    async def record_refurbishing(
        self,
        info: Info,
        input: Annotated[RecordRefurbishingInput, strawberry.argument(description="What it took.")],
    ) -> RecordRepairResult:
        """Record what the refurbishing of a device that is with you took: age, ways, energy.

        The last one told since the device was last in use counts. Needs a merchant's key with
        `orders:write`.
        """
        key, unit = idempotency_key(input.idempotency_key), unit_id(input.unit)
        told, at = input.read(), given.zoned(input.at, "at")
        found = await footprint.refurbish(info.context, unit, told, at, key)
        return cast("RecordRepairResult", await answer(info, found, PATH))
