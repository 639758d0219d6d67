"""The scenario `tumbles`: `families` where several fail at once who are above each other, and who has to judge is busy.

A child, its parent and that one's parent fail, are killed or told to stop within a moment, or nap meanwhile; so
verdicts come late, to who restarts or waits for its own children, suspensions overlap, and children are born to who is
suspended. Some fail again and again. The rules are those of `families`. Deliberately not here: what is right.
"""

from __future__ import annotations

import random

from runtime.sim.families.errands import Errand
from runtime.sim.families.house import House
from runtime.sim.families.scenario import FamiliesScenario
from runtime.sim.families.strategies import Rule
from runtime.sim.families.truth import Member
from runtime.sim.families.words import Do

SOON_S = (0.0, 0.0, 0.02, 0.15, 0.4)
"""From one to the next."""
AGAIN, FAILURES = 0.1, 9
"""How often one fails again and again instead, and then how often."""
MOURNING = 0.2
"""How often somebody is watched who ends then."""
ACTS = ("fail", "fail", "fail", "fail", "nap", "spawn", "kill", "stop-child")
ABOVE = ("nap", "nap", "fail", "work", "spawn")
"""What a parent does, and a parent's parent."""


class TumblingHouse(House):
    """Where `tumble` is an errand, and most hooks wait."""

    naps = 0.6

    def _do(self, errand: Errand) -> None:
        if errand.what != "tumble":
            super()._do(errand)
            return
        if self.truth.lives[errand.node].is_leaving:
            return
        living = [one for one in self.truth.living(errand.node) if one.level > 1]
        if not living:
            return
        mind = random.Random(errand.place)
        one: Member | None = living[int(errand.person * len(living))]
        if mind.random() < AGAIN:
            patient = [one for one in living if one.parent is not None and _waits(one.parent.rule)] or living
            self._fail_again(patient[int(errand.person * len(patient))], mind)
            return
        if mind.random() < MOURNING:
            self._mourn(errand, mind)
            return
        at, whats = self.network.now(), ("fail", mind.choice(ACTS), mind.choice(ABOVE))
        steps = list(zip(whats, (mind.choice(SOON_S) for _ in whats), strict=True))
        for what, after_s in steps if mind.random() < 0.5 else reversed(steps):
            if one is not None and one.parent is not None:
                self.network.at(at, self._tell_if_alive, one, Do(what, 0, mind.random(), mind.random()))
                at, one = at + after_s, one.parent

    def _mourn(self, errand: Errand, mind: random.Random) -> None:
        """Somebody is watched who ends while the watcher is suspended, since who has to judge its parent is busy."""
        low = [one for one in self.truth.living(errand.node) if one.level > 2 and one.parent is not None]
        others = [one for one in self.truth.living(errand.node) if one.level > 1]
        if not low:
            return
        me, subject = low[int(errand.person * len(low))], others[int(errand.other * len(others))]
        parent = me.parent
        if parent is None or parent.parent is None or subject in (me, *me.ancestors()):
            return
        steps = [
            (0.0, me, Do("watch", subject.who, 0.0, 0.1)),
            (0.05, parent.parent, Do("nap", 0, 1.0, 0.0)),
            (0.06, parent, Do("fail", 0, 0.0, 1.0)),
            (mind.uniform(0.1, 0.5), subject, Do("stop")),
        ]
        for after_s, one, order in steps:
            self.network.at(self.network.now() + after_s, self._tell_if_alive, one, order)

    def _fail_again(self, member: Member, mind: random.Random) -> None:
        """Somebody fails as soon as it has recovered, again and again."""
        at = self.network.now()
        for _ in range(FAILURES):
            self.network.at(at, self._tell_if_alive, member, Do("fail", 0, 0.0, 1.0))
            at += mind.uniform(0.02, 0.3)

    def _tell_if_alive(self, member: Member, order: Do) -> None:
        if member.is_alive and not member.life.is_leaving:
            self._as(member.life.node, lambda: self.tell(member, order))


def _waits(rule: Rule) -> bool:
    """Whether children are restarted as often as they fail, later each time."""
    return rule.backoff is not None and not rule.is_limited and rule.decider in ("default", "list")


class TumblesScenario(FamiliesScenario):
    """See the module."""

    house = TumblingHouse
    paces_s = 0.2, 1.0
    more = {"tumble": 1}, 0.1


def tumbles() -> TumblesScenario:
    """See `TumblesScenario`."""
    return TumblesScenario()
