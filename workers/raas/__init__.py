"""Actors of fleets."""
