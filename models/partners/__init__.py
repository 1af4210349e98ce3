"""What partners are told, to whom it was sent, and what came of it."""
