"""What partners arrange for themselves: webhooks."""
