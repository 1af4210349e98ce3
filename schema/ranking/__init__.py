"""Ranking as merchants ask for it."""
