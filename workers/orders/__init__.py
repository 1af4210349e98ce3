"""Actors of orders."""
