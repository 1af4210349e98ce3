"""Reports of periods: margins, levies, sellers."""

from datetime import date, datetime
from typing import TYPE_CHECKING, Annotated, Any, Self

import strawberry
from strawberry.scalars import JSON

from domain.merchants.dpi import Operator
from domain.merchants.reports import ReportKind, ReportState
from domain.merchants.sellers import Document, Message
from resolvers.context import BadInput
from resolvers.effects import Refusal
from resolvers.quality import reports as resolvers
from schema.common import (
    ONCE,
    After,
    Edge,
    First,
    Info,
    Money,
    Node,
    NodeId,
    PageInfo,
    Problem,
    edges,
    global_id,
    idempotency_key,
    page_info,
    row_id,
)
from schema.rules import MERCHANT, OWN, AllOf, AnyOf, Scope, Staff, ruled

if TYPE_CHECKING:
    from models.quality.reports import Line, Report

MAKES = Staff(frozenset({resolvers.ROLE.value}))
OWNS = AllOf((Scope(resolvers.READ), MERCHANT))
READS = AnyOf((OWNS, MAKES))
strawberry.enum(ReportKind, description="What a report is of.")
strawberry.enum(ReportState, description="Whether a report can be read yet.")
strawberry.enum(Message, name="SellerMessage", description="What a message is to earlier ones.")
strawberry.enum(Document, name="SellerDocument", description="What is said of a seller.")


@ruled(READS)
@strawberry.type
class ReportTotal:
    """A sum over the lines of a report, to the last minor unit."""

    name: str = strawberry.field(description="Name of the amount in the lines, such as `vat`.")
    amount: Money = strawberry.field(description="The sum.")


@ruled(READS)
@strawberry.type
class ReportLine:
    """A line of a report. Amounts in `facts` are in minor units, under names in `Minor`."""

    n: int = strawberry.field(description="Its number, from 1.")
    merchant_id: strawberry.ID = strawberry.field(description="Whose, a UUID.")
    document: Document | None = strawberry.field(
        description="Of sellers: what is said; `null`: nothing is, see `faults`."
    )
    faults: list[str] = strawberry.field(description="Why it is held, coded. At most 20.")
    facts: JSON = strawberry.field(description="What it says.")

    @classmethod
    def of(cls, row: "Line") -> Self:
        return cls(
            n=row.n,
            merchant_id=strawberry.ID(str(row.merchant_id)),
            document=row.document,
            faults=list(row.faults),
            facts=dict(row.facts),  # type: ignore[arg-type]
        )


@ruled(READS)
@strawberry.type
class ReportLineConnection:
    """Lines of a report, page by page."""

    edges: list[Edge[ReportLine]] = strawberry.field(description="Those of the page.")
    page_info: PageInfo = strawberry.field(description="Where the page stands.")


