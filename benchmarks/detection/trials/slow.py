"""`slow_link`: one more arm of the router, through the relay of `programs.delay`. SHELL of `ip`."""

from __future__ import annotations

import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from benchmarks.detection.programs.delay import DEVICE
from benchmarks.detection.trials.conversation import Program
from benchmarks.detection.trials.network import Namespaces, Place, ip

HOST, GATEWAY = "10.77.250.2", "10.77.250.1"


@asynccontextmanager
async def slow_link(network: Namespaces) -> AsyncIterator[tuple[Place, Program]]:
    """A place behind a link that can be delayed, and the relay that does it. The network removes the namespace."""
    place = Place(f"{network.router}slow", HOST)
    ip(f"netns add {place.namespace}")
    here = Place(network.router, GATEWAY)
    relay = Program(here.argv([sys.executable, "-m", "benchmarks.detection.programs.delay", place.namespace]))
    try:
        await relay.ask("start", "ready", seconds=0.0)
        for end in (here, place):
            for line in (f"addr add {end.host}/24 dev {DEVICE}", f"link set {DEVICE} up", "link set lo up"):
                ip(f"-n {end.namespace} {line}")
        ip(f"-n {place.namespace} route add default via {GATEWAY}")
        yield place, relay
    finally:
        relay.end()
        ip(f"netns del {place.namespace}")
