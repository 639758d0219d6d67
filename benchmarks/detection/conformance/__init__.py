"""Does the simulation behave as the real world? The same failures in both, and what came of them side by side."""
