"""Property tests of the whole server, run apart."""
