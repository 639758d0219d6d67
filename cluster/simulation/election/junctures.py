"""The scenario `junctures`: `handovers` where what goes wrong does so between a request to the ensemble and its answer.

Again and again an office is given up, taken or lost; and in the course of it others are struck, at the n-th such moment
or some milliseconds later: whoever has asked, the member that was asked, the leader, whoever else stands. A schedule by
the clock comes between two messages by chance only. Rules are those of `handovers`.
Deliberately not here: which moments there are (`asked`), and how a fault waits for one (`runtime.sim.moments`).
"""

from __future__ import annotations

import random
from collections.abc import Iterable
from dataclasses import replace

from cluster.election.driver import ElectionDriver
from cluster.simulation.election.asked import MOMENTS, WRITES, asked
from cluster.simulation.election.clerks import Notary, Offices
from cluster.simulation.election.episodes import episodes, waits
from cluster.simulation.election.faults import CANDIDATES, FIRST_S, FOLLOWERS, FORMER, HEAD, LAST_S, LEADER, MEMBERS
from cluster.simulation.election.handovers import Handovers, HandoversScenario
from cluster.simulation.election.house import SESSION_S, House
from cluster.simulation.election.nemesis import Nemesis
from runtime.sim.campaign import Record
from runtime.sim.links import Shape, Uniform
from runtime.sim.moments import PEER, WHO, MomentNemesis, Moments
from runtime.sim.performer import Undo
from runtime.sim.schedule import Fault
from runtime.sim.swarm import Draw, Drawn
from runtime.sim.world import World

DISTANCES_S = (None, None, (0.001, 0.01), (0.005, 0.04))
"""Between clients and members, in seconds: some are far away, so that more is on its way at any time."""
FAR_S = (0.001, 0.12)
"""Between followers and members, in half of those seeds: much happens between two questions."""
PARTS_S = (0.0, 0.4, 1.5, 4.0)
"""For so long, at most, a leader part ends."""
LIMITS_S = tuple(SESSION_S * share for share in (1 / 8, 1 / 4, 1 / 3, 2 / 3, 0.75, 0.865, 0.99, 1.0, 1.25))
"""Of a session: the next probe, a report, an answer, silence, its end if all that was said was not reported, giving
up, acting, its end, its end at the latest."""
OF_OFFICE = [name for name in MOMENTS if name.partition(".")[0] in WRITES and not name.startswith("sync")]


def _asker(chance: random.Random) -> Drawn:
    return (chance.choice((WHO, WHO, WHO, LEADER, *CANDIDATES, *FOLLOWERS)),), ()


def _member(chance: random.Random) -> Drawn:
    return (chance.choice((PEER, PEER, HEAD, *MEMBERS)),), ()


def _way(chance: random.Random) -> Drawn:
    targets = (WHO, PEER) if chance.random() < 0.5 else (PEER, WHO)
    return targets, (("one_way", float(chance.random() < 0.5)),)


def _nobody(chance: random.Random) -> Drawn:
    return (), ()


STRIKES: dict[str, Draw] = {
    "kill": _asker,
    "freeze": _asker,
    "stall": _asker,
    "isolate": _asker,
    "cut": _way,
    "hang-up": lambda chance: ((WHO, PEER), ()),
    "delay": lambda chance: ((WHO, PEER), (("mean", chance.choice((0.02, 0.2, 0.6))),)),
    "kill-member": _member,
    "freeze-member": _member,
    "lag": _member,
    "lose-answers": lambda chance: ((), (("count", float(chance.choice((1, 1, 2, 3)))),)),
    "new-session": lambda chance: (_asker(chance)[0], (("quietly", float(chance.random() < 0.5)),)),
    "leave": lambda chance: ((chance.choice((WHO, LEADER, *CANDIDATES)),), ()),
    "break": lambda chance: ((LEADER,), ()),
    "claim": lambda chance: (
        (chance.choice((WHO, FORMER, *CANDIDATES, *FOLLOWERS)),),
        (("back", float(chance.choice((0, 1)))),),
    ),
    "overtake": lambda chance: (
        (WHO, PEER, chance.choice((FORMER, *CANDIDATES, *FOLLOWERS))),
        (("late", round(chance.uniform(0.02, 0.8), 3)), ("then", round(chance.uniform(0.0, 0.4), 3))),
    ),
    "orphan": lambda chance: (
        (WHO, PEER),
        (("frozen", float(chance.random() < 0.5)), ("stalled", float(chance.random() < 0.6))),
    ),
    "challenge": lambda chance: (
        (LEADER, chance.choice((WHO, *CANDIDATES))),
        (("deaf", float(chance.random() < 0.5)),),
    ),
}
"""What happens at a moment."""
FAVOURED = ("freeze", "stall", "overtake", "orphan", "claim", "lose-answers")
"""What many seeds are about."""
TAKES = [f"{what}.{how}" for what in ("take", "depose") for how in ("sent", "arrived", "applied", "answered", "heard")]
AIMS = {
    "freeze": TAKES,
    "stall": TAKES,
    "orphan": [f"probe.{how}" for how in ("applied", "answered", "heard")],
    "overtake": [
        "take.applied",
        "take.answered",
        "take.heard",
        "depose.heard",
        "show.sent",
        "probe.heard",
        "put.heard",
    ],
}
"""The moments of some strikes, most of the time."""
CHANGES: dict[str, Draw] = {
    "kill": lambda chance: ((LEADER,), ()),
    "leave": lambda chance: ((LEADER,), ()),
    "break": lambda chance: ((LEADER,), ()),
    "isolate": lambda chance: ((chance.choice((LEADER, *CANDIDATES)),), ()),
    "claim": lambda chance: ((chance.choice((chance.choice(CANDIDATES), FORMER, *FOLLOWERS)),), (("back", 0.0),)),
    "new-session": lambda chance: ((LEADER,), (("quietly", float(chance.random() < 0.5)),)),
    "exodus": lambda chance: ((), (("mind", float(chance.randrange(1000))),)),
}
"""What brings about a change of leaders."""


