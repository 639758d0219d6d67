"""The scenario `pairs`: two things go wrong at nearly the same moment, again and again, of all that can.

What one fault alone is overcome by, a second may find half done: a checkpoint fails while a job is being cancelled, the
disk is away while the next leader reads, an answer is lost and then who asked. Schedules of single faults get there
by chance only. Jobs, people and limits are those of `misfits`. SHELL.
Deliberately not here: bytes that change (`rot`), and clocks (`ticks`).
"""

from __future__ import annotations

import random

from cluster.simulation.faults import KINDS, LEADER, DrawOne
from cluster.simulation.misfits import MISFIT_KINDS, MisfitsScenario
from cluster.simulation.work_faults import CLIENT_KINDS, SLOT_KINDS, VISITOR_KINDS
from cluster.simulation.work_nemesis import MOMENTS
from runtime.sim.schedule import Fault

APART_S = (0.0, 0.0, 0.003, 0.03, 0.3)
"""From the first to the second."""
SHORT_S, LONG_S = (0.05, 1.0), (0.8, 3.5)


def _moment(chance: random.Random, *_: object) -> tuple[tuple[str, ...], tuple[tuple[str, float], ...]]:
    after_s = chance.choice([0.0, 0.002, 0.01, 0.05])
    return (LEADER,), (("what", float(chance.randrange(len(MOMENTS)))), ("after", after_s))


def _anywhere(chance: random.Random, *_: object) -> tuple[tuple[str, ...], tuple[tuple[str, float], ...]]:
    return (), _moment(chance)[1]


AT_MOMENTS: dict[str, DrawOne] = {"kill-at": _moment, "away-at": _anywhere, "cut-at": _anywhere}
"""They wait for something that the ensemble decides."""
PAIRED: dict[str, DrawOne] = {
    **{kind: one for kind, one in {**KINDS, **SLOT_KINDS}.items() if kind not in ("clock", "jump", "freeze-members")},
    **CLIENT_KINDS,
    **VISITOR_KINDS,
    **MISFIT_KINDS,
}


class PairsScenario(MisfitsScenario):
    """Two things go wrong at nearly the same moment, again and again, of all that can."""

    kinds = (*PAIRED, *AT_MOMENTS, "hide")

    def draw(self, chance: random.Random) -> list[Fault]:
        """See `Scenario`."""
        faults: list[Fault] = []
        few = chance.sample(list(PAIRED), k=chance.choice([3, 6, len(PAIRED)]))
        for number in range(chance.randint(2, 4)):
            at_s = chance.uniform(0.5, 3.5) + 4.0 * number
            for _ in range(2):
                moments = AT_MOMENTS if chance.random() < 0.25 else {}
                kind = chance.choice(list(moments) or few)
                targets, numbers = (moments or PAIRED)[kind](chance, self.cast)
                for_s = chance.uniform(*chance.choice([SHORT_S, LONG_S]))
                faults.append(Fault(round(at_s, 3), kind, targets, round(for_s, 3), numbers))
                at_s += chance.choice(APART_S)
        return sorted(faults, key=lambda fault: fault.at_s)


def pairs() -> PairsScenario:
    """See `PairsScenario`."""
    return PairsScenario()
