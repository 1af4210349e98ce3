"""After-sales cases, for the merchant and for the customer whose they are."""

from datetime import datetime
from typing import TYPE_CHECKING, Self

import strawberry

from domain.aftersales import CaseActor, CaseState, CaseType, OpenedBy, SlaKind
from resolvers.aftersales import cases as resolvers
from schema.common import (
    After,
    Edge,
    First,
    Info,
    Node,
    NodeId,
    PageInfo,
    edges,
    global_id,
    page_info,
    row_id,
)
from schema.rules import CUSTOMER, AnyOf, Scope, ruled

if TYPE_CHECKING:
    from domain.aftersales import SlaClock as ClockRow
    from models.aftersales import Case as CaseRow

READ = AnyOf((Scope(resolvers.READ), CUSTOMER))

strawberry.enum(CaseState, description="Where a case stands.")
strawberry.enum(CaseType, description="What a case is about.")
strawberry.enum(OpenedBy, name="CaseOpenedBy", description="Who opened it.")
strawberry.enum(SlaKind, description="What a clock waits for.")
strawberry.enum(CaseActor, description="Whose turn it is.")


@ruled(READ)
@strawberry.type
class SlaClock:
    """A clock of a case, seen by both sides alike."""

    kind: SlaKind = strawberry.field(description="What it waits for.")
    due_at: datetime = strawberry.field(description="Until when.")
    owner: CaseActor = strawberry.field(description="Who must do it.")
    met_at: datetime | None = strawberry.field(description="When it was done.")
    breached: bool = strawberry.field(description="Done too late, or not done by now.")

    @classmethod
    def of(cls, clock: "ClockRow", now: datetime) -> Self:
        return cls(
            kind=clock.kind,
            due_at=clock.due_at,
            owner=clock.owner,
            met_at=clock.met_at,
            breached=clock.breached(now),
        )


@ruled(READ)
@strawberry.type
class Case(Node):
    """One after-sales matter on one order line."""

    order_line_id: strawberry.relay.GlobalID = strawberry.field(description="The line.")
    order_id: strawberry.relay.GlobalID = strawberry.field(description="Its order.")
    shipment_id: strawberry.relay.GlobalID | None = strawberry.field(
        description="The parcel that it is about."
    )
    type: CaseType = strawberry.field(description="What it is about.")
    state: CaseState = strawberry.field(description="Where it stands.")
    opened_by: OpenedBy = strawberry.field(description="Who opened it.")
    because: str | None = strawberry.field(
        description="What opened it by itself: `LATE`, `LOST`, `RETURNED`."
    )
    next_actor: CaseActor | None = strawberry.field(
        description="Whose turn it is; `null` where nothing is left to do."
    )
    sla_clocks: list[SlaClock] = strawberry.field(description="Its clocks. At most 3.")
    opened_at: datetime = strawberry.field(description="When it was opened.")
    closed_at: datetime | None = strawberry.field(description="When it was closed.")
    version: int = strawberry.field(description="Grows with each change.")

    @classmethod
    def of(cls, row: "CaseRow", now: datetime) -> Self:
        parcel = row.shipment_id
        return cls(
            id=global_id("Case", row.id),
            order_line_id=global_id("OrderLine", row.line_id),
            order_id=global_id("Order", row.order_id),
            shipment_id=global_id("Shipment", parcel) if parcel else None,
            type=row.type,
            state=row.state,
            opened_by=row.opened_by,
            because=row.because,
            next_actor=row.next_actor,
            sla_clocks=[SlaClock.of(clock, now) for clock in row.clocks],
            opened_at=row.created_at,
            closed_at=row.closed_at,
            version=row.version,
        )


@ruled(READ)
@strawberry.type
class CaseConnection:
    """Cases, page by page, newest first."""

    edges: list[Edge[Case]] = strawberry.field(description="The cases of the page.")
    page_info: PageInfo = strawberry.field(description="Where the page stands.")


@strawberry.type
class CasesQuery:
    """Queries of the area; `schema/root.py` inherits them."""

    @strawberry.field(metadata={"rule": READ})
    async def cases(self, info: Info, first: First = 24, after: After = None) -> CaseConnection:
        """Your cases, newest first.

        Needs a merchant's key with `cases:read`, or a customer who signed in.
        """
        page = await resolvers.cases(info.context, first, after)
        now = info.context.now
        return CaseConnection(
            edges=edges(page, lambda row: Case.of(row, now)), page_info=page_info(page, after)
        )

    @strawberry.field(metadata={"rule": READ})
    async def case(self, info: Info, id: NodeId) -> Case | None:
        """One of your cases; `null` for any other.

        Needs a merchant's key with `cases:read`, or a customer who signed in.
        """
        found = row_id(id, "Case", "id")
        row = await resolvers.case(info.context, found) if found else None
        return Case.of(row, info.context.now) if row else None
