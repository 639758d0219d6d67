"""The scenario `lapses`: what was well lapses: bytes cannot be read, a lease is over, a name is another's, too.

A leader dies while jobs run, and the disk is away just when its successor reads, or the bytes of a checkpoint are not
there. A TaskManager and its leader do not hear each other for about as long as a lease, or the answer to an offer is
lost. Somebody starts another TaskManager under the name of one that lives. A state takes longer to be written than the
leader waits before it asks again. In half of the seeds the processes have the product's own client of ZooKeeper, over a
simulated kazoo. SHELL. Deliberately not here: jobs that were set aside, and are tried again (`retries`).
"""

from __future__ import annotations

import asyncio
import itertools
import random
from collections.abc import Collection, Iterator
from functools import partial
from typing import Any, ClassVar

from cluster.election.zookeeper.driver import ZookeeperElectionDriver
from cluster.simulation.cluster import SimCluster
from cluster.simulation.cues import WORKER, CuesScenario
from cluster.simulation.customers import Order
from cluster.simulation.faults import LEADER
from cluster.simulation.kazoo_client import played
from cluster.simulation.prompted import Prompted
from cluster.simulation.retries import HIDE, OF_CHECKPOINTS, OF_JOBS, RetriesNemesis, RetriesScenario
from cluster.simulation.settings import CANCELLATION, LEASE, RETAINED, STRATEGY, TOLERABLE, Choices
from runtime.sim.campaign import Record
from runtime.sim.moments import AT, Moment
from runtime.sim.network import SimTransport
from runtime.sim.performer import Undo
from runtime.sim.schedule import Fault
from runtime.sim.world import World

NAMESAKE, TWIN = "namesake", "twin"
READS = (
    *("read.submitted-jobs.begins", "read.submitted-jobs.begins", "read.completed-checkpoints.begins"),
    *("read.completed-checkpoints.begins", "read.checkpoints.begins", "AwaitFormer.comes"),
)
"""When a new leader, or a task of its, needs the disk."""
LEASES_S = (1.0, 3.0)
LONG_S = (10.5, 14.0)
"""So long takes a state that is asked for again."""


class _Kinds(Collection[str]):
    """Those of `retries`, and namesakes."""

    def __contains__(self, kind: object) -> bool:
        return kind == NAMESAKE or kind in RetriesScenario.kinds

    def __iter__(self) -> Iterator[str]:
        return iter([*RetriesScenario.kinds, NAMESAKE])

    def __len__(self) -> int:
        return len(RetriesScenario.kinds) + 1


class _Cluster(SimCluster):
    """Whose processes have the product's own client of ZooKeeper."""

    def _driver(self, transport: SimTransport, chance: random.Random) -> ZookeeperElectionDriver:
        nonce, clock = f"{chance.getrandbits(64):016x}", asyncio.get_running_loop().time
        return ZookeeperElectionDriver(self._zookeeper, nonce, clock, partial(played, self.ensemble, transport, chance))


class Lasting(Prompted):
    """Customers of whose jobs the first one lasts."""

    def _drawn(self, number: int, chance: Any) -> Order:
        """See `Customers`."""
        order = super()._drawn(number, chance)
        if number == 1:
            order.up_to, order.tasks, order.cancelled = self._variety.choice([200, 300]), 2, []
            self._misdeeds[number] = ""
            words = {"interval_s": self._variety.choice(["0.25", "0.5"]), "attempts": "1000", "delay_s": "0.05"}
            order.record = self._cluster.counting_job(order.up_to, order.tasks, number, **words)
        return order


class LapsesNemesis(RetriesNemesis):
    """Starts namesakes, too."""

    def __init__(self, world: World, cluster: SimCluster, record: Record) -> None:
        super().__init__(world, cluster, record)
        self._twins = itertools.count(1)

    def meant(self, target: str, moment: Moment) -> str:
        """See `CuesNemesis`; nobody hurts a namesake, which ends with its fault."""
        name = super().meant(target, moment)
        return next(self._any) if name.startswith(TWIN) else name

    def _namesake(self, fault: Fault, name: str) -> Undo:
        """Another TaskManager begins under that name, on a host of its own."""
        cluster, twin = self._cluster, f"{TWIN}{next(self._twins)}"
        cluster.start_made(twin, name)
        self._record.sometimes("a name was given twice")

        def gone() -> None:
            if self._network.process(twin).alive:
                self._network.kill(twin)
            self.ended(twin)
            cluster.taskmanagers.remove(twin)
            cluster.workers.pop(twin, None)

        return gone


