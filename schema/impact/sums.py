"""What many devices count: of the platform, of a customer, of a merchant, of what is ordered."""

from datetime import datetime
from decimal import Decimal
from typing import Annotated, Self

import strawberry

from domain.impact import UNITS, ImpactGrade, ImpactReason, ImpactStatus, Indicator, Range
from domain.impact.fleets import STATEMENT
from domain.impact.register import TotalScope
from domain.impact.shown import shown
from resolvers.impact import sums as resolvers
from schema.common import Info
from schema.impact import ImpactFactorSet, ImpactRange, ImpactService, ImpactValue, InIndicator
from schema.rules import PUBLIC, Scope, ruled

strawberry.enum(TotalScope, name="ImpactScope", description="What a total is of.")

READ = Scope("orders:read")
InSet = Annotated[
    str | None,
    strawberry.argument(
        description="By which factor set; by default that of all sums. A sum is of one set."
    ),
]
InPeriod = Annotated[
    str,
    strawberry.argument(description="A month, as `2026-05`, a year, as `2026`; empty: all time."),
]
REBOUND = "{} % deducted for rebound."


def range_of(found: Range | None) -> ImpactRange | None:
    """A range as clients read it."""
    return None if found is None else ImpactRange.of(found)


@ruled(PUBLIC)
@strawberry.type
class ImpactSumCategory:
    """What one category adds to a sum."""

    category: str = strawberry.field(description="Code of the category.")
    counted: int = strawberry.field(description="Devices with a number.")
    gross: ImpactValue = strawberry.field(description="Before rebound.")
    net: ImpactValue = strawberry.field(description="After rebound.")


@ruled(PUBLIC)
@strawberry.type
class ImpactSum:
    """What devices that are used again avoid against new ones, by one factor set.

    Its figures are the sums of `categories`, to the last digit; its range is that of all devices
    together, for errors of factors are common to them.
    """

    status: ImpactStatus = strawberry.field(description="What may be said.")
    reasons: list[ImpactReason] = strawberry.field(description="Why no more. At most 3.")
    indicator: Indicator = strawberry.field(description="What is counted.")
    unit: str = strawberry.field(description="Unit of all figures.")
    units: int = strawberry.field(description="Devices, less those that came back.")
    returned: int = strawberry.field(description="Devices that came back.")
    counted: int = strawberry.field(description="Devices with a number, of either sign.")
    units_without_number: int = strawberry.field(description="Devices without one.")
    service: ImpactService = strawberry.field(description="The sum.")
    range: ImpactRange | None = strawberry.field(description="The net sum in ten thousand draws.")
    share_not_positive: Decimal | None = strawberry.field(
        description="Share of the draws without a benefit."
    )
    grade: ImpactGrade | None = strawberry.field(description="The worst grade in it.")
    graded_ab: int | None = strawberry.field(
        name="gradedAB",
        description="Devices whose number is a study's, derived or audited; `null` where it is "
        "not counted.",
    )
    categories: list[ImpactSumCategory] = strawberry.field(description="At most 40.")
    factor_set: ImpactFactorSet = strawberry.field(description="What it rests on.")
    method: str = strawberry.field(description="Version of the method.")
    rebound: Decimal = strawberry.field(description="The share that was deducted.")
    rebound_note: str = strawberry.field(description="What was deducted, and why.")
    statement: str = strawberry.field(description="What it is not: a carbon credit.")

    @classmethod
    def of(cls, found: resolvers.Sum) -> Self:
        lines = [
            ImpactSumCategory(
                category=x.category,
                counted=x.counted,
                gross=ImpactValue.of(x.gross),
                net=ImpactValue.of(x.net),
            )
            for x in found.lines[:40]
        ]
        return cls(
            status=found.status,
            reasons=list(found.reasons),
            indicator=found.indicator,
            unit=UNITS[found.indicator],
            units=found.units,
            returned=found.returned,
            counted=found.counted,
            units_without_number=found.units_without_number,
            service=ImpactService(gross=ImpactValue.of(found.gross), net=ImpactValue.of(found.net)),
            range=range_of(found.net_range),
            share_not_positive=found.share_not_positive,
            grade=found.grade,
            graded_ab=found.graded_ab,
            categories=lines,
            factor_set=ImpactFactorSet(id=found.factor_set, sha256=found.factor_set_sha256),
            method=found.method,
            rebound=found.rebound,
            rebound_note=REBOUND.format(shown(found.rebound * 100)),
            statement=STATEMENT,
        )


