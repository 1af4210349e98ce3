"""Parcels: use cases of those who follow them and of those who choose carriers."""
