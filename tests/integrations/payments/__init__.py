"""Providers of payments against stand-ins of their APIs."""
