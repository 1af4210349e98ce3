"""Devices: what merchants say of them, who may read what; certificates, evidence, documents."""
