"""`SimCluster`: JobManagers, TaskManagers, an ensemble and a client in one simulated world. Composition root; SHELL.

Each is a process on a host of its own and runs the unmodified parts of a node. Whoever is killed is started again when
the story says so; a TaskManager that has to become a new incarnation does that by itself, as a real one does.
Deliberately not here: faults, invariants.
"""

from __future__ import annotations

import asyncio
import itertools
import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import Any

from cluster.assembly import TASKMANAGER, JobManagerParts, TaskManagerParts
from cluster.backends import JOBMANAGER
from cluster.client import ClusterClient
from cluster.config import load
from cluster.election.zookeeper.driver import ZookeeperElectionDriver
from cluster.election.zookeeper.settings import ZookeeperSettings
from cluster.model.job_record import JobRecord
from cluster.remoting import system_settings
from cluster.simulation.disk import SimDisk, Trouble
from cluster.simulation.ensemble import SimEnsemble
from cluster.simulation.kept import Kept
from cluster.simulation.ledger import LEDGERS, Ledger
from cluster.simulation.made import Made
from cluster.simulation.slot import SimSlot, SlotHouse
from cluster.simulation.zookeeper_client import SimZookeeperClient
from cluster.slots.job_maker import make_record
from cluster.slots.user_code import read_source
from cluster.taskmanager.registration import Registration
from runtime import ActorSystem
from runtime.sim.network import SimTransport
from runtime.sim.world import World

PORT = 6123
# A lease has to be asked for where slots are inline. Without it two attempts of a task can run at a time, while leaders
# change and one TaskManager hears of it late: `keep 9` and `cluster 102` showed that.
SETTINGS = (
    "high-availability=memory",
    "taskmanager.slot.isolation=inline",
    "taskmanager.slot.warm-spares=0",
    "taskmanager.task-lease=3 s",
    "cluster.taskmanager.registration.refused-registration-delay=1 s",
)
BEGINS_AT = 1.7e9
"""The time of day at the beginning, where it is not set."""


