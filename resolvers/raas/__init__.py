"""Use cases of organisations that part with devices, and of merchants who take them."""
