"""Offers, their prices per market, the read models kept with them, and merchant feeds."""
