"""Actor systems talk to each other: the shells around `runtime.protocol`."""
