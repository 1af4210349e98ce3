"""Trade-ins: devices that people sell to merchants."""
