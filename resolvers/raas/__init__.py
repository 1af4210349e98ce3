"""Fleets of organisations: what their callers ask for."""
