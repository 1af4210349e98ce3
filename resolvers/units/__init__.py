"""Use cases about devices: their certificates, what is attached as evidence, documents."""
