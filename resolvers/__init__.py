"""Use cases on behalf of a caller: check, load, decide, write."""
