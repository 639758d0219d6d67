"""The scenario `misfits`: parts that break by themselves, tasks that do what no task should, and a limit to everything.

A part breaks as if a message had been too much for it: the Dispatcher of a leader, its ResourceManager, the master of a
job, who cleans up, who stands for election, a TaskManager. Somebody else has to take over, or it begins anew; all must
become well without anybody's help. Each seed draws a configuration with limits: how many checkpoints may fail in a row,
how long a slot or a state is waited for, how long one pauses between two checkpoints. SHELL.
Deliberately not here: what tasks do (`cluster.simulation.clumsy`), and which limits are kept (`limits`).
"""

from __future__ import annotations

import random
from collections.abc import Collection

from actors import ActorPath, ActorRef
from cluster.simulation.clumsy import Clumsy
from cluster.simulation.cluster import SimCluster
from cluster.simulation.customers import Customers
from cluster.simulation.faults import KINDS, LEADER, Cast, DrawOne, draw
from cluster.simulation.nemesis import Nemesis
from cluster.simulation.retained import Retained
from cluster.simulation.settings import (
    CANCELLATION,
    PAUSE,
    RETAINED,
    RETENTION,
    SLOT_TIMEOUT,
    SPARES,
    STRATEGY,
    TIMEOUT,
    TOLERABLE,
    Choices,
    drawn,
)
from cluster.simulation.work_faults import CLIENT_KINDS, LASTS_S, SLOT_KINDS
from cluster.simulation.work_nemesis import MOMENTS, WorkNemesis
from cluster.simulation.work_scenarios import ClientsScenario
from runtime.context import PipedFailure
from runtime.sim.campaign import Record
from runtime.sim.performer import Undo
from runtime.sim.schedule import Fault
from runtime.sim.swarm import Drawn
from runtime.sim.world import World

PARTS = ("", "resource-manager", "job-", "job-cleaner")
"""Of a leader: its Dispatcher itself, and the children that can break, by their name; `job-` is some job's master."""

CANCELLED = float(MOMENTS.index(("set_data", "jobgraphs")))
"""The moment in which it is noted that a job is to be cancelled."""
LIMITS: Choices = {
    **STRATEGY,
    TOLERABLE: (0, 1, 1, 2),
    PAUSE: ("0 s", "0.4 s", "0.8 s"),
    TIMEOUT: ("0.5 s", "1 s"),
    SLOT_TIMEOUT: ("1 s", "3 s", "300 s"),
    CANCELLATION: ("1 s", "3 s"),
    **SPARES,
}


def _part(chance: random.Random, cast: Cast) -> Drawn:
    return (LEADER,), (("part", float(chance.randrange(len(PARTS)))), ("which", float(chance.randrange(8))))


MISFIT_KINDS: dict[str, DrawOne] = {
    "break": _part,
    "break-contender": lambda chance, cast: ((chance.choice([LEADER, *cast.jobmanagers]),), ()),
    "break-worker": lambda chance, cast: ((chance.choice(list(cast.taskmanagers)),), ()),
    **{kind: CLIENT_KINDS[kind] for kind in ("kill-leader", "disk-slow", "disk-full", "disk-away", "lose-answers")},
    **{kind: SLOT_KINDS[kind] for kind in ("kill", "kill-slot", "freeze-slot", "delay", "reset")},
    "disk-refuses": KINDS["lose-answers"],
}


def too_much_for(ref: ActorRef[object]) -> PipedFailure:
    """A message that fails whoever lives behind `ref` now, whatever it handles."""
    instance = getattr(ref.sink, "instance", None)  # of none, if it is dead
    return PipedFailure(RuntimeError("something was too much for it"), instance)


class MisfitNemesis(WorkNemesis):
    """Lets parts break, too."""

    def _break(self, fault: Fault, leader: str) -> Undo | None:
        """A part of the leader breaks; of the masters that of some job, if it runs under that name."""
        parts, part = self._cluster.offices[leader], PARTS[int(fault.number("part"))]
        contender, epoch = parts.contender.path, int(parts.office.core.epoch)
        dispatcher = (*contender.elements, f"dispatcher-{epoch}")
        names = [part] if part else []
        if part == "job-":
            names = [f"job-{1 + int(fault.number('which')) % len(self._cluster.ledgers):032x}"]
        ref = parts._system.ref_for(ActorPath(contender.address, (*dispatcher, *names)))
        return self._breaks(leader, ref)

    def _break_contender(self, fault: Fault, name: str) -> Undo | None:
        """Who stands for election, or leads, breaks with all that it has."""
        parts = self._cluster.offices.get(name)
        return None if parts is None else self._breaks(name, parts.contender)

    def _break_worker(self, fault: Fault, name: str) -> Undo | None:
        """The TaskManager breaks, and its process lives."""
        parts = self._cluster.workers.get(name)
        return None if parts is None else self._breaks(name, parts.task_manager)

    def _breaks(self, name: str, ref: ActorRef[object]) -> Undo | None:
        process = self._network.process(name)
        if not process.alive:
            return None
        self._record.sometimes(f"{ref.path.name} broke")
        process.call(ref.tell, too_much_for(ref))
        return lambda: None


class MisfitsScenario(ClientsScenario):
    """Parts break by themselves, tasks do what no task should, and there is a limit to everything."""

    kinds: Collection[str] = (*MISFIT_KINDS, "away-at")

    def draw(self, chance: random.Random) -> list[Fault]:
        """See `Scenario`."""
        faults = draw(chance, self.cast, most=8, kinds=MISFIT_KINDS, lasts_s=LASTS_S[:3])
        if chance.random() < 0.5:  # the disk is away when a job that is to be cancelled has a result
            numbers = (("what", CANCELLED), ("after", chance.choice([0.0, 0.002, 0.01, 0.03])))
            for_s = round(chance.uniform(4.0, 12.0), 3)
            faults.append(Fault(0.5, "away-at", (), for_s, numbers))
            if chance.random() < 0.7:  # and states are on their way to it
                faults.append(Fault(0.5, "disk-slow", (), for_s, (("seconds", chance.choice([0.05, 0.1, 0.2])),)))
        return sorted(faults, key=lambda fault: fault.at_s)

    def cluster(self, world: World, seed: int) -> SimCluster:
        """See `ClusterScenario`."""
        self._world = world
        chance = random.Random(f"{seed}/settings")
        limits = drawn(chance, LIMITS, 0.5)
        workers, slots = len(self.cast.taskmanagers), chance.choice([2, 4])
        settings = limits + drawn(chance, {**RETENTION, RETAINED: (1, 2)})
        return SimCluster(world, seed, taskmanagers=workers, slots=slots, settings=settings, slot_processes=True)

    def nemesis(self, world: World, cluster: SimCluster, record: Record) -> Nemesis:
        """See `ClusterScenario`."""
        self._retained = Retained(cluster, record)
        cluster.ensemble.observers.append(self._retained.decided)
        return MisfitNemesis(world, cluster, record)

    def check_end(self, cluster: SimCluster, record: Record) -> None:
        """See `ClusterScenario`."""
        self._retained.check()

    def customers(self, cluster: SimCluster, record: Record) -> Customers:
        """See `ClientsScenario`."""
        return Clumsy(cluster, random.Random(f"{cluster.name}/orders"), record, self._world)


def misfits() -> MisfitsScenario:
    """See `MisfitsScenario`."""
    return MisfitsScenario()
