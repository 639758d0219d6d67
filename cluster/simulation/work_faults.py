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


STORE_KINDS = (*SLOT_KINDS, "disk-refuses", "kill-at")

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


RESTART_KINDS: dict[str, DrawOne] = {
    **{kind: SLOT_KINDS[kind] for kind in ("kill-slot", "freeze-slot", "kill", "stop", "delay", "reset")},
    **{kind: KINDS[kind] for kind in ("kill-leader", "disk-slow")},
}


def draw_for_clients(chance: random.Random, cast: Cast) -> list[Fault]:
    """A schedule for clients: it is about leaders, the ensemble and the disk."""
    faults = draw(chance, cast, most=14, kinds=CLIENT_KINDS)
    for number in range(chance.choice([0, 1, 2, 3])):
        numbers = {
            "what": float(chance.choice([0, 0, 1, 1, 1, 2, 3])),
            "after": chance.choice([0.0, 0.001, 0.01, 0.1, 0.5]),
        }
        at_s = chance.uniform(0.5, 3.0) + 3.5 * number
        faults.append(_at(at_s, "kill-at", (LEADER,), chance.uniform(2.0, 5.0), **numbers))
    return sorted(faults, key=lambda fault: fault.at_s)


def draw_for_rot(chance: random.Random, cast: Cast) -> list[Fault]:
    """A schedule for a disk whose bytes change: once at least."""
    rot = {kind: ROT_KINDS[kind] for kind in ("rot",)}
    faults = draw(chance, cast, most=3, kinds=rot) + draw(chance, cast, most=4, kinds=ROT_KINDS)
    for _ in range(chance.choice([0, 0, 1, 2])):  # after what was drawn before, so that older seeds keep that
        target, how = chance.choice(list(cast.taskmanagers)), float(chance.choice([0, 0, 1, 2, 3]))
        faults.append(_at(chance.uniform(2.0, 11.0), "decay", (target,), chance.uniform(0.1, 3.0), how=how))
    return sorted(faults, key=lambda fault: fault.at_s)


VISITOR_KINDS: dict[str, DrawOne] = {
    **{kind: CLIENT_KINDS[kind] for kind in ("cut", "delay", "isolate", "kill", "kill-leader", "stop-leader")},
    **{kind: CLIENT_KINDS[kind] for kind in ("freeze-leader", "disk-slow", "disk-away", "lose-answers", "lag")},
    **{kind: SLOT_KINDS[kind] for kind in ("kill-slot", "freeze-slot", "freeze", "stop")},
}


def draw_for_visitors(chance: random.Random, cast: Cast) -> list[Fault]:
    """A schedule for visitors: jobs that cannot be read for a while, or outages of TaskManagers; and the rest."""
    faults = draw(chance, cast, most=chance.choice([2, 8]), kinds=VISITOR_KINDS)
    if chance.random() < 0.5:
        for number in range(chance.choice([1, 1, 2])):
            numbers = {"what": float(chance.choice([0, 0, 1])), "which": float(chance.randint(0, 5))}
            at_s, for_s = chance.uniform(1.5, 4.0) + 4.0 * number, chance.uniform(1.0, 5.0)
            faults.append(_at(at_s, "hide", (LEADER,), for_s, **numbers))
        faults += _slow_takeover(chance, cast, chance.uniform(3.0, 9.0))
    else:
        for number in range(2):
            faults += _outage(chance, cast, chance.uniform(1.0, 3.0) + 4.0 * number)
        numbers = {"what": float(chance.choice([0, 0, 2])), "after": chance.choice([0.0, 0.002, 0.01, 0.03])}
        faults.append(_at(0.5, "away-at", (), chance.uniform(4.0, 12.0), **numbers))
    for _ in range(chance.choice([0, 1, 2])):
        which = float(chance.randint(0, 5))
        faults.append(_at(chance.uniform(1.5, 8.0), "freeze-task", (), chance.uniform(0.8, 2.9), which=which))
    if chance.random() < 0.6:
        numbers = {"what": float(chance.choice([0, 1, 2, 2, 4])), "after": 0.0}
        faults.append(_at(chance.uniform(0.5, 8.0), "cut-at", (), chance.uniform(2.5, 6.0), **numbers))
    return sorted(faults, key=lambda fault: fault.at_s)


