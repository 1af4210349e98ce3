"""A sandbox of invented merchants: their offers, their files with mistakes, and their servers.

Everything follows from a merchant's slug and a tick, a minute since 1970: the same slug and tick
give the same offers and the same bytes on every machine.
"""
