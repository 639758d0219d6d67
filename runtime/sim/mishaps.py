"""`mishaps`: what can go wrong between machines, and how a seed draws it. Pure; performed by `runtime.sim.services`.

For scenarios and tests of users, who know their machines by name and nothing of faults. Durations are drawn around the
margins of failure detection: what nobody may feel, what is about as long as a detector's patience, and what is longer.
The scenarios of this project draw how bad a link is from here, too. Deliberately not here: doing any of it; whom and
for how long those scenarios hit, who know their margins better.
"""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence

from runtime.sim.clocks import moving
from runtime.sim.schedule import Fault
from runtime.sim.swarm import Draw, Drawn, Numbers, swarm

DURATIONS_S = ((0.02, 0.3), (0.3, 1.5), (1.5, 5.0), (5.0, 15.0))
RESET_AFTER_S = (DURATIONS_S[0], DURATIONS_S[0], *DURATIONS_S[1:3])
"""How long what is said on a connection is lost before its reset: mostly so short that nobody is taken for dead."""

DISK_TAKES_S = (0.05, 0.5, 3.0)
"""How long each operation of a slow disk takes: as on one that is busy, as long as people wait, or longer."""


def lossy(chance: random.Random) -> Numbers:
    """How many packets a bad link loses, and whether in bursts."""
    return ("loss", chance.choice([0.01, 0.05, 0.2])), ("burst", chance.choice([0.0, 0.02, 0.1]))


def slow(chance: random.Random) -> Numbers:
    """How long packets take on a slow link."""
    return (("mean", chance.choice([0.01, 0.05, 0.2])),)


def clocks(chance: random.Random, hosts: Sequence[str]) -> list[Fault]:
    """The clocks of machines, as real ones are: each counts from a moment of its own, up to 0.5 % too fast or slow."""

    def clock(host: str) -> Fault:
        offset_s, rate = round(chance.uniform(0, 1e6), 1), round(chance.uniform(0.995, 1.005), 5)
        return Fault(0.0, "clock", (host,), 0.0, (("offset", offset_s), ("rate", rate)))

    return [*moving(chance), *map(clock, hosts)]


def mishaps(hosts: Sequence[str], spared: Sequence[str] = (), disks: Sequence[str] = ()) -> Mapping[str, Draw]:
    """All kinds of mishap that those machines can have.

    Args:
        hosts: Their names; with one alone there are no links.
        spared: Those that never die, because what they hold in memory is not meant to outlive them.
        disks: Those that have a disk.

    Returns:
        For each kind, how its targets and numbers are drawn.

    Raises:
        ValueError: If there is no machine.
    """
    if not hosts:
        raise ValueError("name the machines that shall suffer")
    mortal = [host for host in hosts if host not in spared]

    def anybody(chance: random.Random) -> Drawn:
        return (chance.choice(hosts),), ()

    def whoever_may_die(chance: random.Random) -> Drawn:
        return (chance.choice(mortal),), ()

    def link(chance: random.Random) -> tuple[str, str]:
        one, other = chance.sample(hosts, 2)
        return one, other

    def cut(chance: random.Random) -> Drawn:
        return link(chance), (("one_way", float(chance.random() < 0.4)),)

    def reset(chance: random.Random) -> Drawn:
        """After a cut in one direction an order has come, and the answer to it is lost."""
        return link(chance), (("cut", float(chance.random() < 0.8)), ("one_way", float(chance.random() < 0.6)))

    def loss(chance: random.Random) -> Drawn:
        return link(chance), lossy(chance)

    def delay(chance: random.Random) -> Drawn:
        return link(chance), slow(chance)

    def full(chance: random.Random) -> Drawn:
        return (chance.choice(disks),), ()

    def sluggish(chance: random.Random) -> Drawn:
        return (chance.choice(disks),), (("seconds", chance.choice(DISK_TAKES_S)),)

    kinds: dict[str, Draw] = {"freeze": anybody, "stall": anybody}
    if mortal:
        kinds |= {"kill": whoever_may_die, "leave": whoever_may_die, "vanish": whoever_may_die}
    if len(hosts) > 1:
        kinds |= {"cut": cut, "isolate": anybody, "reset": reset, "loss": loss, "delay": delay}
    if disks:
        kinds |= {"disk-full": full, "disk-slow": sluggish}
    return kinds


def draw(
    chance: random.Random,
    hosts: Sequence[str],
    spared: Sequence[str] = (),
    disks: Sequence[str] = (),
    *,
    most: int = 8,
    within_s: float = 20.0,
) -> list[Fault]:
    """A schedule of mishaps.

    Args:
        chance: Draws it; the same gives the same.
        hosts: The machines.
        spared: Those that never die.
        disks: Those that have a disk.
        most: Mishaps, at least 1.
        within_s: They begin within so many seconds.

    Returns:
        The schedule, in order of time.

    Raises:
        ValueError: If there is no machine.
    """
    return swarm(
        chance,
        mishaps(hosts, spared, disks),
        most=most,
        between_s=(0.0, within_s),
        lasts_s=lambda kind: chance.choice(RESET_AFTER_S if kind == "reset" else DURATIONS_S),
        shares=(0.2, 0.5, 1.0),
    )
