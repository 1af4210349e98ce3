"""What partners are told: webhooks, their signatures, their schedule."""
