"""The world in one thread: virtual time, a simulated network, and tests that run on them. Start with `World`."""

from runtime.sim.loop import SimLoop
from runtime.sim.world import World

__all__ = ["SimLoop", "World"]
