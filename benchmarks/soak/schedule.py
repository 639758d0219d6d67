"""Schedules of faults for real processes, in the simulation's format: what a seed draws, and what can be played. Pure.

A line is the same in both worlds (`runtime.sim.schedule`): `jm1` is the first JobManager, `tm1` the first TaskManager,
`zk1` the first member of the ensemble, `leader` whoever leads then. So a schedule that was found and made smaller in
simulation is played on real processes, and one that was drawn here in simulation, as far as its kinds exist there.
Deliberately not here: doing any of it (`nemesis`).
"""

from __future__ import annotations

import random
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from runtime.sim.schedule import Fault

JOB_MANAGERS, TASK_MANAGERS, MEMBERS = 3, 3, 3
LEADER = "leader"
JMS = tuple(f"jm{number}" for number in range(1, JOB_MANAGERS + 1))
TMS = tuple(f"tm{number}" for number in range(1, TASK_MANAGERS + 1))
ZKS = tuple(f"zk{number}" for number in range(1, MEMBERS + 1))
PROCESSES = (LEADER, *JMS, *TMS)
LASTS_S = (0.05, 0.5, 3.0, 8.0)
"""A freeze or a cut: shorter than anybody notices, and longer than the lease, the session and the detector allow."""


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of fault that there is on real processes.

    Attributes:
        targets: Whom it may happen to; one list for each.
        share: How often it is drawn, in relation to the others; 0 is never.
        needs_ensemble: Whether there has to be an ensemble.
        needs_network: Whether processes have to live in namespaces.
    """

    targets: tuple[tuple[str, ...], ...]
    share: int = 0
    needs_ensemble: bool = False
    needs_network: bool = False


KINDS: dict[str, Kind] = {
    "kill": Kind((PROCESSES,), 4),
    "kill-leader": Kind(((LEADER,),), 2),
    "stop": Kind((PROCESSES,), 1),
    "stop-leader": Kind(((LEADER,),)),
    "freeze": Kind((PROCESSES,), 2),
    "freeze-leader": Kind(((LEADER,),)),
    "kill-slot": Kind((TMS,), 1),
    "freeze-slot": Kind((TMS,), 1),
    "kill-member": Kind((ZKS,), 1, needs_ensemble=True),
    "freeze-member": Kind((ZKS,), 1, needs_ensemble=True),
    "cut": Kind((PROCESSES, PROCESSES), 1, needs_network=True),
    "isolate": Kind((PROCESSES,), 2, needs_network=True),
    "vanish": Kind((PROCESSES,), needs_network=True),
}


def check(faults: Iterable[Fault], *, ensemble: bool, network: bool) -> None:
    """Whether all of them can be played.

    Args:
        faults: A schedule.
        ensemble: Whether there is one.
        network: Whether processes live in namespaces.

    Raises:
        ValueError: If not; the one text names each line that cannot, and why.
    """
    wrong = [f"{fault}: {why}" for fault in faults if (why := _why_not(fault, ensemble, network))]
    if wrong:
        raise ValueError("not on real processes: " + "; ".join(wrong))


def _why_not(fault: Fault, ensemble: bool, network: bool) -> str:
    kind = KINDS.get(fault.kind)
    if kind is None:
        return f"there is no {fault.kind} here, but {', '.join(KINDS)}"
    if kind.needs_ensemble and not ensemble:
        return "it needs an ensemble: --backend zookeeper"
    if kind.needs_network and not network:
        return "it needs namespaces: --cuts"
    if len(fault.targets) != len(kind.targets):
        return f"{fault.kind} has {len(kind.targets)} targets"
    for target, allowed in zip(fault.targets, kind.targets, strict=True):
        if fault.kind == "cut" and target in ZKS:
            return "all members live on one host here; isolate ... from_members_only=1.0 cuts one off from them"
        if target not in allowed:
            return f"{fault.kind} is for {', '.join(allowed)}"
    return ""


def draw(chance: random.Random, blows: int, mean_pause_s: float, *, ensemble: bool, network: bool) -> list[Fault]:
    """A schedule of so many faults.

    Args:
        chance: Its own stream.
        blows: How many.
        mean_pause_s: Between two of them, more than 0.1.
        ensemble: Whether members may be hurt.
        network: Whether processes may be cut off.
    """
    able = {
        name: kind
        for name, kind in KINDS.items()
        if kind.share and (ensemble or not kind.needs_ensemble) and (network or not kind.needs_network)
    }
    faults: list[Fault] = []
    at_s = 0.0
    while len(faults) < blows:
        at_s = round(at_s + chance.uniform(0.1, 2 * mean_pause_s - 0.1), 3)
        (name,) = chance.choices(list(able), [kind.share for kind in able.values()])
        if name == "kill" and chance.random() < 0.2:  # all that work, at once
            faults += [Fault(at_s, "kill", (target,), _dead_s(chance)) for target in TMS]
        else:
            faults.append(_one(chance, at_s, name, able[name]))
    return faults


def _one(chance: random.Random, at_s: float, name: str, kind: Kind) -> Fault:
    targets = tuple(chance.choice(_drawn(allowed)) for allowed in kind.targets)
    numbers: tuple[tuple[str, float], ...] = ()
    if name == "cut":
        targets = tuple(chance.sample([*JMS, *TMS], 2))
        numbers = (("one_way", float(chance.random() < 0.5)),)
    elif name.endswith("-slot"):
        numbers = (("index", float(chance.randrange(2))),)
    lasts_s = _dead_s(chance) if name in ("kill", "kill-leader", "stop") else chance.choice(LASTS_S)
    return Fault(at_s, name, targets, lasts_s, numbers)


def _drawn(allowed: Sequence[str]) -> list[str]:
    """By name: who leads is drawn by a kind of its own."""
    return [target for target in allowed if target != LEADER] or list(allowed)


def _dead_s(chance: random.Random) -> float:
    """From a death to the next process in its place."""
    return round(chance.uniform(0.0, 1.0), 3)
