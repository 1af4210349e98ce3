"""Measurements behind the bars of docs/performance.md: `make bench`, or `make bench ONLY=name`."""
