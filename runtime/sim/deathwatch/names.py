"""The scenario `names`: `deathwatch` where people watch each other by name, too, by a path without a uid.

Each of them watches every other one by the same reference, about half of them by name. Names do not come again, so that
a name means one person, as a uid does, and the rules are those of `deathwatch`. Deliberately not here: names that
others bear later, of which a watch means whoever bears it first.
"""

from __future__ import annotations

from contextvars import ContextVar
from dataclasses import replace

from actors import ActorRef, Terminated
from actors.address import ActorPath
from runtime.sim.deathwatch.people import Person
from runtime.sim.deathwatch.scenario import DeathwatchScenario
from runtime.sim.deathwatch.town import Town

_Known = dict[tuple[str, str], tuple[ActorPath, ActorRef[object]]]

_KNOWN: ContextVar[_Known] = ContextVar("whom an acquaintance has watched, and by which reference")
"""By node and name. A variable of the actor, which outlives its instances."""


class Acquaintance(Person):
    """A `Person` that knows some of the others by name only."""

    def known(self, path: ActorPath) -> ActorRef[object]:
        """See `Person`: always the same of one person; that of a name of its own node is found when first used."""
        known, place = _KNOWN.get({}), (path.address.system, path.name)
        if place in known and known[place][0] == path:
            return known[place][1]
        is_by_name = (self._who + path.uid) % 2 == 0
        ref = super().known(ActorPath(path.address, path.elements) if is_by_name else path)
        _KNOWN.set({**known, place: (path, ref)})
        return ref

    def meant(self, notice: Terminated) -> Terminated:
        """See `Person`: a death that is told of a name."""
        path = notice.ref.path
        if path.uid:
            return notice
        whole, _ = _KNOWN.get()[path.address.system, path.name]
        return replace(notice, ref=super().known(whole))


class NamesTown(Town):
    """Where nobody is called as somebody else was."""

    person = Acquaintance

    def name_of(self, who: int, node: str) -> str:
        """See `Town`."""
        return f"p{who}"


class NamesScenario(DeathwatchScenario):
    """See the module."""

    town = NamesTown


def names() -> NamesScenario:
    """See `NamesScenario`."""
    return NamesScenario()
