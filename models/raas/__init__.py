"""Fleets of organisations as rows."""
