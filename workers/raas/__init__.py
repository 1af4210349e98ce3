"""Actors of organisations' devices."""
