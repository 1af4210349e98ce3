"""Clients of the outside world: they return domain values and see no table."""
