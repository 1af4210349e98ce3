"""What a lot or a fleet avoids."""

from typing import Annotated, Self

import strawberry

from domain.impact import ImpactGrade, ImpactReason, ImpactStatus, Indicator
from domain.impact.fleets import CategoryPart, FleetOutcome
from resolvers.raas.impact import Stated
from schema.impact import ImpactFactorSet, ImpactRange, ImpactValue
from schema.rules import OWN, ruled

Expected = Annotated[
    bool,
    strawberry.argument(
        description="Count what shall be used again as if it were; else only what is."
    ),
]


@ruled(OWN)
@strawberry.type
class FleetDeviceCount:
    """Devices of one outcome."""

    outcome: FleetOutcome = strawberry.field(description="What became of them.")
    count: int = strawberry.field(description="How many.")


@ruled(OWN)
@strawberry.type
class FleetImpactCategory:
    """The part of one category."""

    category: str = strawberry.field(description="Code of the category.")
    outcomes: list[FleetDeviceCount] = strawberry.field(description="At most 5.")
    gross: ImpactValue = strawberry.field(description="Before rebound.")
    net: ImpactValue = strawberry.field(description="After rebound.")
    grade: ImpactGrade | None = strawberry.field(description="How well it is founded.")

    @classmethod
    def of(cls, row: CategoryPart) -> Self:
        counts = [FleetDeviceCount(outcome=o, count=n) for o, n in row.outcomes.items()]
        return cls(
            category=row.category,
            outcomes=counts,
            gross=ImpactValue.of(row.gross),
            net=ImpactValue.of(row.net),
            grade=row.grade,
        )


@ruled(OWN)
@strawberry.type
class FleetImpact:
    """What devices that are used again avoid, by one factor set, each of them once."""

    status: ImpactStatus = strawberry.field(description="What may be said.")
    reasons: list[ImpactReason] = strawberry.field(description="Why no more. At most 3.")
    indicator: Indicator = strawberry.field(description="What is counted.")
    units: int = strawberry.field(description="Devices with an outcome.")
    counted: int = strawberry.field(description="Of those, used again and with a number.")
    units_without_number: int = strawberry.field(description="Used again, without a number.")
    waiting: int = strawberry.field(description="Not used again yet: they are not in the sum.")
    gross: ImpactValue = strawberry.field(description="Before rebound.")
    net: ImpactValue = strawberry.field(description="After rebound.")
    range: ImpactRange | None = strawberry.field(description="The net sum in ten thousand draws.")
    categories: list[FleetImpactCategory] = strawberry.field(description="At most 40.")
    grade: ImpactGrade | None = strawberry.field(description="How well it is founded.")
    factor_set: ImpactFactorSet = strawberry.field(description="What it rests on.")
    method: str = strawberry.field(description="Version of the method.")
    statement: str = strawberry.field(description="What it is not: a carbon credit.")

    @classmethod
    def of(cls, stated: Stated) -> Self:
        row = stated.statement
        return cls(
            status=row.status, reasons=list(row.reasons), indicator=row.indicator,
            units=row.units, counted=row.counted, waiting=stated.waiting,
            units_without_number=row.units_without_number, gross=ImpactValue.of(row.gross),
            net=ImpactValue.of(row.net),
            range=ImpactRange.maybe(row.net_range),
            categories=[FleetImpactCategory.of(each) for each in row.categories][:40],
            grade=row.grade, method=row.method, statement=row.statement,
            factor_set=ImpactFactorSet(id=row.factor_set, sha256=row.factor_set_sha256),
        )  # fmt: skip
