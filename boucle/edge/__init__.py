"""What stands between a socket and a use case: bytes are judged here, and never below."""
