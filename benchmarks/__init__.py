"""What it costs and how long it takes: `python -m benchmarks`. Times belong here, and are never asserted in a test."""
