"""A lot from its contract on, as its organisation, its merchant and staff see it."""

from typing import Annotated, Self

import strawberry

from domain.impact import Indicator
from domain.raas import AssetState, LotState
from domain.raas.custody import Subject
from resolvers.raas import counting, custody, handovers, impact, processing, settling
from resolvers.raas.handovers import Lot
from schema.common import (
    After,
    Edge,
    First,
    Info,
    Money,
    PageInfo,
    edges,
    page_info,
    row_id,
)
from schema.impact import InIndicator
from schema.raas.handover_money import LotDispute, LotDisputeConnection, Settlement, lot_id
from schema.raas.handover_parts import (
    BrokenChain,
    CustodyContainer,
    CustodyEvent,
    CustodyIncident,
    HandoverAsset,
    Pickup,
    Reconciliation,
)
from schema.raas.impact import Expected, FleetImpact
from schema.rules import OWN, AnyOf, Scope, Staff, ruled

READ = AnyOf((Scope(handovers.READ), Staff(frozenset(role.value for role in handovers.ROLES))))
LotId = Annotated[strawberry.ID, strawberry.argument(description="Id of the `Lot`.")]


@ruled(OWN)
@strawberry.type
class CustodyEventConnection:
    """Steps of a lot's way, in the order in which they were told."""

    edges: list[Edge[CustodyEvent]] = strawberry.field(description="Those of the page.")
    page_info: PageInfo = strawberry.field(description="Where the page stands.")


@ruled(OWN)
@strawberry.type
class CustodyIncidentConnection:
    """What did not fit, the oldest first."""

    edges: list[Edge[CustodyIncident]] = strawberry.field(description="Those of the page.")
    page_info: PageInfo = strawberry.field(description="Where the page stands.")


@ruled(OWN)
@strawberry.type
class HandoverAssetConnection:
    """Devices of a lot."""

    edges: list[Edge[HandoverAsset]] = strawberry.field(description="Those of the page.")
    page_info: PageInfo = strawberry.field(description="Where the page stands.")


@ruled(OWN)
@strawberry.type
class Handover:
    """A lot from its contract to its close: custody, count, processing, settlement."""

    lot_id: strawberry.ID = strawberry.field(description="Id of the `Lot`.")
    number: str = strawberry.field(description="Its number.")
    title: str = strawberry.field(description="Its title.")
    state: LotState = strawberry.field(description="Where it stands.")
    market: str = strawberry.field(description="Code of its market.")
    award: Money = strawberry.field(description="The bid that won.")
    assets: int = strawberry.field(description="How many devices were declared.")
    version: int = strawberry.field(description="One more with each move.")
    row: strawberry.Private[Lot]

    @classmethod
    def of(cls, row: Lot) -> Self:
        return cls(
            lot_id=lot_id(row.id), number=row.number, title=row.title, state=row.state,
            market=row.market, award=Money.of(row.award_minor, row.currency), assets=row.assets,
            version=row.version, row=row,
        )  # fmt: skip

    @strawberry.field
    async def pickup(self, info: Info) -> Pickup | None:
        """When it is fetched."""
        found = (await custody.pickups(info.context, [self.row.id])).get(self.row.id)
        return Pickup.of(found) if found else None

    @strawberry.field
    async def containers(self, info: Info) -> list[CustodyContainer]:
        """Its containers. At most 500."""
        return [
            CustodyContainer.of(row) for row in await custody.containers(info.context, self.row)
        ]

    @strawberry.field
    async def events(
        self,
        info: Info,
        chain: Annotated[
            strawberry.ID | None, strawberry.argument(description="Only of this chain.")
        ] = None,
        first: First = 24,
        after: After = None,
    ) -> CustodyEventConnection:
        """Every step of its way, of its containers and of its devices."""
        of = row_id(chain, "CustodyChain", "chain")
        page = await custody.events(info.context, self.row, of, first, after)
        shown = edges(page, CustodyEvent.of)
        return CustodyEventConnection(edges=shown, page_info=page_info(page, after))

    @strawberry.field
    async def incidents(
        self, info: Info, first: First = 24, after: After = None
    ) -> CustodyIncidentConnection:
        """What did not fit."""
        page = await custody.incidents(info.context, self.row, first, after)
        shown = edges(page, CustodyIncident.of)
        return CustodyIncidentConnection(edges=shown, page_info=page_info(page, after))

    @strawberry.field
    async def broken_chains(self, info: Info) -> list[BrokenChain]:
        """Chains that do not hold, each event computed again: none. At most 100."""
        found = await custody.broken_chains(info.context, self.row)
        return [BrokenChain(subject=Subject(s), name=name, n=n) for s, name, n in found[:100]]

    @strawberry.field
    async def reconciliation(self, info: Info) -> Reconciliation:
        """What was declared against what was counted."""
        found = await counting.sums(info.context, self.row)
        return Reconciliation.of(found, self.row.counted_at, self.row.reconcile_by)

    @strawberry.field
    async def devices(
        self,
        info: Info,
        states: Annotated[
            list[AssetState] | None, strawberry.argument(description="Only in these states.")
        ] = None,
        first: First = 24,
        after: After = None,
    ) -> HandoverAssetConnection:
        """Its devices: what was found of each, and what was done to it."""
        page = await processing.assets(info.context, self.row, states, first, after)
        shown = edges(page, HandoverAsset.of)
        return HandoverAssetConnection(edges=shown, page_info=page_info(page, after))

    @strawberry.field
    async def settlement(self, info: Info) -> Settlement | None:
        """Its statement, once all is done."""
        found = await settling.settlement(info.context, self.row)
        return Settlement.of(found) if found else None

    @strawberry.field
    async def impact(
        self,
        info: Info,
        indicator: InIndicator = Indicator.GWP,
        expected: Expected = False,
    ) -> FleetImpact:
        """What its devices avoid that are used again. An estimate, and no carbon credit."""
        found = await impact.of_lot(info.context, self.row, indicator, expected=expected)
        return FleetImpact.of(found)

    @strawberry.field
    async def disputes(
        self, info: Info, first: First = 24, after: After = None
    ) -> LotDisputeConnection:
        """What its organisation does not agree to."""
        page = await settling.of_lot(info.context, self.row, first, after)
        shown = edges(page, LotDispute.of)
        return LotDisputeConnection(edges=shown, page_info=page_info(page, after))


@ruled(OWN)
@strawberry.type
class HandoverConnection:
    """Lots from their contract on, the newest first."""

    edges: list[Edge[Handover]] = strawberry.field(description="Those of the page.")
    page_info: PageInfo = strawberry.field(description="Where the page stands.")


@strawberry.type
class HandoverQuery:
    """Queries of the area; `schema/root.py` inherits them."""

    @strawberry.field(metadata={"rule": READ})
    async def handover(self, info: Info, lot_id: LotId) -> Handover | None:
        """A lot of yours from its contract on; `null` for any other.

        For the organisation whose it is and the merchant that it was awarded to, with `lots:read`,
        and for staff of its market.
        """
        found = row_id(lot_id, "Lot", "lotId")
        row = await handovers.lot(info.context, found) if found else None
        return Handover.of(row) if row else None

    @strawberry.field(metadata={"rule": READ})
    async def handovers(
        self,
        info: Info,
        states: Annotated[
            list[LotState] | None, strawberry.argument(description="Only in these states.")
        ] = None,
        first: First = 24,
        after: After = None,
    ) -> HandoverConnection:
        """Your lots from their contract on, the newest first."""
        page = await handovers.page(info.context, states or [], first, after)
        return HandoverConnection(edges=edges(page, Handover.of), page_info=page_info(page, after))
