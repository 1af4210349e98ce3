"""Fleets, lots and bids of organisations, as the current transaction may see them."""