@ruled(READS)
@strawberry.type
class PeriodReport(Node):
    """A report of a period, kept as it was made."""

    kind: ReportKind = strawberry.field(description="What it is of.")
    state: ReportState = strawberry.field(description="Whether it can be read yet.")
    scope: str = strawberry.field(description="The country that it is about, or `ALL`.")
    period: str = strawberry.field(description="Such as `2026`, `2026-Q3` or `2026-11`.")
    starts_on: date = strawberry.field(description="First day.")
    ends_on: date = strawberry.field(description="Last day.")
    merchant_id: strawberry.ID | None = strawberry.field(description="Whose alone, a UUID.")
    message: Message | None = strawberry.field(description="Of sellers: which message.")
    message_ref: str | None = strawberry.field(description="Its reference, which never changes.")
    line_count: int = strawberry.field(description="Lines.")
    held_count: int = strawberry.field(description="Lines that lack something.")
    activities: int | None = strawberry.field(description="Of sellers: sales that are told.")
    totals: list[ReportTotal] = strawberry.field(description="Sums of the lines. At most 50.")
    faults: list[str] = strawberry.field(
        description="What the authority's schema says against the message. At most 50."
    )
    file: str = strawberry.field(description="Path of the file: add `?format=csv`, `json`, `xml`.")
    requested_at: datetime = strawberry.field(description="When it was asked for.")
    ready_at: datetime | None = strawberry.field(description="When it was made.")
    row: strawberry.Private["Report"]

    @strawberry.field
    async def lines(
        self, info: Info, first: First = 24, after: After = None
    ) -> ReportLineConnection:
        """What it is made of."""
        page = await resolvers.lines(info.context, self.row, first, after)
        return ReportLineConnection(
            edges=edges(page, ReportLine.of), page_info=page_info(page, after)
        )

    @classmethod
    def of(cls, row: "Report") -> Self:
        sums = resolvers.totals(row)
        counted = [by["sales"] for _, by in sums if "sales" in by]
        return cls(
            id=global_id("PeriodReport", row.id),
            kind=row.kind,
            state=row.state,
            scope=row.scope,
            period=row.period,
            starts_on=row.starts_on,
            ends_on=row.ends_on,
            merchant_id=strawberry.ID(str(row.merchant_id)) if row.merchant_id else None,
            message=row.message,
            message_ref=row.message_ref,
            line_count=row.lines,
            held_count=row.held,
            activities=sum(counted) if counted else None,
            totals=[
                ReportTotal(name=name.removesuffix("Minor"), amount=Money.of(minor, currency))
                for currency, by in sums
                for name, minor in sorted(by.items())
                if name.endswith("Minor")
            ],
            faults=row.faults,
            file=f"/v1/reports/{row.id}",
            requested_at=row.requested_at,
            ready_at=row.ready_at,
            row=row,
        )


@ruled(READS)
@strawberry.type
class PeriodReportConnection:
    """Reports, page by page."""

    edges: list[Edge[PeriodReport]] = strawberry.field(description="Those of the page.")
    page_info: PageInfo = strawberry.field(description="Where the page stands.")


@ruled(OWN)
@strawberry.type
class PeriodOpen(Problem):
    """The period has not ended: `PERIOD_OPEN`."""

    ends_on: date = strawberry.field(description="Its last day.")


@ruled(OWN)
@strawberry.type
class ReportRefused(Problem):
    """`MERCHANT_UNKNOWN`; of sellers `AUTHORITY_UNKNOWN`, `RULE_MISSING`.

    `INITIAL_MADE`, `INITIAL_MISSING`: of the order of messages.
    """


MakeReportResult = Annotated[
    PeriodReport | PeriodOpen | ReportRefused,
    strawberry.union("MakeReportResult", description="The report, or a refusal."),
]


@strawberry.input
class PlatformOperatorInput:
    """The platform that reports, as the authority knows it."""

    number: str = strawberry.field(description="Its SIREN, nine digits.")
    name: str = strawberry.field(description="Name of the company.")
    business_name: str = strawberry.field(description="Name of the platform.")
    street: str = strawberry.field(description="Street and number.")
    postal_code: str = strawberry.field(description="Postcode.")
    city: str = strawberry.field(description="Town.")
    country: str = strawberry.field(description="ISO 3166-1 alpha-2.")
    vat_number: str | None = strawberry.field(default=None, description="Its VAT number.")


@strawberry.input
class MakeReportInput:
    """A report to make."""

    kind: ReportKind = strawberry.field(description="What of.")
    period: str = strawberry.field(
        description="`2026`, `2026-Q3` or `2026-11`; of sellers a year. It must have ended."
    )
    idempotency_key: str = strawberry.field(description=ONCE)
    country: str | None = strawberry.field(
        default=None, description="Of levies, where they are due; of sellers, whose authority."
    )
    merchant: strawberry.ID | None = strawberry.field(
        default=None, description="Of margins: the merchant's UUID; nothing means all."
    )
    message: Message | None = strawberry.field(default=None, description="Of sellers: which.")
    operator: PlatformOperatorInput | None = strawberry.field(
        default=None, description="Of sellers: who reports."
    )


