"""The scenario `handovers`: `election` where offices are given up, taken from others and claimed, rather than lost.

Leaders leave in good order, or their leader part breaks; whoever stands or does not says that the leader of a present
or an earlier epoch is dead; some are suspected only; a leader that has just been granted is cut off; members of the
ensemble lag while followers read; and the counter of the queue's places may be at the end of its range. Beside the
rules of `election`: an office that is given up where all is calm is somebody else's at once (I9), and what is read was
so at some moment since it was asked for (I16).
Deliberately not here: who takes part (`clerks`), and what is right (`rules`, `layers`).
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import Coroutine
from typing import Any

from actors import DeathCause, Terminated
from cluster.election.driver import ElectionUnavailable
from cluster.simulation.election import faults as fault_kinds
from cluster.simulation.election.clerks import Offices
from cluster.simulation.election.faults import CANDIDATES, CLIENTS, FOLLOWERS, LEADER
from cluster.simulation.election.house import House
from cluster.simulation.election.leaving import Leaving
from cluster.simulation.election.nemesis import Nemesis
from cluster.simulation.election.scenario import ElectionScenario
from runtime.sim.campaign import Record
from runtime.sim.performer import Undo
from runtime.sim.schedule import Fault
from runtime.sim.swarm import Draw, Drawn, swarm
from runtime.sim.world import World

HANDS_OVER_S = 1.0
"""An office that is given up is somebody else's within so long, where all is calm."""
CALM_S = 5.0
OWN = frozenset({"leave", "break"})


