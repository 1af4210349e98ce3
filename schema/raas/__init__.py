"""Shapes of fleets and lots."""
