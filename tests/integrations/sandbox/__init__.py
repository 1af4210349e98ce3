"""Tests of the sandbox of demo merchants."""
