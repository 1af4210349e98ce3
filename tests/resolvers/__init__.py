"""Use cases, told apart from how they are asked."""
