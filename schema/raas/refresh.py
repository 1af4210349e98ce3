"""Refresh projects: an old fleet, and what is bought in its place."""

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from typing import Annotated, Any, Self, cast
from uuid import UUID

import strawberry

from domain.impact import Indicator
from resolvers.orders.refusals import Refusal
from resolvers.raas import impact, refresh
from schema.common import (
    ONCE,
    After,
    Edge,
    First,
    Info,
    Money,
    PageInfo,
    Problem,
    edges,
    global_id,
    idempotency_key,
    page_info,
    row_id,
)
from schema.impact import InIndicator
from schema.orders.payments import line_of
from schema.raas.custody import id_of
from schema.raas.handover_parts import asset_id
from schema.raas.handover_problems import EXPLAINED, AssetNotInLot
from schema.raas.handover_problems import problem as known_problem
from schema.raas.impact import FleetImpact
from schema.rules import ORGANISATION, OWN, AllOf, Scope, ruled

READ = AllOf((Scope(refresh.READ), ORGANISATION))
WRITE = AllOf((Scope(refresh.WRITE), ORGANISATION))


@ruled(OWN)
@strawberry.type
class RefreshFleetUnknown(Problem):
    """There is no such fleet of yours."""

    explanation: str = EXPLAINED


@ruled(OWN)
@strawberry.type
class RefreshUnknown(Problem):
    """There is no such refresh project of yours."""

    explanation: str = EXPLAINED


@ruled(OWN)
@strawberry.type
class PurchaseNotYours(Problem):
    """A purchase is none of your people's, or of another currency than the fleet."""

    explanation: str = EXPLAINED


@ruled(OWN)
@strawberry.type
class LineNotOfProject(Problem):
    """An order line is of no purchase of the project."""

    explanation: str = EXPLAINED


@ruled(OWN)
@strawberry.type
class LineTaken(Problem):
    """An order line replaces another device."""

    explanation: str = EXPLAINED


@strawberry.input
class PlannedPurchaseInput:
    """What is to be bought."""

    title: str = strawberry.field(description="What, up to 200 characters.")
    quantity: int = strawberry.field(description="How many: 1 to 100,000.")
    unit_price: Decimal = strawberry.field(description="For each, in the currency of the fleet.")


@strawberry.input
class CreateRefreshProjectInput:
    """Which fleet is replaced by what."""

    fleet_id: strawberry.ID = strawberry.field(description="Id of the `Fleet`.")
    name: str = strawberry.field(description="Yours, up to 1,000 characters.")
    idempotency_key: str = strawberry.field(description=ONCE)
    purchase_ids: list[strawberry.ID] = strawberry.field(
        default_factory=list, description="Ids of `Purchase`s of your people. At most 50."
    )
    planned: list[PlannedPurchaseInput] = strawberry.field(
        default_factory=list, description="What is not bought yet. At most 50."
    )

    def new(self) -> refresh.New:
        """The same for the use case. Raises: BadInput."""
        purchases = [id_of(each, "Purchase", "purchaseIds") for each in self.purchase_ids]
        planned = [refresh.Planned(p.title, p.quantity, p.unit_price) for p in self.planned]
        return refresh.New(id_of(self.fleet_id, "Fleet", "fleetId"), self.name, purchases, planned)


@strawberry.input
class RefreshPairInput:
    """Which order line replaces which device."""

    asset_id: strawberry.ID = strawberry.field(description="Id of the `Asset`.")
    order_line_id: strawberry.ID = strawberry.field(description="Id of the `OrderLine`.")


@strawberry.input
class PairRefreshDevicesInput:
    """Which devices are replaced."""

    project_id: strawberry.ID = strawberry.field(description="Id of the `RefreshProject`.")
    pairs: list[RefreshPairInput] = strawberry.field(description="1 to 1,000.")
    idempotency_key: str = strawberry.field(description=ONCE)


@ruled(OWN)
@strawberry.type
class RefreshPair:
    """A device, and the line that replaces it."""

    asset_id: strawberry.ID = strawberry.field(description="Id of the `Asset`.")
    tag: str | None = strawberry.field(description="Its tag.")
    model: str | None = strawberry.field(description="As declared.")
    order_line_id: strawberry.ID | None = strawberry.field(description="Id of the `OrderLine`.")

    @classmethod
    def of(cls, row: Mapping[str, Any]) -> Self:
        line = line_of(row["line_id"])
        asset = asset_id(row["asset_id"])
        return cls(asset_id=asset, tag=row["tag"], model=row["model"], order_line_id=line)


@ruled(OWN)
@strawberry.type
class RefreshPairConnection:
    """Devices that are replaced."""

    edges: list[Edge[RefreshPair]] = strawberry.field(description="Those of the page.")
    page_info: PageInfo = strawberry.field(description="Where the page stands.")


