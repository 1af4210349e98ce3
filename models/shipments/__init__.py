"""Shipments: parcels, what carriers tell of them, and what that does to order lines."""