def _outage(chance: random.Random, cast: Cast, begin_s: float) -> list[Fault]:
    """TaskManagers die one after the other, and tasks go from one to the next."""
    faults = []
    for name in chance.sample(list(cast.taskmanagers), k=chance.randint(2, len(cast.taskmanagers))):
        faults.append(_at(begin_s, "kill", (name,), chance.uniform(0.1, 2.0)))
        begin_s += chance.choice([0.0, 0.05, 0.3, 0.8])
    return faults


def draw_for_late(chance: random.Random, cast: Cast) -> list[Fault]:
    """Two episodes that do not overlap much."""
    faults: list[Fault] = []
    for number in range(chance.randint(1, 2)):
        begin_s = chance.uniform(1.0, 4.0) + 6.5 * number
        episode = chance.choice([_late_orders, _late_orders, _late_answers, _late_answers, _out_of_touch, _silent_end])
        faults += episode(chance, cast, begin_s)
    return sorted(faults, key=lambda fault: fault.at_s)


def draw_for_delays(chance: random.Random, cast: Cast) -> list[Fault]:
    """A link to a leader is slow for long, and meanwhile tasks are lost elsewhere."""
    faults: list[Fault] = []
    begin_s = chance.uniform(0.8, 2.0)
    while begin_s < 9.0:
        slow, other = chance.sample(list(cast.taskmanagers), 2)
        for_s = chance.uniform(4.0, 6.5)
        mean_s = round(chance.uniform(0.8, 2.0), 2)
        faults.append(Fault(round(begin_s, 3), "delay", (LEADER, slow), round(for_s, 3), (("mean", mean_s),)))
        for _ in range(chance.randint(1, 2)):
            at_s, kind = begin_s + chance.uniform(0.1, 1.5), chance.choice(["kill", "kill", "kill-slot"])
            faults.append(_at(at_s, kind, (other,), chance.uniform(0.05, 0.8)))
        begin_s += for_s + chance.uniform(0.2, 2.0)
    return sorted(faults, key=lambda fault: fault.at_s)


def draw_for_stores(chance: random.Random, cast: Cast) -> list[Fault]:
    """Something happens while a checkpoint is on its way into the store, or while a new leader reads what there is."""
    faults: list[Fault] = []
    for number in range(chance.randint(1, 3)):
        begin_s = chance.uniform(1.0, 3.0) + 4.5 * number
        episode = chance.choice(
            [_slow_takeover, _slow_takeover, _slow_store, _slow_store, _refused_store, _end_in_store]
        )
        faults += episode(chance, cast, begin_s)
    return sorted(faults, key=lambda fault: fault.at_s)


def _slow_takeover(chance: random.Random, cast: Cast, begin_s: float) -> list[Fault]:
    """TaskManagers and slots die while the next leader waits for its disk; perhaps it waits for one of them, too."""
    faults = [_at(begin_s, "disk-slow", (), chance.uniform(2.0, 4.0), seconds=chance.choice([0.05, 0.2, 0.5]))]
    kind = chance.choice(["kill-leader", "stop-leader"])
    leader_s = begin_s + chance.uniform(0.1, 0.6)
    faults.append(_at(leader_s, kind, (LEADER,), chance.uniform(2.2, 6.0)))
    names = chance.sample(list(cast.taskmanagers), k=chance.randint(1, 2))
    if len(names) > 1:
        faults.append(_at(leader_s - 0.05, "freeze", (names[1],), chance.uniform(0.3, 2.0)))
    kind = chance.choice(["kill", "kill", "kill-slot"])
    faults.append(_at(leader_s + chance.uniform(0.02, 1.2), kind, (names[0],), chance.uniform(0.1, 4.0)))
    return faults


def _slow_store(chance: random.Random, cast: Cast, begin_s: float) -> list[Fault]:
    """Tasks are lost while a checkpoint is being stored and an older one deleted."""
    slow_s = chance.choice([0.02, 0.05, 0.1, 0.2])
    faults = [_at(begin_s, "disk-slow", (), 3.0, seconds=slow_s)]
    for number in range(3):
        at_s = begin_s + 0.9 * number + chance.uniform(0.1, 0.9)
        kind = chance.choice(["kill-slot", "kill-slot", "kill"])
        faults.append(_at(at_s, kind, (chance.choice(list(cast.taskmanagers)),), chance.uniform(0.1, 1.0)))
    return faults


def _refused_store(chance: random.Random, cast: Cast, begin_s: float) -> list[Fault]:
    """The states of a checkpoint are written, and it cannot be; or nobody knows whether it was."""
    kind = chance.choice(["disk-refuses", "disk-refuses", "lose-answers"])
    faults = [_at(begin_s, kind, (), chance.uniform(0.5, 2.0), count=float(chance.randint(1, 3)))]
    worker = chance.choice(list(cast.taskmanagers))
    faults.append(_at(begin_s + chance.uniform(0.3, 1.5), "kill-slot", (worker,), 0.1))
    return faults + (_another_leader(chance, begin_s + chance.uniform(0.5, 1.5)) if chance.random() < 0.5 else [])


