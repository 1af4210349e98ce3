"""Ranking: which offer of a competition is featured, why, and what would change it.

Source: docs/ranking.md.
"""
