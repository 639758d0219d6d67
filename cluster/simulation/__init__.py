"""A whole cluster in one thread, on virtual time, from one seed: what `runtime.sim` does not know of a cluster."""
