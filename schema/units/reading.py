"""Who has a device reads about it; anybody with its code verifies it."""

from typing import Annotated

import strawberry

from domain.impact import Indicator
from resolvers.impact import sums
from resolvers.units import reading
from schema.common import After, First, Info, edges, page_info, row_id
from schema.impact import InIndicator
from schema.impact.sums import ImpactSum, InSet
from schema.rules import CUSTOMER, PUBLIC, ruled
from schema.units.passport import Passport
from schema.units.unit import KEEPER, READ, Unit, UnitConnection

UnitId = Annotated[strawberry.ID, strawberry.argument(description="Id of the `Unit`.")]
Identifier = Annotated[
    str | None,
    strawberry.argument(description="Only those that you know by this IMEI or serial number."),
]


@ruled(CUSTOMER)
@strawberry.type
class Me:
    """You, a customer."""

    @strawberry.field
    async def devices(self, info: Info, first: First = 24, after: After = None) -> UnitConnection:
        """Devices that you bought and were given, and those that you trade in, newest first."""
        page = await reading.units(info.context, None, first, after)
        return UnitConnection(edges=edges(page, Unit.of), page_info=page_info(page, after))

    @strawberry.field
    async def impact_total(
        self, info: Info, indicator: InIndicator = Indicator.GWP, factor_set: InSet = None
    ) -> ImpactSum:
        """What the devices that you bought avoid: those that you can no longer give back."""
        return ImpactSum.of(await sums.of_customer(info.context, indicator, factor_set))


@ruled(PUBLIC)
@strawberry.type
class VerifiedDevice:
    """What is publicly known of a device: nothing of whoever had it, sold it or repaired it."""

    brand: str | None = strawberry.field(description="Who made it.")
    model: str | None = strawberry.field(description="What it is.")
    category: str | None = strawberry.field(description="Code of the category.")
    passport: Passport = strawberry.field(
        description="What happened to it, and whether that is true."
    )


@strawberry.type
class UnitsQuery:
    """Queries of the area; `schema/root.py` inherits them."""

    @strawberry.field(metadata={"rule": READ})
    async def unit(self, info: Info, id: UnitId) -> Unit | None:
        """A device that you have or had; `null` for any other.

        For its customers, merchants with `orders:read` or `trade_in:read`, organisations with
        `fleets:read`, and staff.
        """
        found = row_id(id, "Unit", "id")
        row = await reading.unit(info.context, found) if found else None
        return Unit.of(row) if row else None

    @strawberry.field(metadata={"rule": KEEPER})
    async def units(
        self, info: Info, first: First = 24, after: After = None, identifier: Identifier = None
    ) -> UnitConnection:
        """The devices that you have or had, the newest first.

        For merchants with `orders:read` or `trade_in:read`, and organisations with `fleets:read`.
        """
        page = await reading.units(info.context, identifier, first, after)
        return UnitConnection(edges=edges(page, Unit.of), page_info=page_info(page, after))

    @strawberry.field(metadata={"rule": READ})
    async def passport(self, info: Info, unit_id: UnitId) -> Passport | None:
        """The passport of a device that you have or had; `null` for any other."""
        found = row_id(unit_id, "Unit", "unitId")
        row = await reading.unit(info.context, found) if found else None
        return Passport(unit_id=row.unit_id, number=row.passport) if row else None

    @strawberry.field(metadata={"rule": CUSTOMER})
    def me(self) -> Me:
        """You, where you signed in as a customer."""
        return Me()

    @strawberry.field(metadata={"rule": PUBLIC})
    async def verify_device(
        self,
        info: Info,
        code: Annotated[
            str,
            strawberry.argument(description="As it stands on the label; dashes do not matter."),
        ],
    ) -> VerifiedDevice | None:
        """What is publicly known of the device with this code; `null` for an unknown one."""
        found = await reading.device_of(code)
        if found is None:
            return None
        passport = Passport(unit_id=found.unit_id, number=found.passport)
        return VerifiedDevice(
            brand=found.brand, model=found.model, category=found.category, passport=passport
        )
