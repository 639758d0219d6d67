"""The scenarios of work: `slots`, in which slots are processes, and what they hear comes late. Found by name.

Each seed draws its own configuration, too: whether tasks outlive their leader, which tasks restart with one, how many
checkpoints are retained. Tasks fail by themselves now and then. Played by `runtime.sim.campaign`.
Deliberately not here: what goes wrong (`work_faults`), what is true (`invariants`).
"""

from __future__ import annotations

import asyncio
import math
import random
from collections.abc import Collection, Sequence
from dataclasses import replace

from cluster.model.job_record import JobRecord
from cluster.simulation.cluster import SimCluster
from cluster.simulation.customers import CLIENTS, Customers
from cluster.simulation.faults import draw
from cluster.simulation.invariants import check_ledger
from cluster.simulation.nemesis import Nemesis
from cluster.simulation.scenarios import HEALED_AT_S, TASKS, UP_TO, WELL_WITHIN_S, ClusterScenario
from cluster.simulation.settings import CANCELLATION, KEPT, STRATEGY, TIMEOUT, TOLERABLE, drawn
from cluster.simulation.troubled import Troubled
from cluster.simulation.visitors import Visitors
from cluster.simulation.work_faults import (
    CLIENT_KINDS,
    LASTS_S,
    RESTART_KINDS,
    ROT_KINDS,
    SLOT_KINDS,
    STORE_KINDS,
    VISITOR_KINDS,
    draw_for_clients,
    draw_for_delays,
    draw_for_late,
    draw_for_rot,
    draw_for_slots,
    draw_for_stores,
    draw_for_visitors,
)
from cluster.simulation.work_nemesis import WorkNemesis
from runtime.sim.campaign import Record
from runtime.sim.schedule import Fault
from runtime.sim.world import World


class SlotsScenario(ClusterScenario):
    """Slots with processes of their own: a TaskManager that stands still or dies, and tasks that do not."""

    kinds: Collection[str] = SLOT_KINDS.keys()
    _first_s = 0.0

    def __init__(self) -> None:
        super().__init__(taskmanagers=3)

    async def story(self, world: World, seed: int, faults: list[Fault], record: Record) -> None:
        """See `Scenario`."""
        self._first_s = min((fault.at_s for fault in faults), default=math.inf)
        await super().story(world, seed, faults, record)

    def draw(self, chance: random.Random) -> list[Fault]:
        """See `Scenario`."""
        return draw_for_slots(chance, self.cast)

    def cluster(self, world: World, seed: int) -> SimCluster:
        """See `ClusterScenario`."""
        settings = self.settings(random.Random(f"{seed}/settings"))
        workers = len(self.cast.taskmanagers)
        processes = random.Random(f"{seed}/isolation").random() < 0.75
        return SimCluster(world, seed, taskmanagers=workers, settings=settings, slot_processes=processes)

    def settings(self, chance: random.Random) -> Sequence[str]:
        """Of the configuration: as a seed draws them."""
        return (
            *(KEPT if chance.random() < 0.5 else ()),
            f"jobmanager.execution.failover-strategy={chance.choice(['region', 'full'])}",
            f"taskmanager.slot.warm-spares={chance.randint(0, 2)}",
            *(("heartbeat.timeout=1 s",) if chance.random() < 0.5 else ()),
            f"state.checkpoints.num-retained={chance.randint(1, 3)}",
        )

    def nemesis(self, world: World, cluster: SimCluster, record: Record) -> Nemesis:
        """See `ClusterScenario`."""
        if cluster.slots is not None:
            cluster.slots.ends = lambda name: self._ended(name, world, record)
        return WorkNemesis(world, cluster, record)

    def _ended(self, name: str, world: World, record: Record) -> None:
        """A slot ends for want of a lease: not if nothing has gone wrong so far."""
        record.sometimes("a slot ended itself when its lease was over")
        calm = world.network.now() < self._first_s
        record.require(not calm, "I9", f"{name} has no lease, though nothing has gone wrong yet")

    def jobs(self, cluster: SimCluster) -> list[JobRecord]:
        """See `ClusterScenario`."""
        return [cluster.counting_job(UP_TO, TASKS, fails="0.3")]


