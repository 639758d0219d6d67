"""`SimSlot`: a slot with a process of its own, as a real one has: it lives on while its TaskManager is frozen. SHELL.

It says and takes what `cluster.taskmanager.slot.SlotProcess` does. The process is on the TaskManager's host and has its
clock; it ends itself when its lease is over, and takes a moment to die, but when the TaskManager dies: then it is dead
before anybody can know (`cluster.slots.leash`). What is in its link arrives, whoever has died since.
Deliberately not here: what a slot process does about a task (`cluster.slots.task_runner`), and who ends it by fault.
"""

from __future__ import annotations

import asyncio
import math
import random
from collections.abc import Callable
from typing import cast

from actors import Actor, ActorRef, DeathCause
from cluster.model.job import TaskLog
from cluster.slots.slot_link import Cancel, FromSlot, Ready, Run, Snapshot, ToSlot
from cluster.slots.task_runner import Surroundings, TaskRunner
from cluster.slots.user_code import load_shipped_job
from cluster.store.blobs import BlobStore
from cluster.taskmanager.run_until import RunUntil
from runtime.context import CellContext
from runtime.observability import logger
from runtime.sim.clocks import Clock
from runtime.sim.network import SimTransport
from runtime.sim.world import World

LINK_S = 0.0002
"""What is said takes so long between the two processes."""
STARTS_S = (0.01, 0.06)
EARLY_S = 0.001
"""A timer comes no earlier than by so much; what has more time has another look before it."""
DIES_S = (0.0005, 0.02)
"""From the signal to the end: shortest, longest."""


class SlotHouse:
    """The slot processes of one cluster.

    Args:
        world: That they are in.
        chance: A stream of its own.

    Attributes:
        ends: Told of each that ends itself, since its lease is over.
    """

    def __init__(self, world: World, chance: random.Random) -> None:
        self.world = world
        self.chance = chance
        self._of: dict[str, dict[str, SimSlot]] = {}
        self._count = 0
        self.ends: Callable[[str], None] = lambda name: None

    def begin(self, host: str, slot: SimSlot) -> str:
        """A TaskManager starts another; its name."""
        self._count += 1
        name = f"{host}/{self._count}"
        self._of.setdefault(host, {})[name] = slot
        return name

    def living(self, host: str) -> list[str]:
        """The slot processes of a TaskManager that live."""
        return [name for name in self._of.get(host, ()) if self.is_alive(name)]

    def is_alive(self, name: str) -> bool:
        """Whether a slot process lives. One that is not known to the network has not begun."""
        return self.world.network.process(name).alive

    def orphaned(self, host: str) -> None:
        """The TaskManager has died: its slots are on a leash."""
        for name in self.living(host):
            self.kill(name)

    def kill_later(self, name: str, least_s: float, most_s: float) -> None:
        """A signal is on its way to a slot process."""
        network = self.world.network
        network.at(network.now() + self.chance.uniform(least_s, most_s), self.kill, name)

    def kill(self, name: str) -> None:
        """A slot process ends, and its TaskManager hears of it."""
        if self.is_alive(name):
            self.world.network.kill(name)
            slot = self._of[name.partition("/")[0]].pop(name)
            slot.ended()


class SimSlot(Actor[ToSlot | RunUntil]):
    """Owns one simulated process that runs at most one attempt.

    Args:
        house: Of all slots.
        host: Of the TaskManager.
        clock: Of that host.
    """

    def __init__(self, house: SlotHouse, host: str, clock: Clock | None) -> None:
        self._house = house
        self._network = house.world.network
        self._name = house.begin(host, self)
        self._dead = asyncio.Event()
        self._program = _Program(self._name, house, self._say)
        house.world.launch(self._name, self._program.main, host=host, clock=clock)
        self._child, self._owner = self._network.process(self._name), self._network.process(host)

    def receive(self, message: ToSlot | RunUntil) -> None:
        """Pass on what the TaskManager says."""
        at_s = self._network.now() + LINK_S
        self._network.at(at_s, self._child.run, lambda: self._program.hear(message))

    async def post_stop(self) -> None:
        """Kill the process, and wait until it is gone."""
        if self._house.is_alive(self._name):
            self._house.kill_later(self._name, *DIES_S)
            await self._dead.wait()

    def ended(self) -> None:
        """The process is gone: the TaskManager hears of it, if it lives, behind all that was said."""
        self._network.at(self._network.now() + LINK_S, self._owner.run, self._exited)

    def _exited(self) -> None:
        self._dead.set()
        cast(CellContext, self.context).stop_self(DeathCause.PROCESS_DEAD, "the simulated process has ended")

    def _say(self, message: FromSlot) -> None:
        parent: ActorRef[FromSlot] = self.context.parent
        self._network.at(self._network.now() + LINK_S, self._owner.run, lambda: parent.tell(message, self.ref))


class _Program:
    """What runs in the process.

    Args:
        name: Of the process.
        house: Ends it.
        say: Takes what the TaskManager shall hear.
    """

    def __init__(self, name: str, house: SlotHouse, say: Callable[[FromSlot], None]) -> None:
        self._name = name
        self._house = house
        self._say = say
        self._runner: TaskRunner | None = None
        self._running: asyncio.Task[None] | None = None
        self._until: float | None = None
        self._unread: list[ToSlot | RunUntil] | None = []

    async def main(self, _: SimTransport) -> None:
        """Come up, and be there until something ends the process."""
        await asyncio.sleep(self._house.chance.uniform(*STARTS_S))
        self._say(Ready())
        unread, self._unread = self._unread or (), None
        for message in unread:
            self.hear(message)

    def hear(self, message: ToSlot | RunUntil) -> None:
        """The TaskManager has said something."""
        if self._unread is not None:
            self._unread.append(message)
            return
        match message:
            case Run() if self._until is None:
                raise AssertionError(f"I15: {self._name} is to run a task, and knows of no lease")
            case Run() if self._runner is None:
                self._runner = TaskRunner(message, self._say, Surroundings(load_shipped_job, BlobStore, _log))
                self._running = asyncio.get_running_loop().create_task(self._run(self._runner), name=self._name)
            case Cancel() if self._runner is not None:
                self._runner.cancel()
            case Snapshot(checkpoint_id) if self._runner is not None:
                self._runner.snapshot(checkpoint_id)
            case RunUntil(until):
                self._until = until
                if until < math.inf:
                    asyncio.get_running_loop().call_at(until, self._look)
            case _:
                raise AssertionError(f"{self._name} cannot make sense of {message}")

    def _look(self) -> None:
        """The thread of the lifeline: nothing of the task can hold it up, and it looks until the time has come."""
        loop = asyncio.get_running_loop()
        until = self._until if self._until is not None else math.inf
        left_s = until - loop.time()
        if left_s <= 0.0:
            self._house.ends(self._name)
            self._house.kill_later(self._name, 0.0, 0.0)
        elif left_s < EARLY_S:
            loop.call_at(until, self._look)

    async def _run(self, runner: TaskRunner) -> None:
        await runner.run()
        self._house.kill_later(self._name, *DIES_S)  # it ends itself; what user code has left behind takes a moment


def _log(run: Run) -> TaskLog:
    return cast(TaskLog, logger(job=run.job_id, task=run.task_id, attempt=run.attempt))
