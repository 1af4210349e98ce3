"""Fleets: devices that an organisation parts with, and what they are worth."""

from datetime import date, datetime
from typing import TYPE_CHECKING, Annotated, Self
from uuid import UUID

import strawberry

from domain.impact import Indicator
from resolvers.raas import fleets as resolvers
from resolvers.raas import impact
from resolvers.raas.fleets import Filters
from schema.common import (
    After,
    Edge,
    First,
    Info,
    Money,
    Node,
    NodeId,
    PageInfo,
    edges,
    global_id,
    page_info,
    row_id,
)
from schema.impact import InIndicator
from schema.raas.asset_shapes import READ, Asset, AssetConnection, ValuePoint
from schema.raas.fleet_enums import (
    AssetState,
    BasisKind,
    Disposition,
    FleetKind,
    FleetOutcome,
    FleetState,
)
from schema.raas.fleet_imports import FleetImport, FleetImportConnection
from schema.raas.impact import Expected, FleetImpact
from schema.rules import ruled

if TYPE_CHECKING:
    from models.raas.fleets import Fleet as FleetRow
    from models.raas.valuing import Point


@strawberry.input
class AssetFilterInput:
    """Which devices. What is left out asks nothing."""

    state: AssetState | None = strawberry.field(default=None, description="Where they stand.")
    site_id: strawberry.ID | None = strawberry.field(default=None, description="Id of a `Site`.")
    outcome: FleetOutcome | None = strawberry.field(
        default=None, description="What became of the line that declared them last."
    )
    category: str | None = strawberry.field(default=None, description="Code of a category.")
    disposition: Disposition | None = strawberry.field(
        default=None, description="What is recommended."
    )

    def filters(self) -> Filters:
        """The same, as it is asked."""
        return Filters(
            self.state,
            row_id(self.site_id, "Site", "siteId"),
            self.outcome.value if self.outcome else None,
            self.category,
            self.disposition,
        )


@ruled(READ)
@strawberry.type
class DispositionCount:
    """How many devices something is recommended for."""

    disposition: Disposition = strawberry.field(description="What is recommended.")
    count: int = strawberry.field(description="Devices.")


@ruled(READ)
@strawberry.type
class ValueBasisCount:
    """How many devices are valued by something."""

    kind: BasisKind = strawberry.field(description="What they are valued by.")
    count: int = strawberry.field(description="Devices.")


@ruled(READ)
@strawberry.type
class FleetValuation:
    """What a fleet is worth: to the minor unit the sum of its lines."""

    valued_at: datetime | None = strawberry.field(description="When; `null` if it never was.")
    valued: int = strawberry.field(description="Devices with a value.")
    not_enough_data: int = strawberry.field(description="Devices without one.")
    at: ValuePoint = strawberry.field(description="At the day that was asked for.")
    points: list[ValuePoint] = strawberry.field(
        description="Now, in three and in six months. At most 3."
    )
    bases: list[ValueBasisCount] = strawberry.field(description="Devices by basis. At most 3.")
    dispositions: list[DispositionCount] = strawberry.field(
        description="Devices by recommendation. At most 6."
    )


