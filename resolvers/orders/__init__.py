"""Use cases of carts, purchases, orders and their money."""