_TOLD = {
    "PERIOD_OPEN": ("The period has not ended.", "period", "Ask on the day after `endsOn`."),
    "MERCHANT_UNKNOWN": ("There is no such merchant.", "merchant", None),
    "AUTHORITY_UNKNOWN": (
        "The form of this authority's messages is not known.",
        "country",
        "`FR` is known.",
    ),
    "INITIAL_MADE": (
        "The initial message of this year was made before.",
        "message",
        "Ask for `ADDITIONAL` or `CORRECTIVE`.",
    ),
    "INITIAL_MISSING": (
        "The initial message of this year is not there yet.",
        "message",
        "Ask for `INITIAL` first, and wait until it is `READY`.",
    ),
    "RULE_MISSING": (
        "No usable rule on reports of sellers is recorded for this year.",
        "period",
        "Record one with its source by `recordRule`.",
    ),
    "REPORT_UNKNOWN": ("There is no such report.", "kind", None),
}


def _refused(info: Info, found: Refusal) -> Any:
    message, path, hint = _TOLD[found.code]
    said: dict[str, Any] = {
        "code": found.code,
        "message": message,
        "path": ["input", path],
        "hint": hint,
        "request_id": strawberry.ID(info.context.request_id),
    }
    if found.code == "PERIOD_OPEN":
        return PeriodOpen(**said, ends_on=date.fromisoformat(found.facts["endsOn"]))
    return ReportRefused(**said)


@strawberry.type
class ReportsQuery:
    """Queries of reports; `schema/root.py` inherits them."""

    @strawberry.field(metadata={"rule": READS})
    async def reports(
        self,
        info: Info,
        kind: Annotated[
            ReportKind | None, strawberry.argument(description="Only these; nothing means all.")
        ] = None,
        first: First = 24,
        after: After = None,
    ) -> PeriodReportConnection:
        """Reports of periods that are yours, the newest first. Needs `finance:read`."""
        page = await resolvers.page(info.context, kind, first, after)
        return PeriodReportConnection(
            edges=edges(page, PeriodReport.of), page_info=page_info(page, after)
        )

    @strawberry.field(metadata={"rule": READS})
    async def report(self, info: Info, id: NodeId) -> PeriodReport | None:
        """A report; `null` for one that is not there, or not yours."""
        named = row_id(id, "PeriodReport", "id")
        found = await resolvers.report(info.context, named) if named else None
        return PeriodReport.of(found) if found else None

    @strawberry.field(metadata={"rule": OWNS})
    async def seller_year(
        self,
        info: Info,
        year: Annotated[int, strawberry.argument(description="Such as 2026.")],
    ) -> ReportLine | None:
        """What the tax authority was told of you last, or why nothing was. Needs `finance:read`."""
        if not 2023 <= year <= 2100:
            raise BadInput("`year` is one from 2023.", argument="year", value=str(year))
        found = await resolvers.own_year(info.context, year)
        return ReportLine.of(found) if found else None


@strawberry.type
class ReportsMutation:
    """Mutations of reports; `schema/root.py` inherits them."""

    @strawberry.mutation(metadata={"rule": MAKES})
    async def make_report(
        self,
        info: Info,
        input: Annotated[MakeReportInput, strawberry.argument(description="The report.")],
    ) -> MakeReportResult:
        """Have a report of a period that has ended made by a job. Staff only."""
        operator = Operator(**vars(input.operator)) if input.operator else None
        merchant = row_id(input.merchant, "Merchant", "merchant")
        if input.merchant is not None and merchant is None:
            raise BadInput("`merchant` is not the id of a Merchant.", argument="merchant")
        asked = resolvers.Asked(
            input.kind, input.period, input.country, merchant, input.message, operator
        )
        found = await resolvers.make(info.context, asked, idempotency_key(input.idempotency_key))
        if isinstance(found, Refusal):
            refused: ReportRefused = _refused(info, found)
            return refused
        return PeriodReport.of(found)
