"""Jobs of purchases, orders and their money."""