@ruled(OWN)
@strawberry.type
class RefreshProject:
    """An old fleet and what is bought in its place: `net` = `bought` + `planned` - recovered."""

    id: strawberry.ID = strawberry.field(description="Its id.")
    fleet_id: strawberry.ID = strawberry.field(description="Id of the `Fleet`.")
    name: str = strawberry.field(description="Yours.")
    created_at: datetime = strawberry.field(description="When it was made.")
    devices: int = strawberry.field(description="How many the fleet has.")
    replaced: int = strawberry.field(description="How many of them have a line in their place.")
    settled: Money = strawberry.field(description="Recovered: what settled lots brought, net.")
    expected: Money = strawberry.field(
        description="Recovered: what the devices that are not settled are valued at."
    )
    bought: Money = strawberry.field(description="What the purchases cost, refunds taken off.")
    planned: Money = strawberry.field(description="What is not bought yet.")
    net: Money = strawberry.field(description="What the change costs; below 0 it pays.")
    row: strawberry.Private[UUID]
    fleet: strawberry.Private[UUID]

    @strawberry.field
    async def pairs(
        self, info: Info, first: First = 24, after: After = None
    ) -> RefreshPairConnection:
        """Which line replaces which device, as you said."""
        page = await refresh.pairs_of(info.context, self.row, first, after)
        shown = edges(page, RefreshPair.of)
        return RefreshPairConnection(edges=shown, page_info=page_info(page, after))

    @strawberry.field
    async def impact(self, info: Info, indicator: InIndicator = Indicator.GWP) -> FleetImpact:
        """What the fleet avoids if what is expected of each device comes true. A preview."""
        found = await impact.of_fleet(info.context, self.fleet, indicator, expected=True)
        return FleetImpact.of(found)

    @classmethod
    def of(cls, row: refresh.Project) -> Self:
        amounts = {
            name: Money.of(getattr(row, f"{name}_minor"), row.currency)
            for name in ("settled", "expected", "bought", "planned", "net")
        }
        return cls(
            id=strawberry.ID(str(row.id)),
            fleet_id=strawberry.ID(str(global_id("Fleet", row.fleet_id))),
            name=row.name, created_at=row.created_at, devices=row.devices, replaced=row.replaced,
            row=row.id, fleet=row.fleet_id, **amounts,
        )  # fmt: skip


@ruled(OWN)
@strawberry.type
class RefreshProjectConnection:
    """Your projects, the newest first."""

    edges: list[Edge[RefreshProject]] = strawberry.field(description="Those of the page.")
    page_info: PageInfo = strawberry.field(description="Where the page stands.")


@ruled(OWN)
@strawberry.type
class RefreshProjectChanged:
    """The project as it is now."""

    project: RefreshProject = strawberry.field(description="The project.")


CreateRefreshProjectResult = Annotated[
    RefreshProjectChanged | RefreshFleetUnknown | PurchaseNotYours,
    strawberry.union("CreateRefreshProjectResult", description="The project, or a refusal."),
]
PairRefreshDevicesResult = Annotated[
    RefreshProjectChanged | RefreshUnknown | AssetNotInLot | LineNotOfProject | LineTaken,
    strawberry.union("PairRefreshDevicesResult", description="The project, or a refusal."),
]


@strawberry.type
class RefreshQuery:
    """Queries of the area; `schema/root.py` inherits them."""

    @strawberry.field(metadata={"rule": READ})
    async def refresh_project(
        self,
        info: Info,
        id: Annotated[strawberry.ID, strawberry.argument(description="Id of the project.")],
    ) -> RefreshProject | None:
        """A project of yours; `null` for any other. For organisations with `fleets:read`."""
        found = row_id(id, "RefreshProject", "id")
        row = await refresh.project(info.context, found) if found else None
        return RefreshProject.of(row) if row else None

    @strawberry.field(metadata={"rule": READ})
    async def refresh_projects(
        self, info: Info, first: First = 24, after: After = None
    ) -> RefreshProjectConnection:
        """Your projects. For organisations with `fleets:read`."""
        page = await refresh.projects(info.context, first, after)
        shown = edges(page, RefreshProject.of)
        return RefreshProjectConnection(edges=shown, page_info=page_info(page, after))


@strawberry.type
class RefreshMutation:
    """Mutations of the area; `schema/root.py` inherits them."""

    @strawberry.mutation(metadata={"rule": WRITE})
    async def create_refresh_project(
        self,
        info: Info,
        input: Annotated[CreateRefreshProjectInput, strawberry.argument(description="What.")],
    ) -> CreateRefreshProjectResult:
        """Link an old fleet with what is bought in its place.

        For organisations with `fleets:write`.
        """
        key = idempotency_key(input.idempotency_key)
        found = await refresh.create(info.context, input.new(), key)
        return cast("CreateRefreshProjectResult", _shown(info, found, "fleetId"))

    @strawberry.mutation(metadata={"rule": WRITE})
    async def pair_refresh_devices(
        self,
        info: Info,
        input: Annotated[PairRefreshDevicesInput, strawberry.argument(description="Which.")],
    ) -> PairRefreshDevicesResult:
        """Say which order line replaces which device, one by one.

        For organisations with `fleets:write`.
        """
        key = idempotency_key(input.idempotency_key)
        project = id_of(input.project_id, "RefreshProject", "projectId")
        pairs = [
            (
                id_of(p.asset_id, "Asset", "assetId"),
                id_of(p.order_line_id, "OrderLine", "orderLineId"),
            )
            for p in input.pairs
        ]
        found = await refresh.pair(info.context, project, pairs, key)
        return cast("PairRefreshDevicesResult", _shown(info, found, "projectId"))


_OWN: Mapping[str, type[Problem]] = {
    "FLEET_UNKNOWN": RefreshFleetUnknown,
    "REFRESH_UNKNOWN": RefreshUnknown,
    "PURCHASE_NOT_YOURS": PurchaseNotYours,
    "LINE_NOT_OF_PROJECT": LineNotOfProject,
    "LINE_TAKEN": LineTaken,
}


def _shown(info: Info, found: refresh.Project | Refusal, field: str) -> object:
    if isinstance(found, Refusal):
        return known_problem(info, found, ["input", field], _OWN)
    return RefreshProjectChanged(project=RefreshProject.of(found))
