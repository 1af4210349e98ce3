"""Tests of the tables and of the reference data."""
