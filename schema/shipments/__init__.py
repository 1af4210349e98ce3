"""GraphQL shapes of parcels."""
