"""GraphQL shapes of parcels, their scans, and how carriers do."""