@ruled(READ)
@strawberry.type
class Fleet(Node):
    """Devices that an organisation parts with."""

    number: str = strawberry.field(description="Its number, for people.")
    name: str = strawberry.field(description="Its name.")
    kind: FleetKind = strawberry.field(description="Why you part with them.")
    state: FleetState = strawberry.field(description="Where it stands.")
    country: str = strawberry.field(description="Where the devices are.")
    market: str = strawberry.field(description="The market whose prices value it.")
    currency: str = strawberry.field(description="Of its values.")
    valued_at: datetime | None = strawberry.field(description="When it was valued last.")
    version: int = strawberry.field(description="Grows with each change.")
    created_at: datetime = strawberry.field(description="When it was made.")
    fleet_id: strawberry.Private[UUID]
    all_assets: strawberry.Private[int]

    @strawberry.field
    async def asset_count(self, info: Info) -> int:
        """Devices in it, of your sites alone where you act for some."""
        return await resolvers.asset_count(info.context, self.fleet_id, self.all_assets)

    @strawberry.field
    async def assets(
        self,
        info: Info,
        filter: Annotated[
            AssetFilterInput | None, strawberry.argument(description="Which devices.")
        ] = None,
        first: First = 24,
        after: After = None,
    ) -> AssetConnection:
        """Its devices, in the order in which they were declared."""
        wanted = filter.filters() if filter else Filters()
        page = await resolvers.assets(info.context, self.fleet_id, wanted, first, after)
        currency = self.currency
        return AssetConnection(
            edges=edges(page, lambda row: Asset.of(row, currency)),
            page_info=page_info(page, after),
        )

    @strawberry.field
    async def imports(
        self, info: Info, first: First = 24, after: After = None
    ) -> FleetImportConnection:
        """Its imports, newest first."""
        page = await resolvers.runs(info.context, self.fleet_id, first, after)
        return FleetImportConnection(
            edges=edges(page, FleetImport.of), page_info=page_info(page, after)
        )

    @strawberry.field
    async def valuation(
        self,
        info: Info,
        at: Annotated[
            date | None,
            strawberry.argument(description="A day within twelve months; nothing means now."),
        ] = None,
    ) -> FleetValuation:
        """What it is worth."""
        months = resolvers.months_until(at, info.context.now.date())
        found = await resolvers.totals(info.context, self.fleet_id, months)
        *points, then = [self._point(each) for each in found.points]
        return FleetValuation(
            valued_at=self.valued_at,
            valued=found.valued,
            not_enough_data=found.without,
            at=then,
            points=points,
            bases=[
                ValueBasisCount(kind=kind, count=found.kinds[kind])
                for kind in BasisKind
                if kind in found.kinds
            ],
            dispositions=[
                DispositionCount(disposition=each, count=found.dispositions[each])
                for each in Disposition
                if each in found.dispositions
            ],
        )

    @strawberry.field
    async def impact(
        self, info: Info, indicator: InIndicator = Indicator.GWP, expected: Expected = False
    ) -> FleetImpact:
        """What its devices avoid that are used again, each of them once. No carbon credit."""
        found = await impact.of_fleet(info.context, self.fleet_id, indicator, expected=expected)
        return FleetImpact.of(found)

    def _point(self, point: "Point") -> ValuePoint:
        return ValuePoint(
            months=point.months,
            min=Money.of(point.least, self.currency),
            median=Money.of(point.median, self.currency),
            max=Money.of(point.most, self.currency),
        )

    @classmethod
    def of(cls, row: "FleetRow") -> Self:
        return cls(
            id=global_id("Fleet", row.id),
            number=row.number,
            name=row.name,
            kind=row.kind,
            state=row.state,
            country=row.country,
            market=row.market,
            currency=row.currency,
            all_assets=row.assets,
            valued_at=row.valued_at,
            version=row.version,
            created_at=row.created_at,
            fleet_id=row.id,
        )


@ruled(READ)
@strawberry.type
class FleetConnection:
    """Fleets, page by page, newest first."""

    edges: list[Edge[Fleet]] = strawberry.field(description="The fleets of the page.")
    page_info: PageInfo = strawberry.field(description="Where the page stands.")


@strawberry.type
class FleetsQuery:
    """Queries of the area; `schema/root.py` inherits them."""

    @strawberry.field(metadata={"rule": READ})
    async def fleets(
        self,
        info: Info,
        state: Annotated[
            FleetState | None, strawberry.argument(description="Only fleets in this state.")
        ] = None,
        first: First = 24,
        after: After = None,
    ) -> FleetConnection:
        """Your fleets, newest first. Needs the scope `fleets:read`."""
        page = await resolvers.fleets(info.context, state, first, after)
        return FleetConnection(edges=edges(page, Fleet.of), page_info=page_info(page, after))

    @strawberry.field(metadata={"rule": READ})
    async def fleet(self, info: Info, id: NodeId) -> Fleet | None:
        """One of your fleets; `null` for any other. Needs the scope `fleets:read`."""
        found = row_id(id, "Fleet", "id")
        row = await resolvers.fleet(info.context, found) if found else None
        return Fleet.of(row) if row else None
