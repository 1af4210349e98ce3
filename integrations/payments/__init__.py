"""Providers of payments, each behind the same port."""
