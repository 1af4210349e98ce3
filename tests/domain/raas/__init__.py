"""Tests of the rules of fleets and lots."""