class ClientsScenario(ClusterScenario):
    """Short jobs that end while leaders change, submitted more than once, and cancelled."""

    kinds: Collection[str] = (*CLIENT_KINDS, "kill-at")

    def __init__(self) -> None:
        super().__init__(taskmanagers=3)
        self.cast = replace(self.cast, clients=[f"client{number}" for number in range(1, CLIENTS + 1)])

    def draw(self, chance: random.Random) -> list[Fault]:
        """See `Scenario`."""
        return draw_for_clients(chance, self.cast)

    def cluster(self, world: World, seed: int) -> SimCluster:
        """See `ClusterScenario`."""
        chance = random.Random(f"{seed}/settings")
        kept = KEPT if chance.random() < 0.5 else ()
        return SimCluster(world, seed, taskmanagers=len(self.cast.taskmanagers), slots=4, settings=kept)

    def nemesis(self, world: World, cluster: SimCluster, record: Record) -> Nemesis:
        """See `ClusterScenario`."""
        return WorkNemesis(world, cluster, record)

    def customers(self, cluster: SimCluster, record: Record) -> Customers:
        """Who comes."""
        return Customers(cluster, random.Random(f"{cluster.name}/orders"), record)

    async def play(
        self, cluster: SimCluster, nemesis: Nemesis, faults: list[Fault], looking: asyncio.Task[None], record: Record
    ) -> None:
        """See `ClusterScenario`."""
        customers = self.customers(cluster, record)
        blows = asyncio.create_task(nemesis.perform(faults))
        work = asyncio.create_task(customers.come())
        await asyncio.wait([work, looking], timeout=HEALED_AT_S, return_when=asyncio.FIRST_COMPLETED)
        blows.cancel()
        nemesis.heal()
        await _done(work, looking)
        await _done(asyncio.create_task(customers.ask_again()), looking)
        customers.check()
        for number, ledger in enumerate(cluster.ledgers, 1):
            check_ledger(ledger, *customers.up_to(number), record)


class VisitorsScenario(ClientsScenario):
    """Jobs that fail, do not listen or cannot be read for a while; and people who look at them all the time."""

    kinds = (*VISITOR_KINDS, "hide", "away-at", "freeze-task", "cut-at")

    def draw(self, chance: random.Random) -> list[Fault]:
        """See `Scenario`."""
        return draw_for_visitors(chance, self.cast)

    def cluster(self, world: World, seed: int) -> SimCluster:
        """See `ClusterScenario`."""
        self._world = world
        chance = random.Random(f"{seed}/settings")
        choices = {**STRATEGY, TIMEOUT: ("1 s", "1 s", "600 s"), TOLERABLE: "1000", CANCELLATION: "1 s"}
        settings = drawn(chance, choices, 0.5)
        return SimCluster(
            *(world, seed),
            taskmanagers=len(self.cast.taskmanagers),
            slots=4,
            settings=settings,
            slot_processes=True,
            named=chance.random() < 0.5,
        )

    def customers(self, cluster: SimCluster, record: Record) -> Customers:
        """See `ClientsScenario`."""
        return Visitors(cluster, random.Random(f"{cluster.name}/orders"), record, self._world)


