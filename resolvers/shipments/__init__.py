"""Use cases of parcels: sent, followed, told of."""