class Junctures(MomentNemesis, Handovers):
    """Does what a schedule says."""

    unnoted = Handovers.unnoted | {"hang-up"}
    at_once: Iterable[str] = ("lose-answers",)

    def _hang_up(self, fault: Fault, one: str, other: str) -> Undo:
        """The connections of the two break, with all that is on them; new ones can be made at once."""
        self._network.reset(one, other)
        return lambda: None

    def _overtake(self, fault: Fault, one: str, other: str, rival: str) -> Undo:
        """What one asks of the other comes late, and meanwhile somebody says that the leader is dead."""
        late_s, claim = fault.number("late"), replace(fault, targets=(rival,), numbers=(("back", 0.0),))
        self._network.shape(one, other, Shape(Uniform(late_s, late_s)), one_way=True)
        self._network.at(self._network.now() + fault.number("then"), self._claim, claim, rival)

        def as_before() -> None:
            self._network.shape(one, other, self._offices.ways.get(one, Shape()), one_way=True)

        return as_before

    def _orphan(self, fault: Fault, one: str, member: str) -> Undo | None:
        """A member dies, or stands still, and its client reaches no other, or stands still as well."""
        hurt = self._freeze if fault.number("frozen") else self._kill
        undo = hurt(fault, member)
        if undo is None:
            return None
        stalls = fault.number("stalled") > 0
        heal = self._stall(fault, one) if stalls else self.cut_off_from(one, self._house.ensemble.members)
        if heal is None:
            return undo

        def undo_all() -> None:
            heal()
            undo()

        return undo_all


class Bureau(Offices):
    """The processes: notaries, readers, an ensemble."""

    def __init__(self, world: World, seed: int, record: Record) -> None:
        super().__init__(world, seed, record)
        chance = random.Random(f"{seed}/distances")
        distance_s = chance.choice(DISTANCES_S)
        if distance_s is not None:
            far = FOLLOWERS if chance.random() < 0.5 else ()
            for client in (*CANDIDATES, *FOLLOWERS):
                self.ways[client] = way = Shape(Uniform(*(FAR_S if client in far else distance_s)))
                for member in self.ensemble.members:
                    world.network.shape(client, member, way)
        self.part_s = chance.choice(PARTS_S)

    def make_candidate(self, name: str, driver: ElectionDriver, chance: random.Random) -> Notary:
        """See `House`."""
        return Notary(name, driver, self, self._pace_s, self._hand_s, chance, self.library, part_s=self.part_s)


class JuncturesScenario(HandoversScenario):
    """See the module."""

    def draw(self, chance: random.Random) -> list[Fault]:
        """See `Scenario`."""
        return episodes(
            chance,
            CHANGES,
            STRIKES,
            struck,
            between_s=(FIRST_S - 0.5, LAST_S),
            patience_s=SESSION_S,
            limits_s=LIMITS_S,
            favoured=FAVOURED,
        )

    def cast(self, world: World, seed: int, record: Record) -> tuple[House, Nemesis]:
        """See `ElectionScenario`."""
        house = Bureau(world, seed, record)
        return house, Junctures(world, house, record)

    async def played(self, world: World, house: House, nemesis: Nemesis, faults: list[Fault], record: Record) -> None:
        """See `ElectionScenario`."""
        moments = nemesis.moments if isinstance(nemesis, Junctures) else Moments()
        with asked(house.ensemble, moments):
            await super().played(world, house, nemesis, faults, record)


def struck(chance: random.Random, fault: Fault) -> Fault:
    """An answer is lost of what was asked just then."""
    if fault.kind in Junctures.at_once:
        return waits(chance, fault, [f"{what}.arrived" for what in WRITES], -1.0)
    if fault.kind in AIMS and chance.random() < 0.7:
        return waits(chance, fault, AIMS[fault.kind])
    return waits(chance, fault, OF_OFFICE if chance.random() < 0.6 else MOMENTS)


def junctures() -> JuncturesScenario:
    """See `JuncturesScenario`."""
    return JuncturesScenario()
