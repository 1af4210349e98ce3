"""Shapes of parcels."""
