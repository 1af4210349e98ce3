"""Devices: their passports, what merchants record, what anybody may verify."""
