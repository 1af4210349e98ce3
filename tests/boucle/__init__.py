"""Tests of the entry: settings, servers, supervisor, command line."""