class RestartsScenario(ClientsScenario):
    """Jobs that fail again and again, each under a restart strategy of its own; little else goes wrong."""

    kinds = (*RESTART_KINDS,)

    def draw(self, chance: random.Random) -> list[Fault]:
        """See `Scenario`."""
        return draw(chance, self.cast, most=6, kinds=RESTART_KINDS, lasts_s=LASTS_S[:2])

    def cluster(self, world: World, seed: int) -> SimCluster:
        """See `ClusterScenario`."""
        chance = random.Random(f"{seed}/settings")
        strategy = f"jobmanager.execution.failover-strategy={chance.choice(['region', 'full'])}"
        return SimCluster(
            *(world, seed),
            taskmanagers=len(self.cast.taskmanagers),
            slots=4,
            settings=[strategy, "taskmanager.slot.warm-spares=1"],
            slot_processes=True,
        )

    def customers(self, cluster: SimCluster, record: Record) -> Customers:
        """See `ClientsScenario`."""
        return Troubled(cluster, random.Random(f"{cluster.name}/orders"), record)


async def _done(work: asyncio.Task[None], looking: asyncio.Task[None]) -> None:
    """It is done in time, and nothing is wrong meanwhile."""
    await asyncio.wait([work, looking], timeout=WELL_WITHIN_S, return_when=asyncio.FIRST_COMPLETED)
    if looking.done():
        looking.result()
    if not work.done():
        raise AssertionError(f"I8: the clients are not served {WELL_WITHIN_S:g} s after everything was healed")
    work.result()


class LateScenario(SlotsScenario):
    """What is said between a leader and its TaskManagers comes seconds late, and the leader changes meanwhile."""

    def draw(self, chance: random.Random) -> list[Fault]:
        """See `Scenario`."""
        return draw_for_late(chance, self.cast)


class DelaysScenario(SlotsScenario):
    """A leader and a TaskManager hear each other seconds late, both ways, while tasks are lost elsewhere."""

    def draw(self, chance: random.Random) -> list[Fault]:
        """See `Scenario`."""
        return draw_for_delays(chance, self.cast)


def delays() -> DelaysScenario:
    """See `DelaysScenario`."""
    return DelaysScenario()


class StoresScenario(SlotsScenario):
    """Tasks, TaskManagers and leaders are lost while a checkpoint is stored, and while a new leader reads."""

    kinds = STORE_KINDS

    def draw(self, chance: random.Random) -> list[Fault]:
        """See `Scenario`."""
        return draw_for_stores(chance, self.cast)

    def jobs(self, cluster: SimCluster) -> list[JobRecord]:
        """See `ClusterScenario`. A restart may wait for longer than a store takes; some tasks end before others."""
        delay_s = random.Random(f"{cluster.name}/delay").choice(["0", "0.1", "0.3"])
        return [cluster.counting_job(UP_TO, TASKS, fails="0.3", delay_s=delay_s, slower="0.2")]


def stores() -> StoresScenario:
    """See `StoresScenario`."""
    return StoresScenario()


def late() -> LateScenario:
    """See `LateScenario`."""
    return LateScenario()


class RotScenario(SlotsScenario):
    """Bytes of the newest checkpoint change while the leader dies, or a task: an older one takes its place."""

    kinds = (*ROT_KINDS, "decay")
    spoils = True

    def draw(self, chance: random.Random) -> list[Fault]:
        """See `Scenario`."""
        return draw_for_rot(chance, self.cast)

    def settings(self, chance: random.Random) -> Sequence[str]:
        """See `SlotsScenario`."""
        return (*super().settings(chance)[:-1], "state.checkpoints.num-retained=3")

    def jobs(self, cluster: SimCluster) -> list[JobRecord]:
        """See `ClusterScenario`."""
        return [cluster.counting_job(UP_TO, TASKS)]


def rot() -> RotScenario:
    """See `RotScenario`."""
    return RotScenario()


def clients() -> ClientsScenario:
    """See `ClientsScenario`."""
    return ClientsScenario()


def visitors() -> VisitorsScenario:
    """See `VisitorsScenario`."""
    return VisitorsScenario()


def slots() -> SlotsScenario:
    """See `SlotsScenario`."""
    return SlotsScenario()


def restarts() -> RestartsScenario:
    """See `RestartsScenario`."""
    return RestartsScenario()