class Handovers(Leaving, Nemesis):
    """Does what a schedule says.

    Args:
        world: Whose network.
        house: Whose processes.
        record: Is told.
    """

    unnoted = Nemesis.unnoted | {"claim", "suspect"}

    def __init__(self, world: World, house: Offices, record: Record) -> None:
        super().__init__(world, house, record)
        self._offices = house

    def _leave(self, fault: Fault, name: str) -> Undo | None:
        """It leaves in good order, and dies then."""
        live = self.leave(self._house.candidates.get(name), name)
        if live is not None:
            self._gives_up(name)
        return live

    def _exodus(self, fault: Fault) -> Undo:
        """Several leave at nearly the same moment: whom one begins to wait for may have gone already."""
        mind, undone = random.Random(fault.number("mind")), list[Undo]()

        def leave(name: str) -> None:
            undo = self._leave(fault, name)
            if undo is not None:
                undone.append(undo)

        for name in mind.sample(CANDIDATES, 3):
            self._network.at(self._network.now() + mind.uniform(0.0, 0.006), leave, name)

        def undo_all() -> None:
            for undo in undone:
                undo()

        return undo_all

    def _break(self, fault: Fault, name: str) -> Undo | None:
        """The leader part of whoever leads breaks."""
        candidate, process = self._house.candidates.get(name), self._network.process(name)
        if candidate is None or not process.alive or process.frozen:
            return None
        self._gives_up(name)
        core = candidate.office.core
        process.run(lambda: candidate.office.broken(core.epoch, RuntimeError("told to break")))
        return lambda: None

    def _claim(self, fault: Fault, name: str) -> Undo | None:
        """Somebody says of the leader of this epoch, or an earlier one, that it is dead."""
        rules = self._house.rules
        epoch = rules.epoch - int(fault.number("back"))
        process = self._network.process(name)
        one: Any = self._house.candidates.get(name) or self._house.followers.get(name)
        if epoch < 1 or one is None or not process.alive or process.frozen:
            return None
        rules.accused.add(epoch)
        if epoch == rules.epoch:
            now = self._network.now()
            self._weather.begin("challenge", (rules.leader,), now).end = now
        else:
            self._record.sometimes("a leader of the past was said to be dead")
        self._do(name, _claims(one, epoch))
        return lambda: None

    def _suspect(self, fault: Fault, name: str) -> Undo | None:
        """A candidate takes the leader for dead, by its silence."""
        candidate, epoch = self._house.candidates.get(name), self._house.rules.epoch
        if candidate is None:
            return None
        nobody: Any = None
        verdict = Terminated(nobody, cause=DeathCause.UNREACHABLE)
        self._network.process(name).run(lambda: candidate.office.leader_died(epoch, verdict))
        return lambda: None

    def _usurp(self, fault: Fault, name: str) -> Undo | None:
        """The leader dies, and who is granted the office next is cut off from the ensemble a moment later."""
        revive = self._kill(fault, name)
        if revive is None:
            return None
        undone: list[Undo] = [revive]

        def cut_off(heir: str) -> None:
            spell = self._weather.begin("isolate", (heir,), self._network.now())
            heal = self.cut_off_from(heir, self._house.ensemble.members)

            def undo() -> None:
                heal()
                spell.end = self._network.now()

            undone.append(undo)

        def granted(heir: str) -> None:
            self._network.at(self._network.now() + fault.number("after"), cut_off, heir)

        self._offices.heirs.append(granted)

        def undo_all() -> None:
            if granted in self._offices.heirs:
                self._offices.heirs.remove(granted)
            for undo in undone:
                undo()

        return undo_all

    def _do(self, name: str, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        return self._network.process(name).call(asyncio.get_running_loop().create_task, work)

    def _gives_up(self, name: str) -> None:
        """I9: who gives up the office leaves it to another, who stands and sees it."""
        rules, begun_at = self._house.rules, self._network.now()
        if name not in self._house.believers() or not self._is_calm(begun_at, begun_at):
            return
        epoch = rules.epoch

        def look() -> None:
            had_time = self.hurried.get(name, 0.0) < begun_at
            if had_time and self._is_calm(begun_at, self._network.now()):
                self._record.sometimes("an office was given up where all was calm")
                text = f"{name} has given up epoch {epoch} {HANDS_OVER_S:g} s ago, and nobody leads"
                self._record.require(rules.epoch > epoch, "I9", text)

        self._network.at(begun_at + HANDS_OVER_S + self._offices.part_s, look)

    def _is_calm(self, begun_at: float, now: float) -> bool:
        """Whether nothing else has happened for long."""
        weather = (*self._weather.spells, *self._weather.ripples)
        others = [one for one in weather if one.begin != begun_at or one.kind not in OWN]
        return all(one.end < begun_at - CALM_S or one.begin > now for one in others)


async def _claims(one: Any, epoch: int) -> None:
    try:
        await one.driver.challenge(epoch)
    except ElectionUnavailable:
        return


def _somebody(chance: random.Random) -> Drawn:
    return (chance.choice(CLIENTS),), ()


def _leading(chance: random.Random) -> Drawn:
    return (chance.choice((LEADER, LEADER, *CANDIDATES)),), ()


def _claiming(chance: random.Random) -> Drawn:
    return (chance.choice((*CANDIDATES, *FOLLOWERS, *FOLLOWERS)),), (("back", float(chance.choice((0, 1, 1, 2)))),)


OTHERS = ("kill", "isolate", "lag", "lose-answers", "new-session")
KINDS: dict[str, Draw] = {
    "leave": _leading,
    "exodus": lambda chance: ((), (("mind", float(chance.randrange(1000))),)),
    "break": lambda chance: ((LEADER,), ()),
    "claim": _claiming,
    "suspect": lambda chance: ((chance.choice(CANDIDATES),), ()),
    "usurp": lambda chance: ((LEADER,), (("after", round(chance.uniform(0.0, 0.6), 3)),)),
    **{kind: fault_kinds.KINDS[kind] for kind in OTHERS},
}
LASTS_S = {"usurp": (4.5, 6.0), "exodus": (0.2, 2.0), "lag": (4.0, 12.0)}


class HandoversScenario(ElectionScenario):
    """Offices are given up in good order, broken, taken by evidence and claimed in error, and others read meanwhile."""

    def draw(self, chance: random.Random) -> list[Fault]:
        """See `Scenario`."""
        return swarm(
            chance,
            KINDS,
            most=14,
            between_s=(fault_kinds.FIRST_S, fault_kinds.LAST_S),
            lasts_s=lambda kind: LASTS_S.get(kind) or chance.choice(fault_kinds.DURATIONS_S[:3]),
        )

    def cast(self, world: World, seed: int, record: Record) -> tuple[House, Nemesis]:
        """See `ElectionScenario`."""
        house = Offices(world, seed, record)
        return house, Handovers(world, house, record)


def handovers() -> HandoversScenario:
    """See `HandoversScenario`."""
    return HandoversScenario()
