"""Shapes of carts, purchases, orders and their lines."""