class SimCluster:
    """The processes of one cluster.

    Args:
        world: That it is in.
        seed: Of all its chance.
        jobmanagers: How many.
        taskmanagers: How many.
        slots: Of each TaskManager.
        settings: `key=value` words of the configuration, over those that a simulation needs.
        session_s: Timeout of sessions with the ensemble.
        slot_processes: Whether slots have processes of their own, as they have by default outside of a simulation.
        named: Whether a TaskManager has its configured name in all its lives.

    Attributes:
        ensemble: That elects.
        ledger: What the counting job has done.
        ledgers: Of all counting jobs, that one first.
        offices: Of the JobManagers that were started last, by name; who believes to lead, and since when.
        workers: Of the TaskManagers that were started last, by name.
        kept: What the judge knows of the checkpoints, if there is one.
        slots: The slot processes, or `None` if slots are inline.
        bonds: Whom each TaskManager follows, as far as anybody looks.
        made: The TaskManagers that leaders have had made, of the configuration where they may.
        leaves: Told of each TaskManager that wants to end, and why.
    """

    def __init__(
        self,
        world: World,
        seed: int | str = 0,
        *,
        jobmanagers: int = 3,
        taskmanagers: int = 2,
        slots: int = 2,
        settings: Sequence[str] = (),
        session_s: float = 2.0,
        slot_processes: bool = False,
        named: bool = False,
    ) -> None:
        self.name = _name(seed)
        self.ledger = LEDGERS[self.name] = Ledger(tell=world.tell)
        self.ledgers = [self.ledger]
        if slot_processes:
            self.ledger.runs = self.runs
        SimDisk.troubles[self.name] = Trouble()
        self.jobmanagers = [f"jm{number}" for number in range(1, jobmanagers + 1)]
        self.taskmanagers = [f"tm{number}" for number in range(1, taskmanagers + 1)]
        self.ensemble = SimEnsemble(world, random.Random(f"{seed}/ensemble"))
        self.offices: dict[str, JobManagerParts] = {}
        self.workers: dict[str, TaskManagerParts] = {}
        self.kept: Kept | None = None
        self.bonds: Mapping[str, Registration] = {}
        self.slots = SlotHouse(world, random.Random(f"{seed}/slots")) if slot_processes else None
        self.made = Made(self, world, random.Random(f"{seed}/made"))
        self.leaves: Callable[[str, str], None] = lambda name, reason: None
        self._named = named
        self._days: dict[str, float] = {}
        self._world = world
        self._seed = seed
        self._lives: dict[str, int] = {}
        self._clients = itertools.count(1)
        words = [*SETTINGS, f"high-availability.storageDir=sim://{self.name}", *settings]
        self.config = replace(load(None, words)[0], slots=slots)
        self._zookeeper = ZookeeperSettings("zk1:2181", session_timeout_s=session_s)

    def start(self) -> None:
        """Start everything."""
        self.ensemble.start()
        for name in self.jobmanagers:
            self.start_jobmanager(name)
        for name in self.taskmanagers:
            self.start_taskmanager(name)

    async def close(self) -> None:
        """Forget what outlives the world; at once, since a run that fails hard may not let anybody wait any more."""
        for number in range(1, len(self.ledgers) + 1):
            del LEDGERS[self._ledger_name(number)]
        SimDisk.forget(self.name)
        await self.ensemble.close()

    def start_jobmanager(self, name: str) -> None:
        """Start a JobManager, or start it again after its death."""
        self.offices.pop(name, None)
        self._launch(name, self._jobmanager)

    def start_taskmanager(self, name: str) -> None:
        """Start a TaskManager, or start it again after its death."""
        self.workers.pop(name, None)
        self._launch(name, self._taskmanager)

    def restart(self, name: str) -> None:
        """Start whatever has that name again after its death."""
        if name in self.ensemble.members:
            self.ensemble.restart(name)
        elif name in self.jobmanagers:
            self.start_jobmanager(name)
        else:
            self.start_taskmanager(name)

    def leave(self, name: str) -> asyncio.Task[None] | None:
        """Let a process leave in good order, as SIGTERM does; `None` if it has not come up, or is dead."""
        process = self._world.network.process(name)
        parts = self.offices.get(name) or self.workers.get(name)
        if parts is None or not process.alive:
            return None
        return process.call(asyncio.get_running_loop().create_task, parts.stop())

    @property
    def everybody(self) -> list[str]:
        """All processes but clients, by name."""
        return [*self.jobmanagers, *self.taskmanagers, *self.ensemble.members]

    def life(self, name: str) -> int:
        """How often that was started."""
        return self._lives.get(name, 0)

    def set_day(self, name: str, by_s: float) -> None:
        """Somebody sets the time of day of a host: all that lives there sees a jump."""
        self._days[name] = self._days.get(name, 0.0) + by_s

    def day(self, name: str) -> float:
        """What a host takes for the time of day, seconds since 1970."""
        return BEGINS_AT + asyncio.get_running_loop().time() + self._days.get(name, 0.0)

    def leaders(self) -> list[str]:
        """The running JobManagers that may act as the leader now, by their own belief; in order of names."""
        found = []
        for name, parts in sorted(self.offices.items()):
            process = self._world.network.process(name)
            office = parts.office
            if process.alive and not process.frozen and process.call(office.may_act, office.core.epoch):
                found.append(name)
        return found

    @property
    def is_well(self) -> bool:
        """Whether one process leads, and all TaskManagers are registered with it (I10)."""
        leaders = self.leaders()
        bonds = [self.bonds.get(name) for name in self.taskmanagers]
        if len(leaders) != 1 or not all(bond is not None and bond.registered for bond in bonds):
            return False
        epoch = int(self.offices[leaders[0]].office.core.epoch)
        return all(bond is not None and bond.is_current(epoch) for bond in bonds)

    async def with_client(self, do: Callable[[ClusterClient], Any]) -> Any:
        """Run that with a client, in a process of its own."""
        name = f"client{next(self._clients)}"

        async def main(transport: SimTransport) -> Any:
            chance = self._chance(name)
            async with self._system("client", name, 0, transport, chance) as system:
                driver = self._driver(transport, chance)
                async with ClusterClient(self.config, system, driver) as client:
                    return await do(client)

        return await self._world.launch(name, main)

    def counting_job(self, up_to: int, parallelism: int, number: int = 1, **words: str) -> JobRecord:
        """A job whose every step is in a ledger: the first's, or its own if it is one more. It gets further words."""
        ledger = self._ledger_name(number)
        if ledger not in LEDGERS:
            LEDGERS[ledger] = Ledger(tell=self._world.tell, job=f"{number}/", runs=self.ledger.runs)
            self.ledgers.append(LEDGERS[ledger])
        words = {"ledger": ledger, "up_to": str(up_to), "parallelism": str(parallelism), **words}
        source = read_source("cluster.simulation.ledger:job", words)
        return JobRecord.from_bytes(make_record(source, f"{number:032x}", 0.0))

    def runs(self, name: str) -> bool:
        """Whether a process is at work now."""
        process = self._world.network.process(name)
        return process.alive and not process.frozen

    # --- inside -------------------------------------------------------------------------------------------------------

    def _ledger_name(self, number: int) -> str:
        return self.name if number == 1 else f"{self.name}-{number}"

    def _launch(self, name: str, main: Callable[[str, SimTransport, random.Random], Any]) -> asyncio.Task[None]:
        self._lives[name] = self._lives.get(name, 0) + 1
        chance = self._chance(name)
        return self._world.launch(name, lambda transport: main(name, transport, chance))

    def _chance(self, name: str) -> random.Random:
        return random.Random(f"{self._seed}/{name}/{self._lives.get(name, 0)}")

    def _system(self, role: str, host: str, port: int, transport: SimTransport, chance: random.Random) -> ActorSystem:
        settings = system_settings(self.config, host, port)
        system = ActorSystem(role, settings, transport=transport, random=chance)
        self._world.listen(transport.process.name, system)
        return system

    def _driver(self, transport: SimTransport, chance: random.Random) -> ZookeeperElectionDriver:
        connect = partial(SimZookeeperClient, self.ensemble, transport, chance)
        nonce = f"{chance.getrandbits(64):016x}"
        return ZookeeperElectionDriver(self._zookeeper, nonce, asyncio.get_running_loop().time, connect)

    async def _jobmanager(self, name: str, transport: SimTransport, chance: random.Random) -> None:
        async with self._system(JOBMANAGER, name, PORT, transport, chance) as system:
            config = replace(self.config, jobmanager_resource_id=name)
            day = partial(self.day, name)
            parts = JobManagerParts(config, system, self._driver(transport, chance), wall_time=day)
            parts.child = partial(self.made.begin, transport.process)
            self.offices[name] = parts
            await parts.start()
            await system.when_terminated()

    def start_made(self, name: str, resource_id: str) -> asyncio.Task[None]:
        """Start a TaskManager as a provider does; what this gives ends when it has left."""
        self.taskmanagers.append(name)
        return self._launch(name, partial(self._taskmanager, made=resource_id))

    async def _taskmanager(self, name: str, transport: SimTransport, chance: random.Random, made: str = "") -> None:
        """Who was made has the name that it was given, and when it leaves it has left; others are started again."""
        has_left = False
        while not has_left:
            async with self._system(TASKMANAGER, name, PORT, transport, chance) as system:
                again = asyncio.Event()

                def start_again(_: str, again: asyncio.Event = again) -> None:
                    again.set()

                def leave(reason: str, again: asyncio.Event = again) -> None:
                    nonlocal has_left
                    self.leaves(name, reason)
                    has_left = bool(made)
                    again.set()

                driver = self._driver(transport, chance)
                own = f"{name}-{chance.getrandbits(32):08x}"
                config = replace(self.config, taskmanager_resource_id=made or (name if self._named else own))
                parts = TaskManagerParts(config, system, driver, leave, start_again=start_again, pid=1)
                if self.slots is not None:
                    parts.slot = partial(SimSlot, self.slots, name, self._world.clock(name))
                await parts.start()
                self.workers[name] = parts
                await again.wait()
                self.workers.pop(name, None)
                await parts.stop()


def _name(seed: int | str) -> str:
    """Of what a cluster keeps in memory; it goes into messages, so it must not tell how many clusters there were."""
    names = (f"sim-{seed}" if number == 0 else f"sim-{seed}-{number}" for number in itertools.count())
    return next(name for name in names if name not in LEDGERS)
