"""The schema as clients ask it."""
