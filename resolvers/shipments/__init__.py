"""Use cases of parcels: sent, pushed by carriers, accounts with carriers, how tracking goes."""
