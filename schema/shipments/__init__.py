"""GraphQL shapes of parcels, their scans, how carriers do, and labels."""

import strawberry

from domain.shipments import ShipmentPurpose, ShipmentReason, ShipmentStatus, TimeSource
from domain.shipments.carriers import CarrierCode, TrackingApi
from domain.shipments.contracts import LabelState, NotEligible

strawberry.enum(CarrierCode, name="Carrier", description="A carrier; `OTHER` is any not named.")

strawberry.enum(TrackingApi, description="The API by which parcels are followed.")
strawberry.enum(NotEligible, description="Why a merchant may not ship under a contract.")
strawberry.enum(LabelState, description="Where a label stands; `ORDERED` waits for the carrier.")
strawberry.enum(ShipmentStatus, description="Where a parcel is.")
strawberry.enum(ShipmentReason, description="Why, where the carrier says so.")
strawberry.enum(ShipmentPurpose, description="Why a parcel travels.")
strawberry.enum(
    TimeSource,
    name="TimeZoneSource",
    description="Where an offset is from: the carrier, the place, or the carrier's own zone.",
)
