"""Whoever computes sales taxes: what a provider promises, and one that plays it."""
