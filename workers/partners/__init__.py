"""Actors of what partners' programs rely on."""

from workers.partners import bulk

__all__ = ["bulk"]
