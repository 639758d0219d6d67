"""The scenario `retries`: jobs are set aside, and people try them again as soon as they can, whatever is under way.

The bytes of a job, of its checkpoints or of its result are not there for a while, and the leader dies; or the master of
a job breaks, also when its end is being stored. TaskManagers are silent meanwhile, and alive: whoever tries a job again
then must meet no former task of it, and no job that has ended. Jobs come as in `endings`. SHELL.
Deliberately not here: what people do (`cluster.simulation.waves`, `prompted`).
"""

from __future__ import annotations

import random
from collections.abc import Collection, Iterator
from dataclasses import replace

from cluster.simulation.clumsy import NOBODYS
from cluster.simulation.cues import CuesNemesis
from cluster.simulation.endings import ENDED, ENDS, MASTERS, TAKEOVERS, UNDER_WAY, EndingsScenario
from cluster.simulation.faults import LEADER
from runtime.sim.moments import AT
from runtime.sim.performer import Undo
from runtime.sim.schedule import Fault
from runtime.sim.swarm import Numbers

HIDE = "hide"
OF_JOBS, OF_CHECKPOINTS, OF_RESULTS = 0.0, 1.0, 2.0
"""Whose bytes are not there."""
SET_ASIDE = (
    "JobUnreadable.comes",
    "AwaitFormer.comes",
    "AllReturned.comes",
    "RegisterTaskManager.comes",
    "JobDone.comes",
)
"""When somebody may try a job again; and at any moment of an end."""


class _Kinds(Collection[str]):
    """Those of `endings`, and bytes that are not there, at once or at a moment."""

    def __contains__(self, kind: object) -> bool:
        one, _, moment = str(kind).partition(AT)
        return kind in EndingsScenario.kinds or (one == HIDE and f"kill{AT}{moment or ENDED}" in EndingsScenario.kinds)

    def __iter__(self) -> Iterator[str]:
        return iter([*EndingsScenario.kinds, HIDE, f"{HIDE}{AT}MOMENT"])

    def __len__(self) -> int:
        return len(EndingsScenario.kinds) + 2


class RetriesNemesis(CuesNemesis):
    """Hides the bytes of the job that a moment is about, or breaks its master."""

    def _job(self, fault: Fault, jobs: list[str]) -> str:
        """See `WorkNemesis`."""
        return self.struck.about if self.struck.about in jobs else super()._job(fault, jobs)

    def _break(self, fault: Fault, leader: str) -> Undo | None:
        """See `MisfitNemesis`."""
        if len(self.struck.about) == len(NOBODYS):
            others = [one for one in fault.numbers if one[0] != "which"]
            fault = replace(fault, numbers=(*others, ("which", float(int(self.struck.about, 16) - 1))))
        return super()._break(fault, leader)


class RetriesScenario(EndingsScenario):
    """Jobs are set aside, and people try them again as soon as they can."""

    kinds: Collection[str] = _Kinds()
    powers = RetriesNemesis

    def draw(self, chance: random.Random) -> list[Fault]:
        """See `Scenario`."""
        faults: list[Fault] = []
        for _ in range(chance.randint(1, 3)):
            faults += self._hidden(chance) if chance.random() < 0.6 else self._hidden_at(chance)
        for _ in range(chance.randint(0, 2)):
            faults += self._broken(chance)
        for _ in range(chance.randint(1, 3)):
            moment = chance.choice([*SET_ASIDE, *SET_ASIDE, *ENDS])
            faults.append(self._strikes(chance, "retry-job", moment, 0.2, (("nth", 1.0), ("each", 1.0))))
        return sorted(faults + self._slow(chance), key=lambda fault: fault.at_s)

    def _hidden(self, chance: random.Random) -> list[Fault]:
        """Bytes are not there from some time on, and TaskManagers are silent from about then, for longer."""
        at_s, kind = chance.uniform(0.8, 9.0), chance.choice(["suspend", "freeze", "isolate", "isolate"])
        silent = chance.sample(self.cast.taskmanagers, k=chance.randint(0, 2))
        what = chance.choice([OF_JOBS, OF_JOBS, OF_CHECKPOINTS, OF_RESULTS])
        times = [Fault(round(at_s + chance.uniform(-0.3, 0.3), 3), kind, (one,), self._for_s(chance)) for one in silent]
        return [*times, *self._hides(chance, HIDE, at_s, what, chance.randint(1, 2), ())]

    def _hidden_at(self, chance: random.Random) -> list[Fault]:
        """Bytes of a job are not there when it ends, or when it is taken over."""
        kind = f"{HIDE}{AT}{chance.choice([*ENDS, *ENDS, *UNDER_WAY, *TAKEOVERS])}"
        common = (("nth", float(chance.randint(1, 3))), ("after", chance.choice([0.0, 0.003, 0.02, 0.1])))
        return self._hides(
            chance, kind, 0.2, chance.choice([OF_JOBS, OF_CHECKPOINTS, OF_RESULTS, OF_RESULTS]), 1, common
        )

    def _hides(
        self, chance: random.Random, kind: str, at_s: float, what: float, count: int, more: Numbers
    ) -> list[Fault]:
        faults = []
        for _ in range(count):
            numbers = (*more, ("what", what), ("which", float(chance.randint(0, 5))))
            faults.append(Fault(round(at_s, 3), kind, (LEADER,), round(chance.uniform(0.3, 2.0), 3), numbers))
        return faults

    def _broken(self, chance: random.Random) -> list[Fault]:
        """The master of a job breaks, mostly when that ends."""
        moment = chance.choice([*ENDS, "JobDone.comes", "write.job-results.begins", *UNDER_WAY])
        numbers = (("nth", float(chance.randint(1, 2))), ("each", 1.0), ("after", chance.choice([0.0, 0.003, 0.05])))
        which = ("which", float(chance.randrange(8)))
        return [Fault(0.2, f"break{AT}{moment}", (LEADER,), 0.05, (*numbers, ("part", MASTERS), which))]

    def _for_s(self, chance: random.Random) -> float:
        return round(chance.uniform(1.5, 6.0), 3)


def retries() -> RetriesScenario:
    """See `RetriesScenario`."""
    return RetriesScenario()