def _end_in_store(chance: random.Random, cast: Cast, begin_s: float) -> list[Fault]:
    """The leader dies a moment after a checkpoint counts, or an older one does not any more."""
    numbers = {"what": chance.choice([3.0, 4.0]), "after": chance.choice([0.0, 0.001, 0.01, 0.1])}
    return [_at(begin_s, "kill-at", (LEADER,), chance.uniform(2.0, 4.0), **numbers)]


def _late_orders(chance: random.Random, cast: Cast, begin_s: float) -> list[Fault]:
    """A leader has something to say to TaskManagers, and is succeeded before they hear it."""
    faults = []
    for name in cast.taskmanagers:
        if chance.random() < 0.8:
            mean_s = chance.choice([1.0, 2.0, 4.0])
            faults.append(_at(begin_s, "delay", (LEADER, name), chance.uniform(3.0, 6.0), mean=mean_s, one_way=1.0))
        if chance.random() < 0.6:
            kind = chance.choice(["kill-slot", "kill-slot", "kill"])
            faults.append(_at(begin_s + chance.uniform(0.05, 0.6), kind, (name,), chance.uniform(0.1, 2.0)))
    return [*faults, *_another_leader(chance, begin_s + chance.uniform(0.3, 1.5))]


def _late_answers(chance: random.Random, cast: Cast, begin_s: float) -> list[Fault]:
    """Some TaskManagers answer late, and another loses a task."""
    faults = []
    names = chance.sample(list(cast.taskmanagers), k=len(cast.taskmanagers))
    for name in names[: chance.randint(1, 2)]:
        mean_s = chance.choice([0.3, 1.0, 1.5, 2.0])
        faults.append(_at(begin_s, "delay", (LEADER, name), chance.uniform(3.0, 6.0), mean=mean_s))
    for _ in range(chance.randint(1, 3)):
        at_s = begin_s + chance.uniform(0.2, 3.0)
        faults.append(_at(at_s, chance.choice(["kill-slot", "kill"]), (names[-1],), chance.uniform(0.1, 1.0)))
    return faults


def _out_of_touch(chance: random.Random, cast: Cast, begin_s: float) -> list[Fault]:
    """A TaskManager stands still, or does not hear the leader, for longer than the lease of its tasks."""
    name, for_s = chance.choice(list(cast.taskmanagers)), chance.uniform(3.0, 7.0)
    kind = chance.choice(["freeze", "freeze", "suspend", "cut", "delay", "reset"])
    link = (LEADER, name) if chance.random() < 0.5 else (name, LEADER)
    numbers = {"cut": {"one_way": 1.0}, "delay": {"mean": 3.0, "one_way": 1.0}, "reset": {"cut": 1.0}}.get(kind, {})
    faults = [_at(begin_s, kind, (name,) if kind in ("freeze", "suspend") else link, for_s, **numbers)]
    if chance.random() < 0.3:
        faults.append(_at(begin_s + chance.uniform(0.0, 2.0), "kill-slot", (name,), 0.1))
    return faults + (_another_leader(chance, begin_s + chance.uniform(0.0, 4.0)) if chance.random() < 0.3 else [])


def _silent_end(chance: random.Random, cast: Cast, begin_s: float) -> list[Fault]:
    """What is on the way is lost with the connection, while tasks come to their end."""
    faults = []
    for name in cast.taskmanagers:
        at_s = chance.choice([begin_s, chance.uniform(10.0, 11.5)])
        faults.append(_at(at_s, "reset", (LEADER, name), chance.uniform(0.3, 3.0), cut=1.0))
    return faults


def _another_leader(chance: random.Random, at_s: float) -> list[Fault]:
    kind = chance.choice(["kill-leader", "stop-leader", "freeze-leader", "isolate"])
    numbers = {"from_members_only": 1.0} if kind == "isolate" else {}
    return [_at(at_s, kind, (LEADER,), chance.uniform(2.2, 6.0), **numbers)]


def _at(at_s: float, kind: str, targets: tuple[str, ...], for_s: float, **numbers: float) -> Fault:
    return Fault(round(at_s, 3), kind, targets, round(for_s, 3), tuple(numbers.items()))
