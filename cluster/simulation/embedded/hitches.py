"""The scenario `hitches`: `embedded` where what goes wrong does so in the midst of what is done with the file.

Again and again the office is given up, taken or lost; and in the course of it others are struck, at the n-th such
moment or some milliseconds later. Leaders leave in good order, file papers and take them away with slow hands, and
followers read them (I16). Other rules are those of `embedded`.
Deliberately not here: which moments there are (`done`), and how a fault waits for one (`runtime.sim.moments`).
"""

from __future__ import annotations

import random
from collections.abc import Mapping

from cluster.election.driver import ElectionDriver
from cluster.simulation.election.clerks import HANDS_S, Library, Notary, Reader
from cluster.simulation.election.episodes import episodes, waits
from cluster.simulation.election.faults import FOLLOWERS, LEADER
from cluster.simulation.election.leaving import Leaving
from cluster.simulation.embedded.done import MOMENTS, done
from cluster.simulation.embedded.faults import BOOT_S, CANDIDATES, FIRST_S, LAST_S, LEASE_S
from cluster.simulation.embedded.machine import Machine
from cluster.simulation.embedded.nemesis import EmbeddedNemesis
from cluster.simulation.embedded.scenario import EmbeddedScenario
from runtime.sim.campaign import Record
from runtime.sim.moments import WHO, MomentNemesis, Moments
from runtime.sim.performer import Undo
from runtime.sim.schedule import Fault
from runtime.sim.swarm import Draw, Drawn
from runtime.sim.world import World


def _process(chance: random.Random) -> Drawn:
    return (chance.choice((WHO, WHO, WHO, LEADER, *CANDIDATES, *FOLLOWERS)),), ()


def _nobody(chance: random.Random) -> Drawn:
    return (), ()


def _slow(chance: random.Random) -> Drawn:
    return _process(chance)[0], (("seconds", chance.choice([0.05, 0.4, 1.2])),)


STRIKES: dict[str, Draw] = {
    "kill": _process,
    "freeze": _process,
    "stall": _process,
    "locked": _nobody,
    "away": _process,
    "slow": _slow,
    "challenge": lambda chance: ((LEADER, chance.choice((WHO, *CANDIDATES, *FOLLOWERS))), ()),
    "late-news": _process,
    "leave": lambda chance: ((chance.choice((WHO, LEADER, *CANDIDATES)),), ()),
    "resign": lambda chance: ((chance.choice((WHO, LEADER)),), ()),
    "reboot": _nobody,
}
"""What happens at a moment."""
CHANGES: dict[str, Draw] = {
    "kill": lambda chance: ((LEADER,), ()),
    "leave": lambda chance: ((LEADER,), ()),
    "resign": lambda chance: ((LEADER,), ()),
    "stall": lambda chance: ((LEADER,), ()),
    "challenge": lambda chance: ((LEADER, chance.choice((*CANDIDATES, *FOLLOWERS))), ()),
    "away": lambda chance: ((LEADER,), ()),
    "reboot": _nobody,
}
"""What brings about a change of leaders."""
LASTS_S = {"reboot": BOOT_S}
LIMITS_S = tuple(LEASE_S * share for share in (1 / 16, 1 / 4, 1 / 2, 0.85, 1.0))
"""Of a lease: the next look at it, what else is waited for, acting, its end."""


class Registry(Machine):
    """The processes: notaries and readers, on one machine.

    Args:
        world: That they are in.
        seed: Of all their chance.
        record: Is told, and raises.
    """

    def __init__(self, world: World, seed: int, record: Record) -> None:
        self._library = Library(record)
        self._values: Mapping[str, bytes] = {}
        super().__init__(world, seed, record)
        self._hand_s = random.Random(f"{seed}/registry").choice(HANDS_S)

    def make_candidate(self, name: str, driver: ElectionDriver, chance: random.Random) -> Notary:
        """See `Crowd`."""
        return Notary(name, driver, self, self._pace_s, self._hand_s, chance, self._library)

    def make_follower(self, name: str, driver: ElectionDriver) -> Reader:
        """See `Crowd`."""
        return Reader(name, driver, self, self._library)

    def written(self, name: str, *, is_synced: bool) -> None:
        """See `Machine`."""
        super().written(name, is_synced=is_synced)
        self._look_at_values()

    def lose_power(self) -> None:
        """See `Machine`."""
        super().lose_power()
        self._look_at_values()

    def _look_at_values(self) -> None:
        before, self._values = self._values, self._judge.list("jobs/")
        for key in {**before, **self._values}:
            if before.get(key) != self._values.get(key):
                self._library.keeps(key, self._values.get(key))


class Hitches(MomentNemesis, Leaving, EmbeddedNemesis):
    """Does what a schedule says."""

    at_once = ("freeze", "stall")

    def _leave(self, fault: Fault, name: str) -> Undo | None:
        """It leaves in good order, and dies then."""
        return self.leave(self._machine.candidates.get(name), name)


class HitchesScenario(EmbeddedScenario):
    """See the module."""

    def draw(self, chance: random.Random) -> list[Fault]:
        """See `Scenario`."""
        between_s = FIRST_S, LAST_S
        return episodes(
            chance,
            CHANGES,
            STRIKES,
            _struck,
            between_s=between_s,
            patience_s=LEASE_S,
            limits_s=LIMITS_S,
            lasts_s=LASTS_S,
        )

    def cast(self, world: World, seed: int, record: Record) -> tuple[Machine, EmbeddedNemesis]:
        """See `EmbeddedScenario`."""
        machine = Registry(world, seed, record)
        return machine, Hitches(world, machine, record)

    async def played(
        self, world: World, machine: Machine, nemesis: EmbeddedNemesis, faults: list[Fault], record: Record
    ) -> None:
        """See `EmbeddedScenario`."""
        with done(nemesis.moments if isinstance(nemesis, Hitches) else Moments()):
            await super().played(world, machine, nemesis, faults, record)


def _struck(chance: random.Random, fault: Fault) -> Fault:
    """Who stands still may do so in the midst of what its thread does."""
    return waits(chance, fault, MOMENTS, -1.0 if fault.kind in Hitches.at_once and chance.random() < 0.5 else None)


def hitches() -> HitchesScenario:
    """See `HitchesScenario`."""
    return HitchesScenario()
