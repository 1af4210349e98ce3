"""Shapes of trade-ins."""
