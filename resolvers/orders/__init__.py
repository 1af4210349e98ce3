"""Orders: what customers and merchants do with them."""
