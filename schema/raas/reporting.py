"""An organisation's impact statement of a period."""

from datetime import date
from typing import Annotated, Self
from uuid import UUID

import strawberry

from domain.impact import UNITS, ImpactGrade, ImpactReason, ImpactStatus, Indicator
from domain.impact.fleets import CategoryPart
from domain.raas import reports
from domain.raas.reporting import Period, Report, ScopeLine
from resolvers.catalog import language
from resolvers.raas import reporting as resolvers
from schema.common import Info, Locale, row_id
from schema.impact import ImpactFactorSet, ImpactRange, ImpactValue, InIndicator
from schema.raas.impact import FleetDeviceCount
from schema.rules import ORGANISATION, OWN, AllOf, Scope, ruled

READ = AllOf((Scope(resolvers.READ), ORGANISATION))
InOrganisation = Annotated[strawberry.ID, strawberry.argument(description="Yours.")]
InSet = Annotated[
    str | None,
    strawberry.argument(description="Factor set; nothing: the one that sums are made by."),
]


@strawberry.input
class PeriodInput:
    """Days, both of them counted, UTC."""

    from_: date = strawberry.field(name="from", description="The first day.")
    to: date = strawberry.field(description="The last day: before today, 5 years later at most.")


InPeriod = Annotated[
    PeriodInput, strawberry.argument(description="A period that has ended, of 5 years at most.")
]


@ruled(OWN)
@strawberry.type
class ImpactStatementLine:
    """The part of one category, by one method and one factor set."""

    category: str = strawberry.field(description="Code of the category of the factor set.")
    outcomes: list[FleetDeviceCount] = strawberry.field(description="At most 5.")
    gross: ImpactValue = strawberry.field(description="Before rebound.")
    net: ImpactValue = strawberry.field(description="After rebound. Lines sum to the total.")
    range: ImpactRange | None = strawberry.field(description="The net sum in ten thousand draws.")
    grade: ImpactGrade | None = strawberry.field(description="How well it is founded.")
    method: str = strawberry.field(description="Version of the method.")
    factor_set: ImpactFactorSet = strawberry.field(description="What it rests on.")

    @classmethod
    def of(cls, found: Report, row: CategoryPart) -> Self:
        counts = [FleetDeviceCount(outcome=o, count=n) for o, n in row.outcomes.items()]
        return cls(
            category=row.category,
            outcomes=counts,
            gross=ImpactValue.of(row.gross),
            net=ImpactValue.of(row.net),
            range=ImpactRange.maybe(found.ranges.get(row.category)),
            grade=row.grade,
            method=found.avoided.method,
            factor_set=_set(found),
        )


@ruled(OWN)
@strawberry.type
class Scope3Line:
    """A line of your own inventory: apart from what was avoided."""

    scope3_category: int = strawberry.field(
        description="2: refurbished devices that you bought; 5: devices that became waste."
    )
    name: str = strawberry.field(description="The same in words.")
    category: str = strawberry.field(description="Code of the category of the devices.")
    units: int = strawberry.field(description="How many.")
    kg: ImpactValue | None = strawberry.field(
        description="kg CO2e; `null`: not established, which is not zero."
    )
    as_new: ImpactValue | None = strawberry.field(description="What new ones would be, kg CO2e.")

    @classmethod
    def of(cls, row: ScopeLine) -> Self:
        return cls(
            scope3_category=row.scope3_category,
            name=reports.SCOPE3[row.scope3_category],
            category=row.category,
            units=row.units,
            kg=ImpactValue.maybe(row.kg),
            as_new=ImpactValue.maybe(row.as_new),
        )


