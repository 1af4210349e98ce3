"""Rows of trade-ins."""
