"""GraphQL shapes of parcels, their scans, how carriers do, and labels."""

import strawberry

from domain.shipments.carriers import CarrierCode

strawberry.enum(CarrierCode, name="Carrier", description="A carrier; `OTHER` is any not named.")
