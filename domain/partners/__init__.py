"""What partners' programs rely on: webhooks, bulk operations."""
