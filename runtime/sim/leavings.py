"""The end of a simulated system in good order, and what its process still has when it says that it is over. SHELL.

A program may go on after its system has ended, as a service does that shuts down in phases, and a test starts several
systems one after the other: whatever is left then is left for good. Asked by the judges of scenarios (D66), of systems
that have terminated. Deliberately not here: what a system has while it runs (`runtime.sim.deathwatch.ledgers`).
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from typing import Any, cast

from runtime.sim.network import SimTransport
from runtime.sim.process import PROCESS, SimProcess
from runtime.system import ActorSystem


async def terminated(process: SimProcess, system: ActorSystem) -> None:
    """End a system, in the name of its process; returns when it is over, or the process was killed meanwhile."""
    over = asyncio.Event()

    async def end() -> None:
        await system.terminate()
        over.set()

    process.run(lambda: process.call(asyncio.get_running_loop().create_task, end()))
    while not over.is_set() and process.alive:  # noqa: ASYNC110 - a killed process sets nothing
        await asyncio.sleep(0.05)


def leavings(transport: SimTransport, loop: Any) -> Iterator[str]:
    """What the process of a transport has left: connections, ports on which it listens, tasks and timers.

    Args:
        transport: That of the system.
        loop: The world's.
    """
    process, network = transport.process, cast(Any, transport._network)
    yield from (f"a connection with {one.peer}" for one in transport._holdings.connections if one.is_in_use)
    yield from (f"a listener at {at}" for at, one in network._listeners.items() if one.process is process)
    yield from (f"datagrams at {at}" for at, one in network.mail._sockets.items() if one.process is process)
    yield from (f"task {task}" for task, owner in loop._tasks._living() if owner is process and not task.done())
    for _, _, timer in loop._timers:
        if not timer._cancelled and timer._context is not None and timer._context.get(PROCESS) is process:
            yield f"a timer of {timer._callback}"
