"""A device that broke, or that is not wanted any more: repaired, replaced or traded in."""

from datetime import date
from decimal import Decimal
from typing import Annotated

import strawberry

from domain.impact import Indicator, InputFault, Leg, LegMode, Part, Workshop
from domain.impact.paths import PathKind, Prices
from domain.money import Currency
from resolvers.impact import devices as resolvers
from schema.common import Info
from schema.impact import ImpactResult, InIndicator
from schema.impact.sums import InSet
from schema.rules import PUBLIC, ruled

strawberry.enum(PathKind, name="ImpactPathKind", description="What may become of a device.")
strawberry.enum(LegMode, description="How goods travelled.")


@strawberry.input
class ImpactPartInput:
    """A part that the repair takes."""

    kind: str = strawberry.field(
        description="`BATTERY` `SSD` `HDD`, or another word: without a factor or a share of the "
        "mass nothing may be said."
    )
    quantity: Decimal = strawberry.field(
        description="GB of `SSD` and `HDD`, kg of cells of a `BATTERY`, else pieces."
    )
    second_hand: bool = strawberry.field(default=False, description="It weighs nothing then.")
    factor: Decimal | None = strawberry.field(
        default=None, description="Your own, kg CO2e for each unit of quantity."
    )
    evidence: str | None = strawberry.field(
        default=None, description="What shows the factor; needed beside one."
    )
    mass_share: Decimal | None = strawberry.field(
        default=None,
        description="Its share of the device's mass, above 0 and up to 1: too weak for a figure "
        "that is shown.",
    )


@strawberry.input
class ImpactLegInput:
    """A way that goods go."""

    km: Decimal = strawberry.field(description="Kilometres, 0 to 60,000.")
    mode: LegMode | None = strawberry.field(
        default=None, description="A van under 1,000 km where nothing is said, else an aircraft."
    )
    gross_kg: Decimal | None = strawberry.field(default=None, description="With its packaging.")

    def read(self, path: str) -> Leg:
        """The same for the use case. Raises: BadInput."""
        finite(self.km, f"{path}.km")
        finite(self.gross_kg, f"{path}.grossKg")
        return Leg(self.km, self.mode, self.gross_kg)


@strawberry.input
class ImpactWorkshopInput:
    """What the workshop uses."""

    kwh: Decimal = strawberry.field(description="Kilowatt hours for the device.")
    country: str = strawberry.field(description="Where it stands, ISO 3166-1 alpha-2.")

    def read(self, path: str) -> Workshop:
        """The same for the use case. Raises: BadInput."""
        finite(self.kwh, f"{path}.kwh")
        return Workshop(self.kwh, self.country[:2].upper())


@strawberry.input
class ImpactDeviceInput:
    """A device, and what its repair takes. What is left out is not known, and never guessed."""

    category: str = strawberry.field(description="Code of a category.")
    age_years: Decimal | None = strawberry.field(
        default=None, description="Years since it was first used, 0 to 40."
    )
    bought_on: date | None = strawberry.field(
        default=None, description="Its first day, in place of `ageYears`."
    )
    parts: list[ImpactPartInput] | None = strawberry.field(
        default=None, description="An empty list: the repair takes none. At most 20."
    )
    accessories: list[str] | None = strawberry.field(
        default=None, description="`PHONE_CHARGER` `LAPTOP_CHARGER`."
    )
    legs: list[ImpactLegInput] | None = strawberry.field(
        default=None, description="Ways to the workshop and back. At most 20."
    )
    workshop: ImpactWorkshopInput | None = strawberry.field(
        default=None, description="Energy of the workshop."
    )
    household: bool = strawberry.field(
        default=False, description="A desktop computer of a household, not of an office."
    )

    def read(self) -> resolvers.Device:
        """The same for the use case. Raises: BadInput."""
        finite(self.age_years, "device.ageYears")
        parts = None
        if self.parts is not None:
            parts = [_part(each, n) for n, each in enumerate(self.parts)]
        legs = None
        if self.legs is not None:
            legs = [each.read(f"device.legs[{n}]") for n, each in enumerate(self.legs)]
        return resolvers.Device(
            self.category,
            self.age_years,
            self.bought_on,
            parts,
            self.accessories,
            legs,
            self.workshop.read("device.workshop") if self.workshop else None,
            household=self.household,
        )


