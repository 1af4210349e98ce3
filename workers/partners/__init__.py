"""Jobs of what partners' programs rely on: webhooks, bulk operations."""
