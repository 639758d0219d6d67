"""`Made`: TaskManagers that a leader has had made, each a process on a host of its own. SHELL.

A real provider starts them on the machine of its JobManager; here that may lose its power, and they go on, as they do
where a machine is not the only one. They outlive who has started them, who hears of their end if it lives.
Deliberately not here: how many there are to be, and when (`cluster.providers`, which is played as it is).
"""

from __future__ import annotations

import asyncio
import random
import signal
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, Protocol

from cluster.simulation.slot import SlotHouse
from runtime.process import ExitStatus
from runtime.sim.process import SimProcess
from runtime.sim.world import World

DIES_S = (0.0005, 0.02)
"""From a signal to the end, and from the end until who has started it hears of it: shortest, longest."""


class Home(Protocol):
    """What is asked of a cluster; `cluster.simulation.cluster.SimCluster` is one."""

    taskmanagers: list[str]
    workers: dict[str, Any]
    slots: SlotHouse | None

    def start_made(self, name: str, resource_id: str) -> asyncio.Task[None]:
        """Start a TaskManager as a provider does; what this gives ends when it has left."""
        ...


class Made:
    """Those of one cluster.

    Args:
        cluster: Whose.
        world: That they are in.
        chance: A stream of its own.

    Attributes:
        count: How many there ever were.
        signalled: Told who ends whom.
    """

    def __init__(self, cluster: Home, world: World, chance: random.Random) -> None:
        self._cluster = cluster
        self._network = world.network
        self._chance = chance
        self._listening: dict[str, Callable[[int], None]] = {}
        self._owners: dict[str, SimProcess] = {}
        self.count = 0
        self.signalled: Callable[[str, str], None] = lambda owner, name: None

    def __contains__(self, name: str) -> bool:
        """Whether that one lives, and was made."""
        return name in self._listening

    def is_of(self, owner: SimProcess | None, name: str) -> bool:
        """Whether that one lives, and whoever has started it is that very process."""
        return name in self and self._owners[name] is owner

    @property
    def living(self) -> list[str]:
        """The names of those that live, oldest first."""
        return list(self._listening)

    def begin(self, owner: SimProcess, command: Sequence[str], exited: Callable[[ExitStatus], None]) -> MadeTaskManager:
        """Start one, as that command says.

        Args:
            owner: The process of the JobManager that wants it.
            command: As of a real one; the last word is its name.
            exited: Called when it has ended, if the owner lives.
        """
        self.count += 1
        name, resource_id = f"made{self.count}", command[-1].partition("=")[2]

        def heard(code: int) -> None:
            self._later(lambda: owner.run(partial(exited, ExitStatus(code))))

        self._listening[name], self._owners[name] = heard, owner
        program = self._cluster.start_made(name, resource_id)
        self._network.process(name).call(program.add_done_callback, lambda _: self.kill(name, 0))

        def send_signal(number: int) -> None:
            self.signalled(owner.name, name)
            self._later(lambda: self.kill(name, -number))

        return MadeTaskManager(self.count, send_signal)

    def kill(self, name: str, code: int = -signal.SIGKILL) -> None:
        """One ends, if it lives."""
        if name in self and self._network.process(name).alive:
            self._network.kill(name)
            self.ended(name, code)

    def ended(self, name: str, code: int = -signal.SIGKILL) -> None:
        """One has ended, however that came."""
        if self._cluster.slots is not None:
            self._cluster.slots.orphaned(name)
        self._cluster.taskmanagers.remove(name)
        self._cluster.workers.pop(name, None)
        self._listening.pop(name)(code)

    def _later(self, act: Callable[[], None]) -> None:
        self._network.at(self._network.now() + self._chance.uniform(*DIES_S), act)


@dataclass(frozen=True, slots=True)
class MadeTaskManager:
    """One of them, for the provider.

    Attributes:
        pid: Its number.
        signal: Ends it.
    """

    pid: int
    signal: Callable[[int], None]

    def send_signal(self, number: int) -> None:
        """Signal it; nothing happens if it has ended."""
        self.signal(number)
