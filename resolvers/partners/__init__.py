"""What partners arrange for themselves: webhooks and the log of what was sent."""