class LapsesScenario(CuesScenario):
    """What was well lapses for a moment: bytes cannot be read, a lease is over, a name is another's too."""

    kinds: Collection[str] = _Kinds()
    choices: ClassVar[Choices] = {
        **STRATEGY,
        TOLERABLE: "1000",
        CANCELLATION: ("1 s", "3 s"),
        RETAINED: (1, 2),
        LEASE: [f"{lease_s:g} s" for lease_s in LEASES_S],
    }
    shares = 0.6, 0.3
    named = 1.0
    powers = LapsesNemesis
    people = Lasting

    def draw(self, chance: random.Random) -> list[Fault]:
        """See `Scenario`."""
        if chance.random() < 0.15:
            return self._long(chance)
        kinds = [self._unread, self._unread, self._hidden, self._lapsed, self._unheard, self._named]
        faults = [fault for _ in range(chance.randint(2, 4)) for fault in chance.choice(kinds)(chance)]
        return sorted(faults + self._slow(chance), key=lambda fault: fault.at_s)

    def _dies(self, chance: random.Random, at_s: float) -> Fault:
        return Fault(round(at_s, 3), "kill", (LEADER,), round(chance.uniform(0.05, 1.0), 3))

    def _unread(self, chance: random.Random) -> list[Fault]:
        """A leader dies while jobs run, and the disk is away each time that somebody would read."""
        at_s, lasts_s = chance.uniform(1.5, 10.0), chance.choice([(0.002, 0.05), (0.05, 0.4), (0.4, 1.5)])
        about = (("nth", float(chance.randint(1, 3))), ("after", chance.choice([-1.0, -1.0, 0.0])), ("each", 1.0))
        away = f"disk-away{AT}{chance.choice(READS)}"
        return [
            self._dies(chance, at_s),
            Fault(round(at_s - 0.1, 3), away, (), round(chance.uniform(*lasts_s), 4), about),
        ]

    def _hidden(self, chance: random.Random) -> list[Fault]:
        """A leader dies, and the bytes of a job, or of all its checkpoints, are not there for a while."""
        at_s, what = chance.uniform(1.5, 10.0), chance.choice([OF_JOBS, OF_CHECKPOINTS, OF_CHECKPOINTS])
        numbers = (("what", what), ("which", float(chance.randint(0, 3))))
        return [Fault(round(at_s, 3), HIDE, (LEADER,), round(chance.uniform(0.3, 2.0), 3), numbers)]

    def _lapsed(self, chance: random.Random) -> list[Fault]:
        """A TaskManager gets no lease for about as long as one."""
        at_s, lease_s = chance.uniform(1.0, 10.0), chance.choice(LEASES_S)
        worker, one_way = chance.choice(self.cast.taskmanagers), float(chance.random() < 0.6)
        ways = ((LEADER, worker), (worker, LEADER))
        link, lasts_s = chance.choice(ways), round(lease_s * chance.uniform(0.7, 1.5), 3)
        kind = chance.choice(["cut", "cut", "delay"])
        about = ("one_way", one_way), ("mean", lease_s * chance.choice([0.3, 0.6]))
        return [Fault(round(at_s, 3), kind, link, lasts_s, about[:1] if kind == "cut" else about)]

    def _unheard(self, chance: random.Random) -> list[Fault]:
        """What is said around an offer is lost with its connection, while leaders change and tasks wait for slots."""
        moment = chance.choice(["TaskManagerRegistered.said", "TaskManagerRegistered.said", "RegisterTaskManager.said"])
        about = (("nth", float(chance.randint(1, 3))), ("after", chance.choice([0.0, 0.0002])), ("each", 1.0))
        at_s, worker = chance.uniform(1.5, 10.0), chance.choice(self.cast.taskmanagers)
        lost = Fault(0.2, f"reset{AT}{moment}", (WORKER, LEADER), round(chance.uniform(0.0005, 0.05), 4), about)
        dead = Fault(round(at_s + chance.uniform(-0.3, 0.1), 3), "kill", (worker,), round(chance.uniform(0.5, 3.0), 3))
        return [lost, self._dies(chance, at_s), dead]

    def _named(self, chance: random.Random) -> list[Fault]:
        """A name is given twice; mostly something becomes of who had it first, or of the leader."""
        at_s, worker = chance.uniform(0.5, 9.0), chance.choice(self.cast.taskmanagers)
        faults = [Fault(round(at_s, 3), NAMESAKE, (worker,), round(chance.uniform(2.0, 12.0), 3))]
        kind, then_s = chance.choice(["freeze", "suspend", "isolate", "kill", ""]), at_s + chance.uniform(-0.5, 3.0)
        if kind:
            faults.append(Fault(round(max(then_s, 0.1), 3), kind, (worker,), round(chance.uniform(0.3, 5.0), 3)))
        return [*faults, self._dies(chance, then_s + chance.uniform(0.1, 3.0))] if chance.random() < 0.5 else faults

    def _long(self, chance: random.Random) -> list[Fault]:
        """States take long to be written, and nothing else goes wrong for a while."""
        about = (("nth", float(chance.randint(2, 4))), ("after", -1.0), ("seconds", chance.uniform(*LONG_S)))
        faults = [Fault(2.0, f"disk-slow{AT}write.checkpoints.begins", (), 0.02, about)]
        return [*faults, self._dies(chance, chance.uniform(15.0, 20.0))] if chance.random() < 0.5 else faults

    def made(self, chance: random.Random) -> type[SimCluster]:
        """See `CuesScenario`."""
        return _Cluster if chance.random() < 0.5 else SimCluster


def lapses() -> LapsesScenario:
    """See `LapsesScenario`."""
    return LapsesScenario()
