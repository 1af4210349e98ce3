"""Fleets of organisations, and the lots that are made of them."""
