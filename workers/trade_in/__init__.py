"""Jobs of trade-ins."""
