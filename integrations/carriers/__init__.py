"""Carriers: one client for each API, all with the same two questions and the same ways to fail.

A client knows no table. What it maps codes with is data (`integrations/carriers/codes/*.csv`). It
never guesses: a code that no row names gives a scan without a status.
"""
