"""Use cases on offers: search, listings, merchants' feeds."""