@strawberry.input
class CompareImpactInput:
    """A device and what its paths cost, in one currency."""

    device: ImpactDeviceInput = strawberry.field(description="The device.")
    currency: Currency | None = strawberry.field(
        default=None, description="Of all prices; needed where there are any."
    )
    repair_price: Decimal | None = strawberry.field(default=None, description="Of the repair.")
    new_price: Decimal | None = strawberry.field(default=None, description="Of a new device.")
    refurbished_price: Decimal | None = strawberry.field(
        default=None, description="Of a refurbished one."
    )
    trade_in_value: Decimal | None = strawberry.field(
        default=None, description="What the device brings as it is."
    )

    def prices(self) -> Prices:
        """The same for the use case. Raises: BadInput."""
        named = {
            "repairPrice": self.repair_price,
            "newPrice": self.new_price,
            "refurbishedPrice": self.refurbished_price,
            "tradeInValue": self.trade_in_value,
        }
        for name, amount in named.items():
            finite(amount, name)
        if self.currency is None and any(amount is not None for amount in named.values()):
            raise resolvers.wrong(InputFault("currency", "MISSING"))
        return Prices(*named.values())


@ruled(PUBLIC)
@strawberry.type
class ImpactPath:
    """One thing that may become of a device, against buying a new one."""

    kind: PathKind = strawberry.field(description="Which.")
    price: Decimal | None = strawberry.field(
        description="What it costs, as given; below zero where it brings money."
    )
    impact: ImpactResult = strawberry.field(
        description="What it avoids against a new device. `REPAIR`: the years of a second life, "
        "less its parts. `REPLACE`: a refurbished device of the category. `TRADE_IN`: the second "
        "life of this device, which counts where it is sold, not for you."
    )


@ruled(PUBLIC)
@strawberry.type
class ImpactComparison:
    """The paths of a device. All by one factor set."""

    paths: list[ImpactPath] = strawberry.field(description="At most 3.")
    ratio: Decimal | None = strawberry.field(
        description="Price of the repair over that of a new device; `null` without both."
    )
    threshold: Decimal = strawberry.field(
        description="The share up to which a repair is advised: only more than it tips the advice."
    )
    advice: PathKind | None = strawberry.field(
        description="What the prices speak for; `null` without them. Never a figure of impact."
    )
    currency: Currency | None = strawberry.field(description="Of all prices.")


def finite(value: Decimal | None, field: str) -> None:
    """Raises: BadInput for what is no number."""
    if value is not None and not value.is_finite():
        raise resolvers.wrong(InputFault(field, "NOT_A_NUMBER"))


def _part(given: ImpactPartInput, n: int) -> Part:
    path = f"device.parts[{n}]"
    for name, value in (
        ("quantity", given.quantity),
        ("factor", given.factor),
        ("massShare", given.mass_share),
    ):
        finite(value, f"{path}.{name}")
    return Part(
        given.kind[:40],
        given.quantity,
        given.second_hand,
        given.factor,
        given.evidence,
        given.mass_share,
    )


@strawberry.type
class ImpactPathsQuery:
    """Queries of the area; `schema/root.py` inherits them."""

    @strawberry.field(metadata={"rule": PUBLIC})
    async def compare_impact(
        self,
        info: Info,
        input: Annotated[CompareImpactInput, strawberry.argument(description="The device.")],
        indicator: InIndicator = Indicator.GWP,
        factor_set: InSet = None,
    ) -> ImpactComparison:
        """Repair, replace or trade in: what each path costs, and what may be said of it.

        What cannot be is refused with its field and a code; what is not known is not guessed, and
        the answer says what may not be said.
        """
        device, prices = input.device.read(), input.prices()
        given = (device, prices, indicator, factor_set)
        found = await resolvers.paths(info.context, *given)
        return ImpactComparison(
            paths=[
                ImpactPath(
                    kind=path.kind,
                    price=path.price,
                    impact=ImpactResult.of(found.said[path.kind]),
                )
                for path in found.paths.paths
            ],
            ratio=found.paths.ratio,
            threshold=found.paths.threshold,
            advice=found.paths.advice,
            currency=input.currency,
        )
