"""Ranking as use cases: where offers stand, what would make them first, prices that follow."""
