"""Offers: search, listings, merchants' feeds."""
