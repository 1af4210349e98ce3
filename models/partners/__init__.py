"""What partners' programs rely on."""
