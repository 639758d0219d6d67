"""Connections of bytes: the protocols, and TCP. The simulated network is in `runtime.sim.network`."""