@ruled(PUBLIC)
@strawberry.type
class ImpactTotal:
    """A total of the platform for a period: restated by a set, and as it was reported."""

    scope: TotalScope = strawberry.field(description="Of what.")
    place: str = strawberry.field(
        description="A country the devices went to, a market, or empty for all."
    )
    period: str = strawberry.field(description="A month, a year, or empty for all time.")
    as_of: datetime = strawberry.field(description="When it was summed and drawn.")
    restated: ImpactSum = strawberry.field(description="All of it by the set that was asked for.")
    as_reported: list[ImpactSum] = strawberry.field(
        description="By the set of its time; two only where the set changed in the period, for "
        "sets are never added. At most 5."
    )
    difference: ImpactValue | None = strawberry.field(
        description="Restated less reported, net; `null` where it was reported by two sets."
    )

    @classmethod
    def of(cls, found: resolvers.PublishedSum) -> Self:
        then = found.as_reported
        gap = found.restated.net - then[0].net if len(then) == 1 else None
        return cls(
            scope=found.scope,
            place=found.place,
            period=found.period,
            as_of=found.as_of,
            restated=ImpactSum.of(found.restated),
            as_reported=[ImpactSum.of(each) for each in then[:5]],
            difference=ImpactValue.maybe(gap),
        )


@ruled(PUBLIC)
@strawberry.type
class PlatformImpact:
    """Totals of the register: devices that were delivered and can no longer be given back.

    A device counts once a life, in the month in which its days to give back ended, in the country
    it went to. What comes back later is taken off in the month in which it does.
    """

    scope: TotalScope = strawberry.field(description="Of what.")
    place: str = strawberry.field(description="A country, a market, or empty for all.")
    indicator: Indicator = strawberry.field(description="What is counted.")
    unit: str = strawberry.field(description="Unit of all figures.")
    asked: strawberry.Private[resolvers.Platform]

    @strawberry.field
    async def total(self, period: InPeriod = "") -> ImpactTotal | None:
        """The total of a period; `null` where nothing counted."""
        found = await resolvers.one(self.asked, period)
        return ImpactTotal.of(found) if found else None

    @strawberry.field
    async def months(
        self,
        first: Annotated[
            str | None, strawberry.argument(name="from", description="First month.")
        ] = None,
        last: Annotated[
            str | None, strawberry.argument(name="to", description="Last month.")
        ] = None,
    ) -> list[ImpactTotal]:
        """Months in which something counted, the oldest first: the last of them. At most 36."""
        return [ImpactTotal.of(x) for x in await resolvers.by_month(self.asked, first, last)]

    @strawberry.field
    async def countries(self, period: InPeriod = "") -> list[ImpactTotal]:
        """The countries of a period, the largest first; none within a place. At most 100."""
        return [ImpactTotal.of(x) for x in await resolvers.by_country(self.asked, period)]


@strawberry.type
class ImpactSumsQuery:
    """Queries of the area; `schema/root.py` inherits them."""

    @strawberry.field(metadata={"rule": PUBLIC})
    async def platform_impact(
        self,
        market: Annotated[str | None, strawberry.argument(description="Of a market alone.")] = None,
        country: Annotated[
            str | None,
            strawberry.argument(description="Of devices that went to a country, ISO 3166-1."),
        ] = None,
        indicator: InIndicator = Indicator.GWP,
        factor_set: InSet = None,
    ) -> PlatformImpact:
        """What all devices that were sold here avoid, by country and month. Anybody may ask."""
        asked = await resolvers.platform(market, country, indicator, factor_set)
        return PlatformImpact(
            scope=asked.scope,
            place=asked.place,
            indicator=indicator,
            unit=UNITS[indicator],
            asked=asked,
        )

    @strawberry.field(metadata={"rule": READ})
    async def merchant_impact(
        self,
        info: Info,
        market: Annotated[
            str | None, strawberry.argument(description="Of a market alone; else of all.")
        ] = None,
        first: Annotated[
            str | None, strawberry.argument(name="from", description="First month, as `2026-05`.")
        ] = None,
        last: Annotated[
            str | None, strawberry.argument(name="to", description="Last month, as `2026-05`.")
        ] = None,
        indicator: InIndicator = Indicator.GWP,
        factor_set: InSet = None,
    ) -> ImpactSum:
        """What the devices that you sold avoid, as far as they count in the register.

        Needs a merchant's key with `orders:read`.
        """
        given = (READ.name, market, (first, last), indicator, factor_set)
        return ImpactSum.of(await resolvers.of_merchant(info.context, *given))
