"""The scenario `cues`: what goes wrong goes wrong at a moment of the protocol, and something else right after it.

A fault waits for a word, a write, a decision or a state (`cluster.simulation.seen`), the n-th from then on, and strikes
before it is done, while it is on its way, or up to 50 ms later; often a second one strikes then, or waits for another
moment from there on. So any fault meets any moment within some hundreds of seeds, which a schedule by the clock does
not come to. Jobs, people and limits are about those of `misfits`. SHELL.
Deliberately not here: how a fault waits (`runtime.sim.moments`).
"""

from __future__ import annotations

import asyncio
import itertools
import random
from collections.abc import Collection, Iterator, Sequence
from dataclasses import replace
from typing import ClassVar

from cluster.simulation.cluster import SimCluster
from cluster.simulation.customers import Customers
from cluster.simulation.faults import LEADER
from cluster.simulation.misfits import PARTS, MisfitNemesis, MisfitsScenario
from cluster.simulation.nemesis import Nemesis
from cluster.simulation.prompted import PROMPTS, Prompted
from cluster.simulation.retained import Retained
from cluster.simulation.seen import SEEN, seen
from cluster.simulation.settings import (
    CANCELLATION,
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
from runtime.sim.campaign import Record
from runtime.sim.moments import AT, PEER, ROLES, WHO, Moment, MomentNemesis
from runtime.sim.performer import Undo
from runtime.sim.schedule import Fault
from runtime.sim.swarm import Draw, Drawn, Numbers
from runtime.sim.world import World

WORKER = "worker"
"""The TaskManager that a moment has to do with; else any, in turn."""
AFTER_S = (-1.0, -1.0, 0.0, 0.0, 0.0002, 0.001, 0.002, 0.005, 0.05)
"""From a moment to a fault; before 0 it strikes in the midst of it, if it can."""
FLEETING_S, SHORT_S, LONG_S, LONGEST_S = (0.0005, 0.05), (0.05, 0.8), (0.8, 2.8), (2.8, 7.0)
SPANS_S = (SHORT_S, SHORT_S, LONG_S, LONGEST_S)
FIRST_S, LAST_S = 0.2, 9.0


def _host(chance: random.Random) -> str:
    return chance.choice([WHO, PEER, LEADER, WORKER])


def _ways(chance: random.Random) -> tuple[str, ...]:
    one, other = chance.choice([(WHO, PEER), (LEADER, WORKER)])
    return (one, other) if chance.random() < 0.5 else (other, one)


def _part(chance: random.Random) -> Drawn:
    return (LEADER,), (("part", float(chance.randrange(len(PARTS)))), ("which", float(chance.randrange(8))))


def _about(chance: random.Random) -> Drawn:
    """Mostly the job that the moment is about."""
    return (), (("which", float(chance.choice([0, 0, 0, 1, 2, 3]))),)


KINDS: dict[str, dict[str, Draw]] = {
    "process": {
        "kill": lambda chance: ((_host(chance),), ()),
        "freeze": lambda chance: ((_host(chance),), ()),
        "stop": lambda chance: ((chance.choice([LEADER, WORKER]),), ()),
        "suspend": lambda chance: ((WORKER,), ()),
        "kill-slot": lambda chance: ((WORKER,), ()),
        "freeze-slot": lambda chance: ((WORKER,), ()),
        "break": _part,
        "break-worker": lambda chance: ((WORKER,), ()),
        "break-contender": lambda chance: ((LEADER,), ()),
    },
    "link": {
        "cut": lambda chance: (_ways(chance), (("one_way", float(chance.random() < 0.6)),)),
        "reset": lambda chance: (_ways(chance), (("cut", float(chance.random() < 0.5)),)),
        "delay": lambda chance: (
            _ways(chance),
            (("mean", chance.choice([0.02, 0.3, 2.0])), ("one_way", float(chance.random() < 0.6))),
        ),
        "isolate": lambda chance: ((LEADER,), (("from_members_only", 1.0),)),
    },
    "store": {
        "disk-away": lambda chance: ((), ()),
        "disk-full": lambda chance: ((), ()),
        "disk-torn": lambda chance: ((), ()),
        "disk-slow": lambda chance: ((), (("seconds", chance.choice([0.02, 0.2, 1.0])),)),
        "disk-refuses": lambda chance: ((), (("count", float(chance.randint(1, 3))),)),
        "lose-answers": lambda chance: ((), (("count", 1.0),)),
        "kill-member": lambda chance: ((chance.choice(["zk1", "zk2", "zk3"]),), ()),
    },
    "people": dict.fromkeys(PROMPTS, _about),
}
"""What may strike at a moment, by what it hurts."""
AT_ONCE = (*KINDS["store"], *KINDS["people"], "cut", "delay", "isolate", "break", "break-worker", "break-contender")
ALL_KINDS = {kind: draw for kinds in KINDS.values() for kind, draw in kinds.items()}
FITTING: Sequence[tuple[str, Sequence[str]]] = (
    ("read.", ("disk-away", "disk-slow", "kill")),
    ("write.", ("disk-away", "disk-full", "disk-torn", "disk-refuses", "cancel-job", "kill-slot", "kill")),
    ("delete.", ("disk-away", "disk-slow", "kill", "break")),
    ("decided.", ("lose-answers", "isolate", "kill", "kill-slot", "break", "disk-away", "cancel-job")),
    ("job.", ("disk-away", "disk-refuses", "disk-full", "break", "cancel-job", "retry-job", "kill")),
    ("task.", ("cancel-job", "kill-slot", "kill", "cut", "break")),
    ("attempt.", ("cancel-job", "kill-slot", "freeze-slot", "cut", "suspend")),
    ("", ("cut", "reset", "delay", "kill", "freeze", "break", "break-worker", "cancel-job")),
)
"""What hurts a moment most, by the beginning of its name; the rest are words."""
BESIDE = ("kill", "freeze", "stop")
"""To leaders and TaskManagers, at any time: so that there are several leaders, and tasks are lost."""


class _Kinds(Collection[str]):
    """All kinds, and each at each moment."""

    def __contains__(self, kind: object) -> bool:
        one, at, moment = str(kind).partition(AT)
        return one in ALL_KINDS and (not at or any(moment in some for some in SEEN.values()))

    def __iter__(self) -> Iterator[str]:
        return iter([*ALL_KINDS, f"KIND{AT}MOMENT"])

    def __len__(self) -> int:
        return len(ALL_KINDS) + 1


class CuesNemesis(MomentNemesis, MisfitNemesis):
    """Lets faults wait for moments, and people do something then."""

    at_once = AT_ONCE
    people: Prompted

    def __init__(self, world: World, cluster: SimCluster, record: Record) -> None:
        super().__init__(world, cluster, record)
        self._any = itertools.cycle([*cluster.taskmanagers])

    def meant(self, target: str, moment: Moment) -> str:
        """See `MomentNemesis`."""
        if target != WORKER and (target != PEER or moment.peer):
            return super().meant(target, moment)
        workers = [one for one in (moment.who, moment.peer) if one in self._cluster.taskmanagers]
        return workers[0] if workers else next(self._any)

    def _kill(self, fault: Fault, name: str) -> Undo | None:
        """See `Nemesis`; nobody kills a client, who would never come again."""
        return super()._kill(fault, name) if name in self._cluster.everybody else None

    def _prompt(self, fault: Fault) -> Undo:
        which, about = int(fault.number("which")), self.struck.about
        number = int(about, 16) if len(about) == 32 and not which else which
        self.people.prompt(fault.kind, max(number, 1))
        return lambda: None

    _cancel_job = _submit_again = _retry_job = _ask_job = _prompt


class CuesScenario(MisfitsScenario):
    """What goes wrong goes wrong at a moment of the protocol, and something else right after it."""

    kinds: Collection[str] = _Kinds()
    choices: ClassVar[Choices] = {
        **STRATEGY,
        TOLERABLE: (0, 0, 1, 1000),
        TIMEOUT: ("0.5 s", "2 s", "600 s"),
        SLOT_TIMEOUT: ("1 s", "300 s", "300 s"),
        CANCELLATION: ("1 s", "3 s"),
        **SPARES,
        **RETENTION,
        RETAINED: (1, 2),
    }
    """Of its configuration."""
    shares = 0.5, 0.5
    """In which part of the seeds tasks outlive their leader, and silence is death soon."""
    named = 0.5
    """In which part of them a TaskManager has the same name in all its lives."""
    powers: ClassVar[type[CuesNemesis]] = CuesNemesis
    people: ClassVar[type[Prompted]] = Prompted
    """Who does what goes wrong, and who wants something of the cluster."""

    def __init__(self) -> None:
        super().__init__()
        self.cast = replace(self.cast, roles=(*ROLES, WORKER))

    def draw(self, chance: random.Random) -> list[Fault]:
        """See `Scenario`."""
        moments, kinds = {of: list(some) for of, some in SEEN.items()}, list(ALL_KINDS)
        if chance.random() < 0.5:  # few of all, again and again
            moments = {of: chance.sample(some, k=min(3, len(some))) for of, some in moments.items()}
            kinds = chance.sample(kinds, k=5)
        faults: list[Fault] = []
        for number in range(1, chance.randint(8, 16)):
            of = chance.choice([*moments])
            moment = chance.choice(moments[of])
            first = self._at(chance, moment, kinds)
            faults.append(first)
            if chance.random() < 0.2:  # something else at the same moment
                second = self._at(chance, moment, kinds)
                numbers = (("nth", first.number("nth")), *second.numbers[1:])
                faults.append(replace(second, at_s=first.at_s, numbers=numbers))
            elif chance.random() < 0.25:  # at another, from there on
                second = self._at(chance, chance.choice(moments[chance.choice([*moments])]), kinds)
                faults[-1] = replace(first, numbers=(*first.numbers, ("first", float(number))))
                numbers = (("nth", 1.0), ("behind", float(number)), *second.numbers[1:])
                faults.append(replace(second, at_s=first.at_s, numbers=numbers))
        faults += self._beside(chance)
        return sorted(faults, key=lambda fault: fault.at_s)

    def _at(self, chance: random.Random, moment: str, kinds: list[str]) -> Fault:
        """Some fault at a moment."""
        fitting = next(some for beginning, some in FITTING if moment.startswith(beginning))
        kind = chance.choice(fitting if chance.random() < 0.6 else kinds)
        targets, more = ALL_KINDS[kind](chance)
        numbers: Numbers = (("nth", float(chance.choice([1, 1, 1, 1, 2, 5]))), ("after", chance.choice(AFTER_S)), *more)
        if chance.random() < 0.15:
            numbers = (*numbers, ("each", 1.0))
        at_s = FIRST_S if chance.random() < 0.5 else round(chance.uniform(FIRST_S, LAST_S), 3)
        spans_s = [FLEETING_S, FLEETING_S, SHORT_S, LONG_S] if kind in KINDS["store"] else [FLEETING_S, *SPANS_S]
        lasts_s = FLEETING_S if kind == "reset" else chance.choice(spans_s)
        return Fault(at_s, f"{kind}{AT}{moment}", targets, round(chance.uniform(*lasts_s), 4), numbers)

    def _beside(self, chance: random.Random) -> list[Fault]:
        """What happens by the clock."""
        faults = []
        for _ in range(chance.choice([0, 1, 2, 2])):
            target = chance.choice([LEADER, LEADER, *self.cast.taskmanagers])
            for_s = round(chance.uniform(*chance.choice([SHORT_S, LONG_S, LONGEST_S])), 3)
            faults.append(Fault(round(chance.uniform(1.0, LAST_S), 3), chance.choice(BESIDE), (target,), for_s))
        return faults + self._slow(chance)

    def _slow(self, chance: random.Random) -> list[Fault]:
        """What takes time, for long: so that there is a while between a question and its answer."""
        for_s, faults = round(chance.uniform(4.0, 20.0), 3), []
        if chance.random() < 0.5:
            faults.append(Fault(0.1, "disk-slow", (), for_s, (("seconds", chance.choice([0.005, 0.05, 0.2])),)))
        for others, share, means in (
            (self.cast.taskmanagers, 0.4, (0.005, 0.05, 0.2)),
            (self.cast.members, 0.3, (0.005, 0.05)),
        ):
            if chance.random() < share:
                mean = (("mean", chance.choice(means)),)
                links = [(one, other) for one in self.cast.jobmanagers for other in others]
                faults += [Fault(0.1, "delay", link, for_s, mean) for link in links]
        return faults

    def cluster(self, world: World, seed: int) -> SimCluster:
        """See `ClusterScenario`."""
        self._world = world
        chance = random.Random(f"{seed}/settings")
        settings = drawn(chance, self.choices, *self.shares)
        workers, slots, named = len(self.cast.taskmanagers), chance.choice([2, 4]), chance.random() < self.named
        return self.made(chance)(
            world, seed, taskmanagers=workers, slots=slots, settings=settings, slot_processes=True, named=named
        )

    def made(self, chance: random.Random) -> type[SimCluster]:
        """Of what kind the cluster is."""
        return SimCluster

    def nemesis(self, world: World, cluster: SimCluster, record: Record) -> Nemesis:
        """See `ClusterScenario`."""
        self._retained = Retained(cluster, record)
        cluster.ensemble.observers.append(self._retained.decided)
        self._nemesis = self.powers(world, cluster, record)
        return self._nemesis

    def customers(self, cluster: SimCluster, record: Record) -> Customers:
        """See `ClientsScenario`."""
        people = self.people(cluster, random.Random(f"{cluster.name}/orders"), record, self._world)
        self._nemesis.people = people
        return people

    async def play(
        self, cluster: SimCluster, nemesis: Nemesis, faults: list[Fault], looking: asyncio.Task[None], record: Record
    ) -> None:
        """See `ClusterScenario`."""
        with seen(cluster.ensemble, self._nemesis.moments):
            await super().play(cluster, nemesis, faults, looking, record)


def cues() -> CuesScenario:
    """See `CuesScenario`."""
    return CuesScenario()
