"""How carriers do on their lanes, for whoever chooses among them."""

from datetime import datetime
from decimal import Decimal
from typing import Annotated, Self

import strawberry

from domain.merchants.quality import NotEnoughData
from domain.shipments.carriers import CarrierCode
from domain.shipments.scorecards import Days, Share
from resolvers.shipments import reading as resolvers
from schema.common import After, Edge, First, Info, PageInfo, edges, page_info
from schema.rules import AnyOf, Scope, ruled
from schema.shipments.tracking import TEAM

READ = AnyOf((Scope(resolvers.READ), TEAM))


@ruled(READ)
@strawberry.type
class LaneShare:
    """A share of parcels, with its 95 % interval."""

    bp: int = strawberry.field(description="Basis points: 10,000 is all.")
    low_bp: int = strawberry.field(description="Lower end of the interval.")
    high_bp: int = strawberry.field(description="Upper end of the interval.")
    x: int = strawberry.field(description="So many.")
    n: int = strawberry.field(description="Of so many.")


@ruled(READ)
@strawberry.type
class LaneDays:
    """Days from the first scan to the delivery, with a 95 % interval."""

    days: Decimal = strawberry.field(description="The quantile.")
    low: Decimal = strawberry.field(description="Lower end of the interval.")
    high: Decimal = strawberry.field(description="Upper end of the interval.")
    n: int = strawberry.field(description="Deliveries.")


@ruled(READ)
@strawberry.type
class LaneNotEnoughData:
    """Too few parcels: a figure would mislead."""

    code: str = strawberry.field(description="`NOT_ENOUGH_DATA`.")
    n: int = strawberry.field(description="Parcels there are.")
    min: int = strawberry.field(description="Parcels needed.")


LaneShareShown = Annotated[
    LaneShare | LaneNotEnoughData,
    strawberry.union("LaneShareShown", description="The share, or that there is too little."),
]
LaneDaysShown = Annotated[
    LaneDays | LaneNotEnoughData,
    strawberry.union("LaneDaysShown", description="The days, or that there is too little."),
]


def _share(found: Share | NotEnoughData) -> LaneShare | LaneNotEnoughData:
    if isinstance(found, NotEnoughData):
        return LaneNotEnoughData(code="NOT_ENOUGH_DATA", n=found.n, min=found.min)
    return LaneShare(bp=found.bp, low_bp=found.low_bp, high_bp=found.high_bp, x=found.x, n=found.n)


def _days(found: Days | NotEnoughData) -> LaneDays | LaneNotEnoughData:
    if isinstance(found, NotEnoughData):
        return LaneNotEnoughData(code="NOT_ENOUGH_DATA", n=found.n, min=found.min)
    return LaneDays(days=found.days, low=found.low, high=found.high, n=found.n)


@ruled(READ)
@strawberry.type
class CarrierScorecard:
    """A carrier from one country to another: what it promised, and what it did."""

    carrier: CarrierCode = strawberry.field(description="The carrier.")
    origin: str = strawberry.field(description="Country of dispatch, ISO 3166-1 alpha-2.")
    destination: str = strawberry.field(description="Country of destination.")
    parcels: int = strawberry.field(description="Parcels in the period.")
    on_time: LaneShareShown = strawberry.field(
        description="Delivered by the promised day, of those whose day has passed or that arrived."
    )
    lost: LaneShareShown = strawberry.field(description="Lost, of those that ended.")
    damaged: LaneShareShown = strawberry.field(
        description="Told to be damaged, of those delivered with a history."
    )
    first_attempt: LaneShareShown = strawberry.field(
        description="Delivered at the first attempt and to the door, of the same."
    )
    late_scans: LaneShareShown = strawberry.field(
        description="First scanned more than 24 hours after they were handed over, or never."
    )
    tracking_health: LaneShareShown = strawberry.field(
        description="Of those under way: heard of by us in the last 24 hours."
    )
    first_scan_hours: float | None = strawberry.field(
        description="Median of hours from the hand-over to the first scan."
    )
    days_p50: LaneDaysShown = strawberry.field(description="Days, median.")
    days_p90: LaneDaysShown = strawberry.field(description="Days, 90th percentile.")
    as_of: datetime = strawberry.field(description="Counted at this moment.")

    @classmethod
    def of(cls, found: resolvers.Scorecard, now: datetime) -> Self:
        row = found.row
        return cls(
            carrier=row.carrier,
            origin=row.origin,
            destination=row.destination,
            parcels=row.parcels,
            on_time=_share(found.on_time),
            lost=_share(found.lost),
            damaged=_share(found.damaged),
            first_attempt=_share(found.first_attempt),
            late_scans=_share(found.late_scans),
            tracking_health=_share(found.tracking_health),
            first_scan_hours=row.first_scan_hours,
            days_p50=_days(found.median),
            days_p90=_days(found.ninth),
            as_of=now,
        )


@ruled(READ)
@strawberry.type
class CarrierScorecardConnection:
    """Scorecards, page by page, by carrier and lane."""

    edges: list[Edge[CarrierScorecard]] = strawberry.field(description="Those of the page.")
    page_info: PageInfo = strawberry.field(description="Where the page stands.")


Country = Annotated[str | None, strawberry.argument(description="ISO 3166-1 alpha-2; all if none.")]


@strawberry.type
class ScorecardsQuery:
    """Queries of scorecards; `schema/root.py` inherits them."""

    @strawberry.field(metadata={"rule": READ})
    async def carrier_scorecards(
        self,
        info: Info,
        carrier: Annotated[
            CarrierCode | None, strawberry.argument(description="Only this one.")
        ] = None,
        origin: Country = None,
        destination: Country = None,
        days: Annotated[int, strawberry.argument(description="How many days back: 1 to 365.")] = 90,
        first: First = 24,
        after: After = None,
    ) -> CarrierScorecardConnection:
        """How carriers do, lane by lane, with counts and intervals.

        Staff see the parcels of their markets, a merchant with `shipments:read` its own.
        """
        wanted = resolvers.wanted_lanes(carrier, origin, destination)
        page = await resolvers.scorecards(info.context, days, wanted, first, after)
        now = info.context.now
        return CarrierScorecardConnection(
            edges=edges(page, lambda each: CarrierScorecard.of(each, now)),
            page_info=page_info(page, after),
        )
