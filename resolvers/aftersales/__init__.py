"""Use cases of after-sales."""
