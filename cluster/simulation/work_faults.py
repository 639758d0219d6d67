"""What can go wrong where work is done: slots, the links to leaders, kept bytes. Pure; drawn for the scenarios of work.

Beside what `cluster.simulation.faults` has. Durations are around a task's lease and around a session. Deliberately not
here: doing any of it (`cluster.simulation.work_nemesis`).
"""

from __future__ import annotations

import random

from cluster.simulation.faults import KINDS, LEADER, Cast, DrawOne, draw
from runtime.sim.schedule import Fault
from runtime.sim.swarm import Drawn


def _worker(chance: random.Random, cast: Cast) -> Drawn:
    return (chance.choice(list(cast.taskmanagers)),), ()


def _link(chance: random.Random, cast: Cast) -> tuple[str, str]:
    """Between a TaskManager and a leader, of now or of later."""
    one = chance.choice([LEADER, LEADER, *cast.jobmanagers])
    other = chance.choice(list(cast.taskmanagers))
    return (one, other) if chance.random() < 0.5 else (other, one)


def _part(chance: random.Random, cast: Cast) -> Drawn:
    return _link(chance, cast), (("one_way", float(chance.random() < 0.3)),)


def _delay(chance: random.Random, cast: Cast) -> Drawn:
    return _link(chance, cast), (("mean", chance.choice([0.05, 0.5, 2.0, 4.0])),)


def _reset(chance: random.Random, cast: Cast) -> Drawn:
    return _link(chance, cast), (("cut", float(chance.random() < 0.5)),)


def _depose(chance: random.Random, cast: Cast) -> Drawn:
    return (LEADER,), (("from_members_only", 1.0),)


def _loss(chance: random.Random, cast: Cast) -> Drawn:
    return _link(chance, cast), (("loss", chance.choice([0.05, 0.2, 0.5])), ("burst", 0.0))


SLOT_KINDS: dict[str, DrawOne] = {
    "cut": _part,
    "delay": _delay,
    "reset": _reset,
    "loss": _loss,
    "isolate": _depose,
    "kill-slot": _worker,
    "freeze-slot": _worker,
    "freeze": _worker,
    "suspend": _worker,
    "kill": _worker,
    "stop": _worker,
    "vanish": _worker,
    **{kind: KINDS[kind] for kind in ("kill-leader", "stop-leader", "freeze-leader", "freeze-member", "clock")},
    **{kind: KINDS[kind] for kind in ("disk-slow", "disk-torn", "lose-answers")},
}
LASTS_S = ((0.05, 0.6), (0.6, 1.8), (1.8, 2.8), (2.6, 3.6), (3.4, 7.0))
"""Shorter than what is noticed; around a session; longer than one; around a lease; longer than one."""


def draw_for_slots(chance: random.Random, cast: Cast) -> list[Fault]:
    """A schedule for slots that are processes."""
    return draw(chance, cast, most=14, kinds=SLOT_KINDS, lasts_s=LASTS_S)


def _customer(chance: random.Random, cast: Cast) -> tuple[str, str]:
    one, other = chance.choice(list(cast.clients)), chance.choice([LEADER, LEADER, *cast.jobmanagers])
    return (one, other) if chance.random() < 0.5 else (other, one)


ROT_KINDS: dict[str, DrawOne] = {
    "rot": lambda chance, cast: (
        (LEADER,),
        (("state", float(chance.random() < 0.7)), ("how", float(chance.choice([0, 0, 0, 1, 2, 3])))),
    ),
    "kill": _worker,
    **{kind: KINDS[kind] for kind in ("kill-leader", "freeze-leader", "lose-answers")},
}


CLIENT_KINDS: dict[str, DrawOne] = {
    "cut": lambda chance, cast: (_customer(chance, cast), (("one_way", float(chance.random() < 0.7)),)),
    "delay": lambda chance, cast: (_customer(chance, cast), (("mean", chance.choice([0.05, 0.5, 2.0])),)),
    "reset": lambda chance, cast: (_customer(chance, cast), (("cut", float(chance.random() < 0.5)),)),
    "isolate": _depose,
    "kill": _worker,
    **{kind: KINDS[kind] for kind in ("kill-leader", "stop-leader", "freeze-leader", "freeze-member", "kill-member")},
    **{kind: KINDS[kind] for kind in ("disk-slow", "disk-torn", "disk-full", "disk-away", "lose-answers", "lag")},
}


def draw_for_clients(chance: random.Random, cast: Cast) -> list[Fault]:
    """A schedule for clients: it is about leaders, the ensemble and the disk."""
    return draw(chance, cast, most=14, kinds=CLIENT_KINDS)


def draw_for_rot(chance: random.Random, cast: Cast) -> list[Fault]:
    """A schedule for a disk whose bytes change: once at least."""
    rot = {kind: ROT_KINDS[kind] for kind in ("rot",)}
    faults = draw(chance, cast, most=3, kinds=rot) + draw(chance, cast, most=4, kinds=ROT_KINDS)
    return sorted(faults, key=lambda fault: fault.at_s)


def draw_for_late(chance: random.Random, cast: Cast) -> list[Fault]:
    """Episodes: what a leader and its TaskManagers say is slow, something has to be said, and the leader changes."""
    faults: list[Fault] = []
    for number in range(chance.randint(1, 2)):
        begin_s = chance.uniform(1.0, 4.0) + 6.0 * number
        mean_s = chance.choice([0.3, 1.0, 2.0, 4.0])
        for name in cast.taskmanagers:
            if chance.random() < 0.7:
                link = (LEADER, name) if chance.random() < 0.5 else (name, LEADER)
                faults.append(_at(begin_s, "delay", link, chance.uniform(1.5, 5.0), mean=mean_s))
            if chance.random() < 0.2:
                at_s = begin_s + chance.uniform(0.0, 2.0)
                one_way = float(chance.random() < 0.5)
                faults.append(_at(at_s, "cut", (LEADER, name), chance.uniform(2.0, 6.0), one_way=one_way))
            if chance.random() < 0.5:
                kind = chance.choice(["kill-slot", "kill-slot", "freeze-slot", "kill", "freeze"])
                at_s = begin_s + chance.uniform(0.0, 1.5)
                faults.append(_at(at_s, kind, (name,), chance.uniform(0.1, 4.0)))
        kind = chance.choice(["kill-leader", "stop-leader", "freeze-leader", "isolate", "none"])
        numbers = {"from_members_only": 1.0} if kind == "isolate" else {}
        if kind != "none":
            at_s = begin_s + chance.uniform(0.2, 2.5)
            faults.append(_at(at_s, kind, (LEADER,), chance.uniform(1.8, 6.0), **numbers))
    return sorted(faults, key=lambda fault: fault.at_s)


def _at(at_s: float, kind: str, targets: tuple[str, ...], for_s: float, **numbers: float) -> Fault:
    return Fault(round(at_s, 3), kind, targets, round(for_s, 3), tuple(numbers.items()))
