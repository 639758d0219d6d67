"""What can go wrong in a simulated cluster, and how a seed draws it. Pure; performed by `cluster.simulation.nemesis`.

Swarm testing: each seed first picks the kinds of fault that it will have, then draws moments, targets and durations. So
some seeds have one kind only, again and again, which a mixture of everything never shows. Durations are drawn around
the margins that matter: shorter than a session, about as long, and longer than everything.
Deliberately not here: doing any of it.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

from runtime.sim.schedule import Fault
from runtime.sim.swarm import Draw, Drawn, swarm

FIRST_S = 1.5
LAST_S = 13.0
"""Faults begin between these moments."""
DURATIONS_S = ((0.05, 0.4), (0.4, 1.8), (1.8, 3.5), (3.5, 9.0))
"""Shorter than anything notices; around a session; longer than a session; longer than a task's lease."""


@dataclass(frozen=True, slots=True)
class Cast:
    """Who takes part.

    Attributes:
        jobmanagers: Names of their processes and hosts.
        taskmanagers: Likewise.
        members: Of the ensemble, likewise.
        clients: Names of those that may be cut off.
        roles: Other targets, which mean somebody when the time has come.
    """

    jobmanagers: Sequence[str]
    taskmanagers: Sequence[str]
    members: Sequence[str]
    clients: Sequence[str] = ()
    roles: Sequence[str] = ()

    @property
    def everybody(self) -> list[str]:
        """All of them."""
        return [*self.jobmanagers, *self.taskmanagers, *self.members]


DrawOne = Callable[[random.Random, Cast], Drawn]
LEADER = "leader"
"""A target that is looked for at the moment of the fault."""


def _one(of: Callable[[Cast], Sequence[str]]) -> DrawOne:
    return lambda chance, cast: ((chance.choice(list(of(cast))),), ())


def _pair(chance: random.Random, cast: Cast) -> tuple[str, str]:
    one = chance.choice([LEADER, *cast.jobmanagers, *cast.taskmanagers])
    other = chance.choice([name for name in cast.everybody if name != one])
    return (one, other) if chance.random() < 0.5 else (other, one)


def _cut(chance: random.Random, cast: Cast) -> tuple[tuple[str, ...], tuple[tuple[str, float], ...]]:
    return _pair(chance, cast), (("one_way", float(chance.random() < 0.3)),)


def _isolated(chance: random.Random, cast: Cast) -> tuple[tuple[str, ...], tuple[tuple[str, float], ...]]:
    return (chance.choice([LEADER, *cast.jobmanagers, *cast.taskmanagers]),), (
        ("from_members_only", float(chance.random() < 0.5)),
    )


def _loss(chance: random.Random, cast: Cast) -> tuple[tuple[str, ...], tuple[tuple[str, float], ...]]:
    share = round(chance.choice([0.01, 0.05, 0.2]), 3)
    return _pair(chance, cast), (("loss", share), ("burst", round(chance.choice([0.0, 0.02]), 3)))


def _count(chance: random.Random, cast: Cast) -> tuple[tuple[str, ...], tuple[tuple[str, float], ...]]:
    return (), (("count", float(chance.randint(1, 3))),)


def _clock(chance: random.Random, cast: Cast) -> tuple[tuple[str, ...], tuple[tuple[str, float], ...]]:
    rate = round(1 + chance.uniform(-0.005, 0.005), 5)
    target = chance.choice([*cast.jobmanagers, *cast.taskmanagers])
    return (target,), (("offset", round(chance.uniform(0, 1e6), 1)), ("rate", rate))


def _jump(chance: random.Random, cast: Cast) -> tuple[tuple[str, ...], tuple[tuple[str, float], ...]]:
    """Minutes and years, forth and back."""
    by_s = chance.choice([-1.0, 1.0]) * chance.choice([2.0, 300.0, 1e8])
    return (chance.choice([LEADER, *cast.jobmanagers]),), (("by", by_s),)


KINDS: dict[str, DrawOne] = {
    "kill": _one(lambda cast: [*cast.jobmanagers, *cast.taskmanagers]),
    "kill-leader": lambda chance, cast: ((LEADER,), (("linger", chance.choice([0.0, 0.0, 0.02])),)),
    "kill-member": lambda chance, cast: ((chance.choice(list(cast.members)),), ()),
    "stop": _one(lambda cast: [*cast.jobmanagers, *cast.taskmanagers]),
    "stop-leader": lambda chance, cast: ((LEADER,), ()),
    "freeze": _one(lambda cast: [*cast.jobmanagers, *cast.taskmanagers]),
    "freeze-leader": lambda chance, cast: ((LEADER,), ()),
    "freeze-member": lambda chance, cast: ((chance.choice(list(cast.members)),), ()),
    "freeze-members": lambda chance, cast: ((), ()),
    "cut": _cut,
    "isolate": _isolated,
    "vanish": _one(lambda cast: [LEADER, *cast.jobmanagers, *cast.taskmanagers]),
    "loss": _loss,
    "clock": _clock,
    "disk-full": lambda chance, cast: ((), ()),
    "disk-torn": lambda chance, cast: ((), ()),
    "disk-away": lambda chance, cast: ((), ()),
    "disk-slow": lambda chance, cast: ((), (("seconds", chance.choice([0.2, 1.0, 4.0])),)),
    "lose-answers": _count,
    "lag": lambda chance, cast: ((chance.choice(list(cast.members)),), ()),
    "jump": _jump,
}


def draw(
    chance: random.Random,
    cast: Cast,
    most: int = 12,
    kinds: Mapping[str, DrawOne] = MappingProxyType(KINDS),
    lasts_s: Sequence[tuple[float, float]] = DURATIONS_S,
) -> list[Fault]:
    """A schedule.

    Args:
        chance: A stream of its own.
        cast: Who takes part.
        most: Faults.
        kinds: Those that may be drawn.
        lasts_s: Ranges of durations.
    """
    return swarm(
        chance,
        {kind: _with(cast, draw_one) for kind, draw_one in kinds.items()},
        most=most,
        between_s=(FIRST_S, LAST_S),
        lasts_s=lambda kind: chance.choice(lasts_s),
        shares=(0.1, 0.3, 0.6, 1.0),
    )


def _with(cast: Cast, draw_one: DrawOne) -> Draw:
    return lambda chance: draw_one(chance, cast)


def check(faults: Iterable[Fault], cast: Cast, kinds: Collection[str] = KINDS.keys()) -> None:
    """Whether all of them can be played, of these kinds.

    Raises:
        ValueError: If not; the text names each line that cannot.
    """
    known = {LEADER, *cast.everybody, *cast.clients, *cast.roles}
    wrong = [str(fault) for fault in faults if fault.kind not in kinds or not known.issuperset(fault.targets)]
    if wrong:
        raise ValueError(f"no such fault in this simulation: {'; '.join(wrong)}. It has {', '.join(kinds)}")
