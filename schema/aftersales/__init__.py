"""Shapes of after-sales."""
