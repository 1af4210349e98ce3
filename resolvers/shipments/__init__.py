"""Use cases of parcels: what carriers push, accounts with carriers, how well tracking goes."""
