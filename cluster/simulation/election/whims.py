"""The scenario `whims`: `junctures` where the ensemble has moods, and leaders take their time to begin.

It answers some requests with an error though the connection is well, at a moment or for a while; sessions last as long
as it says, in some seeds less at one member, and not as long as was asked for; somebody else keeps something among the
places of the queue; and each paper has a folder of its own, which goes with it (I16). Other rules are those of
`junctures`.
Deliberately not here: how a request is denied (`denied`).
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from cluster.election.driver import ElectionDriver
from cluster.election.zookeeper.client import ClientEvent
from cluster.election.zookeeper.layout import parents_of
from cluster.election.zookeeper.settings import ZookeeperSettings
from cluster.election.zookeeper.transaction import create
from cluster.simulation.election.asked import READS, WRITES
from cluster.simulation.election.clerks import PAPER, Notary
from cluster.simulation.election.denied import FASTER, NO_RIGHT, NO_TIME, Denials, denied
from cluster.simulation.election.episodes import episodes, waits
from cluster.simulation.election.faults import FIRST_S, LAST_S
from cluster.simulation.election.house import SESSION_S, House
from cluster.simulation.election.junctures import (
    CHANGES,
    FAVOURED,
    LIMITS_S,
    STRIKES,
    Bureau,
    Junctures,
    JuncturesScenario,
    struck,
)
from cluster.simulation.election.nemesis import Nemesis
from cluster.simulation.election.rules import LAYOUT
from cluster.simulation.election.unanswered import Unanswered
from cluster.simulation.ensemble import TICK_S
from cluster.simulation.kazoo_client import PlayedClient, SimKazoo
from runtime.sim.campaign import Record
from runtime.sim.network import SimTransport
from runtime.sim.performer import Undo
from runtime.sim.schedule import Fault
from runtime.sim.swarm import Draw
from runtime.sim.world import World

ASKED_S = (SESSION_S, SESSION_S / 2, 2 * SESSION_S)
"""Timeouts that clients ask for; all get the same, but at a member that allows less."""
LESS_S = 2.4
"""So long at that member; a tick is half of it there, for all."""
BEGINS_S = (0.0, 0.3, 1.5)
"""For so long, at most, a leader part begins."""
ALL = 1_000_000
OTHERS_NODE = "somebody-elses-notes"
DENIED = [f"{what}.arrived" for what in (*WRITES, *READS)]
"""The moments at which a request can be denied."""
DENIALS: dict[str, Draw] = {
    "deny": lambda chance: (
        (),
        (
            ("count", float(chance.choice((1, 1, 2, 4, ALL)))),
            ("rights", float(chance.choice((NO_TIME, NO_RIGHT, FASTER)))),
        ),
    )
}
LASTS_S = {"deny": (0.002, 0.8), "isolate": (0.3, 9.0)}


class Whims(Junctures):
    """Does what a schedule says.

    Args:
        args: See `Junctures`.

    Attributes:
        denials: What the ensemble denies.
    """

    at_once = (*Junctures.at_once, *DENIALS)

    def __init__(self, *args: Any) -> None:
        super().__init__(*args)
        self.denials = Denials(lambda: self._record.sometimes("a request was denied"))

    def _deny(self, fault: Fault) -> Undo:
        """So many requests are answered with an error, until it is over."""
        self.denials.left, self.denials.why = int(fault.number("count")), int(fault.number("rights"))

        def no_more() -> None:
            self.denials.left = 0

        return no_more


class SlowNotary(Notary):
    """A notary whose leader part begins late, and whose papers have folders.

    Args:
        begins_s: So late at most.
        part_s: See `Notary`.
        args: See `Notary`.
    """

    def __init__(self, *args: Any, begins_s: float, part_s: float) -> None:
        super().__init__(*args, part_s=part_s)
        self._begins_s = begins_s

    async def _lead(self, epoch: int) -> None:
        await asyncio.sleep(self._chance.uniform(0.0, self._begins_s))
        await super()._lead(epoch)

    def key_of(self, number: int) -> str:
        """See `Clerk`."""
        return f"{PAPER}-{number}/it"


class Moody(Bureau):
    """The processes: notaries that begin late, readers, and an ensemble with terms of its own."""

    def __init__(self, world: World, seed: int, record: Record) -> None:
        super().__init__(world, seed, record)
        chance = random.Random(f"{seed}/whims")
        self._settings = replace(self._settings, session_timeout_s=chance.choice(ASKED_S))
        self.answers.patience_s = 0.9 * min(ASKED_S)  # who was never connected has what it has asked for
        self._begins_s = chance.choice(BEGINS_S)
        limits = random.Random(f"{seed}/whims/limits")
        if limits.random() < 0.3:
            limits.choice(list(self.ensemble.members.values())).most_s = LESS_S
            self.ensemble.polls.every_s = LESS_S / 4 - TICK_S
        self._has_others = chance.random() < 0.5
        self._unanswered = Unanswered(record)

    def start(self) -> None:
        """See `House`."""
        super().start()
        if self._has_others:
            notes = LAYOUT.latch(OTHERS_NODE)
            for path in (LAYOUT.root, *parents_of(notes, LAYOUT.root), notes):
                self.ensemble.commit([create(path)], 0)

    def look(self) -> None:
        """See `House`."""
        super().look()
        for name, kazoo in self.clients.items():
            process = self._network.process(name)
            if process.alive and not process.frozen and isinstance(kazoo, SimKazoo):
                self._unanswered.sees(name, kazoo.oldest, kazoo.timeout_s / 3)
            else:
                self._unanswered.absent(name)

    def make_client(
        self,
        name: str,
        transport: SimTransport,
        chance: random.Random,
        settings: ZookeeperSettings,
        tell: Callable[[ClientEvent], None],
    ) -> PlayedClient:
        """See `House`."""

        def make(asked_s: float) -> SimKazoo:
            kazoo = self.clients[name] = SimKazoo(self.ensemble, transport, chance, asked_s)
            return kazoo

        return PlayedClient(make, settings, tell)

    def make_candidate(self, name: str, driver: ElectionDriver, chance: random.Random) -> Notary:
        """See `House`."""
        words = name, driver, self, self._pace_s, self._hand_s, chance, self.library
        return SlowNotary(*words, part_s=self.part_s, begins_s=self._begins_s)


class WhimsScenario(JuncturesScenario):
    """`junctures` where the ensemble answers with errors, and leaders take their time to begin."""

    def draw(self, chance: random.Random) -> list[Fault]:
        """See `Scenario`."""
        return episodes(
            chance,
            CHANGES,
            {**STRIKES, **DENIALS},
            _denied_or_struck,
            between_s=(FIRST_S - 0.5, LAST_S),
            patience_s=SESSION_S,
            limits_s=LIMITS_S,
            favoured=(*FAVOURED, *("deny",) * len(STRIKES), *("isolate",) * 4),
            lasts_s=LASTS_S,
        )

    def cast(self, world: World, seed: int, record: Record) -> tuple[House, Nemesis]:
        """See `ElectionScenario`."""
        house = Moody(world, seed, record)
        return house, Whims(world, house, record)

    async def played(self, world: World, house: House, nemesis: Nemesis, faults: list[Fault], record: Record) -> None:
        """See `ElectionScenario`."""
        denials = nemesis.denials if isinstance(nemesis, Whims) else Denials(lambda: None)
        with denied(denials, SESSION_S):
            await super().played(world, house, nemesis, faults, record)


def _denied_or_struck(chance: random.Random, fault: Fault) -> Fault:
    """What is denied was asked just then."""
    return waits(chance, fault, DENIED, -1.0) if fault.kind in DENIALS else struck(chance, fault)


def whims() -> WhimsScenario:
    """See `WhimsScenario`."""
    return WhimsScenario()