@ruled(OWN)
@strawberry.type
class ImpactStatement:
    """What devices of yours that left in a period avoid, where their outcome is proved."""

    from_: date = strawberry.field(name="from", description="The first day.")
    to: date = strawberry.field(description="The last day.")
    status: ImpactStatus = strawberry.field(description="What may be said.")
    reasons: list[ImpactReason] = strawberry.field(description="Why no more. At most 3.")
    indicator: Indicator = strawberry.field(description="What is counted.")
    unit: str = strawberry.field(description="Unit of all figures of `lines`.")
    units: int = strawberry.field(description="Devices whose outcome was proved in the period.")
    counted: int = strawberry.field(description="Of those, used again and with a number.")
    units_without_number: int = strawberry.field(description="Used again, without a number.")
    not_proved: int = strawberry.field(
        description="Counted in a lot, outcome not proved to this day: in no sum."
    )
    gross: ImpactValue = strawberry.field(description="Before rebound.")
    net: ImpactValue = strawberry.field(description="After rebound: the sum of `lines`.")
    range: ImpactRange | None = strawberry.field(description="The net sum in ten thousand draws.")
    lines: list[ImpactStatementLine] = strawberry.field(description="At most 40.")
    scope3: list[Scope3Line] = strawberry.field(description="Your own inventory. At most 80.")
    grade: ImpactGrade | None = strawberry.field(description="How well it is founded.")
    factor_set: ImpactFactorSet = strawberry.field(description="What it rests on.")
    method: str = strawberry.field(description="Version of the method.")
    functional_unit: str = strawberry.field(description="What is compared.")
    reference_scenario: str = strawberry.field(description="With what.")
    boundary: str = strawberry.field(description="What is counted of each, and what is not.")
    scopes: str = strawberry.field(description="Where it stands beside scopes 1, 2 and 3.")
    statement: str = strawberry.field(description="What it is not: a carbon credit.")
    computed_on: date = strawberry.field(description="The day: a later return changes it.")
    organisation: strawberry.Private[UUID]
    report: strawberry.Private[Report]

    @strawberry.field
    def csv_path(self, info: Info) -> str:
        """Path of the statement as CSV, for 15 minutes."""
        return resolvers.link(info.context, resolvers.CSV, self.organisation, self.report)

    @strawberry.field
    def json_path(self, info: Info) -> str:
        """The same as JSON."""
        return resolvers.link(info.context, resolvers.JSON, self.organisation, self.report)

    @strawberry.field
    def pdf_path(self, info: Info, locale: Locale = "en") -> str:
        """The same as PDF, drawn."""
        kind, lang = resolvers.PDF, language(locale)
        return resolvers.link(info.context, kind, self.organisation, self.report, lang)

    @classmethod
    def of(cls, organisation_id: UUID, found: Report) -> Self:
        row = found.avoided
        return cls(
            organisation=organisation_id, report=found, from_=found.period.first,
            to=found.period.last, status=row.status, reasons=list(row.reasons),
            indicator=row.indicator, unit=UNITS[row.indicator], units=row.units,
            counted=row.counted, units_without_number=row.units_without_number,
            not_proved=found.waiting, gross=ImpactValue.of(row.gross),
            net=ImpactValue.of(row.net), range=ImpactRange.maybe(row.net_range),
            lines=[ImpactStatementLine.of(found, each) for each in row.categories][:40],
            scope3=[Scope3Line.of(each) for each in found.scopes][:80], grade=row.grade,
            factor_set=_set(found), method=row.method, functional_unit=reports.FUNCTIONAL_UNIT,
            reference_scenario=reports.REFERENCE, boundary=reports.BOUNDARY,
            scopes=reports.APART, statement=row.statement, computed_on=found.on,
        )  # fmt: skip


def _set(found: Report) -> ImpactFactorSet:
    return ImpactFactorSet(id=found.avoided.factor_set, sha256=found.avoided.factor_set_sha256)


@strawberry.type
class ReportingQuery:
    """Queries of the area; `schema/root.py` inherits them."""

    @strawberry.field(metadata={"rule": READ})
    async def impact_statement(
        self,
        info: Info,
        organisation: InOrganisation,
        period: InPeriod,
        factor_set: InSet = None,
        indicator: InIndicator = Indicator.GWP,
    ) -> ImpactStatement | None:
        """What your devices avoid whose outcome was proved in a period that has ended.

        `null` for an organisation that is not yours. Reasons of refusals: `PERIOD_OPEN` with
        `endsOn`, `FACTOR_SET_RETIRED` with `replacedBy`, `FACTOR_SET_UNKNOWN`, `PERIOD_INVALID`,
        `PERIOD_TOO_LONG`, `ALL_SITES_NEEDED`.
        """
        whose = row_id(organisation, "Organisation", "organisation")
        if whose is None:
            return None
        days = Period(period.from_, period.to)
        found = await resolvers.statement(info.context, whose, days, factor_set, indicator)
        return None if found is None else ImpactStatement.of(whose, found)
