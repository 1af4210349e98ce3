"""Parcels, what carriers told of them, and the proof that they arrived."""

from collections.abc import AsyncGenerator
from contextlib import aclosing
from datetime import date, datetime, timedelta, timezone
from typing import TYPE_CHECKING, Annotated, Any, Self, cast

import strawberry

from domain.accounts.roles import Role
from domain.shipments import ShipmentPurpose, ShipmentReason, ShipmentStatus, TimeSource
from domain.shipments.carriers import CarrierCode
from domain.shipments.links import public_page
from domain.shipments.wording import words
from resolvers.shipments import reading as resolvers
from schema.common import (
    After,
    Edge,
    First,
    Info,
    Locale,
    Node,
    PageInfo,
    edges,
    global_id,
    page_info,
    row_id,
)
from schema.rules import CUSTOMER, AnyOf, Scope, Staff, ruled

if TYPE_CHECKING:
    from models.shipments.read import EventRow, ShipmentRow

TEAM = Staff(frozenset({Role.COUNTRY_TEAM.value, Role.STAFF_SUPPORT.value}))
READ = AnyOf((CUSTOMER, Scope(resolvers.READ), TEAM))


ShipmentId = Annotated[strawberry.ID, strawberry.argument(description="Id of the `Shipment`.")]


@ruled(READ)
@strawberry.type
class ShipmentEvent:
    """One scan, in the carrier's words and in ours."""

    at: datetime = strawberry.field(description="When, in UTC.")
    local_time: datetime = strawberry.field(description="The same, with the offset of the place.")
    time_zone_source: TimeSource = strawberry.field(description="Where the offset is from.")
    place: str | None = strawberry.field(description="Where, in the carrier's words.")
    postal_code: str | None = strawberry.field(description="Its postal code.")
    country: str | None = strawberry.field(description="Its country, ISO 3166-1 alpha-2.")
    status: ShipmentStatus | None = strawberry.field(
        description="What it made of the parcel; `null` is news that changed nothing."
    )
    reason: ShipmentReason | None = strawberry.field(description="Why.")
    carrier_code: str = strawberry.field(description="The carrier's code.")
    carrier_text: str = strawberry.field(description="The carrier's words.")
    carrier_language: str | None = strawberry.field(description="In which language they are.")
    pushed: bool = strawberry.field(description="Whether the carrier told us by itself.")
    row: strawberry.Private[Any]

    @strawberry.field
    def text(self, locale: Locale = "en") -> str:
        """In our words; the carrier's where we have none."""
        if self.status is None:
            return self.carrier_text
        return words(self.status, self.reason, locale)

    @classmethod
    def of(cls, row: "EventRow") -> Self:
        zone = timezone(timedelta(minutes=row.utc_offset_minutes))
        return cls(
            at=row.occurred_at,
            local_time=row.occurred_at.astimezone(zone),
            time_zone_source=TimeSource(row.time_source),
            place=row.location,
            postal_code=row.postal_code,
            country=row.country,
            status=row.status,
            reason=row.reason,
            carrier_code=row.raw_code,
            carrier_text=row.raw_label,
            carrier_language=row.language,
            pushed=row.source == "webhook",
            row=row,
        )


@ruled(READ)
@strawberry.type
class ProofOfDelivery:
    """That a parcel was handed over, as the carrier tells it."""

    at: datetime | None = strawberry.field(description="When.")
    signed_by: str | None = strawberry.field(description="Who took it.")
    place: str | None = strawberry.field(description="Where it was left.")
    document_url: str | None = strawberry.field(description="The carrier's document.")

    @classmethod
    def of(cls, facts: dict[str, Any]) -> Self:
        at = facts.get("at")
        return cls(
            at=datetime.fromisoformat(at) if at else None,
            signed_by=facts.get("signed_by"),
            place=facts.get("place"),
            document_url=facts.get("document_url"),
        )


