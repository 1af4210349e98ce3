"""The bars of the web server: our process and a naive one, side by side (docs/performance.md)."""
