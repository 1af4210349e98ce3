"""Fleets and lots as clients see them."""