@ruled(READ)
@strawberry.type
class Shipment(Node):
    """A parcel. Its number may have been another's before, and will be again."""

    purpose: ShipmentPurpose = strawberry.field(description="Why it travels.")
    carrier: CarrierCode = strawberry.field(description="Who carries it.")
    tracking_number: str = strawberry.field(description="The carrier's number.")
    status: ShipmentStatus = strawberry.field(description="Where it is.")
    reason: ShipmentReason | None = strawberry.field(description="Why.")
    status_at: datetime | None = strawberry.field(description="Since when.")
    origin: str | None = strawberry.field(description="Country that it left.")
    destination: str | None = strawberry.field(description="Country that it goes to.")
    eta: datetime | None = strawberry.field(description="The carrier's forecast.")
    promised_from: date | None = strawberry.field(description="First day that was promised.")
    promised_by: date | None = strawberry.field(description="Last day that was promised.")
    late: bool = strawberry.field(description="Two working days past what was promised.")
    stalled: bool = strawberry.field(description="No news for 7 days, 21 across a border.")
    never_accepted: bool = strawberry.field(description="The carrier never got it.")
    first_scan_at: datetime | None = strawberry.field(description="When the carrier had it first.")
    delivered_at: datetime | None = strawberry.field(description="When it was delivered.")
    last_checked_at: datetime | None = strawberry.field(
        description="When the carrier was last heard."
    )
    created_at: datetime = strawberry.field(description="When it was handed to us to follow.")
    version: int = strawberry.field(description="Grows with every change.")
    row: strawberry.Private[Any]

    @strawberry.field
    def status_text(self, locale: Locale = "en") -> str:
        """The status, and why, in our words."""
        return words(self.status, self.reason, locale)

    @strawberry.field
    def tracking_url(self) -> str:
        """The carrier's page about it."""
        return public_page(self.carrier, self.tracking_number)

    @strawberry.field
    def proof_of_delivery(self) -> ProofOfDelivery | None:
        """Who took it, where; `null` where the carrier does not tell."""
        return ProofOfDelivery.of(self.row.proof) if self.row.proof else None

    @strawberry.field
    async def events(self, info: Info) -> list[ShipmentEvent]:
        """What the carrier told, the newest first. At most 100."""
        rows = await resolvers.events(info.context, self.row.id)
        return [ShipmentEvent.of(row) for row in rows]

    @strawberry.field
    async def order_line_ids(self, info: Info) -> list[strawberry.ID]:
        """Ids of the `OrderLine`s in it. At most 100."""
        found = await resolvers.line_ids(info.context, self.row.id)
        return [cast("strawberry.ID", global_id("OrderLine", line)) for line in found]

    @strawberry.field
    def order_id(self) -> strawberry.ID | None:
        """Id of the `Order`."""
        of = self.row.order_id
        return cast("strawberry.ID", global_id("Order", of)) if of else None

    @classmethod
    def of(cls, row: "ShipmentRow") -> Self:
        return cls(
            id=global_id("Shipment", row.id),
            purpose=row.purpose,
            carrier=row.carrier,
            tracking_number=row.tracking_number,
            status=row.status,
            reason=row.reason,
            status_at=row.status_at,
            origin=row.origin,
            destination=row.destination,
            eta=row.expected_at,
            promised_from=row.promised_from,
            promised_by=row.promised_by,
            late=row.late,
            stalled=row.stalled,
            never_accepted=row.never_accepted,
            first_scan_at=row.first_scan_at,
            delivered_at=row.delivered_at,
            last_checked_at=row.checked_at,
            created_at=row.created_at,
            version=row.version,
            row=row,
        )


@ruled(READ)
@strawberry.type
class ShipmentConnection:
    """Parcels, page by page, the youngest first."""

    edges: list[Edge[Shipment]] = strawberry.field(description="The parcels of the page.")
    page_info: PageInfo = strawberry.field(description="Where the page stands.")


@strawberry.type
class TrackingQuery:
    """Queries of tracking; `schema/root.py` inherits them."""

    @strawberry.field(metadata={"rule": READ})
    async def deliveries(
        self,
        info: Info,
        order_id: Annotated[strawberry.ID, strawberry.argument(description="Id of the `Order`.")],
    ) -> list[Shipment]:
        """The parcels of an order of yours, the oldest first; none of any other. At most 50."""
        found = row_id(order_id, "Order", "orderId")
        rows = await resolvers.deliveries(info.context, found) if found else []
        return [Shipment.of(row) for row in rows[:50]]

    @strawberry.field(metadata={"rule": READ})
    async def shipments(
        self,
        info: Info,
        carrier: Annotated[CarrierCode, strawberry.argument(description="Who carries it.")],
        tracking_number: Annotated[str, strawberry.argument(description="The carrier's number.")],
        first: First = 24,
        after: After = None,
    ) -> ShipmentConnection:
        """Parcels of yours that had a number: a list, because numbers are used again."""
        page = await resolvers.shipments(info.context, carrier, tracking_number, first, after)
        return ShipmentConnection(edges=edges(page, Shipment.of), page_info=page_info(page, after))


@strawberry.type
class TrackingSubscription:
    """Subscriptions of tracking; `schema/root.py` inherits them."""

    @strawberry.subscription(metadata={"rule": READ})
    async def shipment_changed(self, info: Info, id: ShipmentId) -> AsyncGenerator[Shipment]:
        """A parcel of yours, now and whenever there is news of it."""
        found = row_id(id, "Shipment", "id")
        if found is None:
            raise LookupError("a non-null id was null")
        return _shaped(await resolvers.followed(info.context, found))


async def _shaped(rows: AsyncGenerator["ShipmentRow"]) -> AsyncGenerator[Shipment]:
    async with aclosing(rows):
        async for row in rows:
            yield Shipment.of(row)
