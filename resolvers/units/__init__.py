"""Devices: what merchants say of them, what their holders and what anybody may read."""
