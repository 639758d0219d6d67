"""The world in one thread: virtual time, a simulated network, and tests that run on them."""
