"""Orders: what is kept of a sale."""
