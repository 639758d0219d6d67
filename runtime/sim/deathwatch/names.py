"""The scenario `names`: `deathwatch` where people watch each other by name, too, by a path without a uid.

Each of them watches every other one by the same reference, about half of them by name. Names of people do not come
again, so that a name means one person, as a uid does, and the rules are those of `deathwatch`. The names of offices do:
somebody keeps each, and is followed by another (`offices`). Deliberately not here: what is right there.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import Sequence
from contextvars import ContextVar
from dataclasses import replace
from typing import Any

from actors import ActorNameInUse, ActorRef, Terminated
from actors.address import ActorPath
from runtime.sim.campaign import Record
from runtime.sim.deathwatch.errands import BEGIN_S, END_S, Errand
from runtime.sim.deathwatch.faults import NODES
from runtime.sim.deathwatch.offices import OFFICE, Keeper, OfficeAudit, OfficeJudge
from runtime.sim.deathwatch.people import Order, Person
from runtime.sim.deathwatch.remoting import remoting
from runtime.sim.deathwatch.scenario import DeathwatchScenario
from runtime.sim.deathwatch.town import Town
from runtime.sim.deathwatch.truth import Life, key_of
from runtime.sim.swarm import moments
from runtime.sim.world import World
from runtime.system import ActorSystem

PACE_S = 0.7
"""Mean time from one change of an office to the next."""
AROUND_S = (-0.2, -0.002, -0.0005, 0.0, 0.0001, 0.0003, 0.001, 0.02)
"""When people change their minds about it, from the end of its keeper."""
VACANT_S = (0.0001, 0.0005, 0.003, 0.1)
NAPS_S = (0.0, 0.0005, 0.002, 0.3)

_Known = dict[tuple[str, str], tuple[ActorPath, ActorRef[object]]]
_KNOWN: ContextVar[_Known] = ContextVar("whom an acquaintance has watched, and by which reference")
"""By node and name. A variable of the actor, which outlives its instances."""


class Acquaintance(Person):
    """A `Person` that knows some of the others by name only, and calls at offices."""

    _witness: OfficeJudge

    def receive(self, message: Any) -> Any:
        """See `Person`."""
        match message:
            case Terminated() if message.ref.name == OFFICE:
                self._witness.answered(self._who, message)
            case Order("recall"):
                return self._recall(message)
            case _:
                return super().receive(message)
        return None

    def _obey(self, order: Order) -> None:
        if order.path is None or order.what not in ("call", "hang up"):
            super()._obey(order)
            return
        ref = self.context.system.ref_for(order.path)
        if order.what == "call":
            self.context.watch(ref)
            self._witness.called(self._who, order.path)
        else:
            self.context.unwatch(ref)
            self._witness.hung_up(self._who, order.path)

    async def _recall(self, order: Order) -> None:
        """Is busy for a while; then ends a watch, and begins it anew."""
        await asyncio.sleep(order.amount)
        for what in ("hang up", "call"):
            self._obey(replace(order, what=what))

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
    """Where nobody is called as somebody else was, and each node has an office."""

    person = Acquaintance

    def __init__(self, world: World, seed: int, record: Record) -> None:
        super().__init__(world, seed, record)
        settings, now = remoting(self.settings(NODES[0])), world.network.now
        self.judge = self._judge = OfficeJudge(self.truth, record, now, settings)
        self._judge.begin()
        self.audit = OfficeAudit(self.truth, record, self.judge.is_calm)
        self._chance = random.Random(f"{seed}/offices")
        self._keepers: dict[str, list[ActorPath]] = {}

    def name_of(self, who: int, node: str) -> str:
        """See `Town`."""
        return f"p{who}"

    def _spawn(self, system: ActorSystem, life: Life) -> None:
        super()._spawn(system, life)
        if system.find_local(ActorPath(system.address, ("user", OFFICE))) is None:
            self._open(life)

    async def run(self, errands: Sequence[Errand]) -> None:
        """See `Town`; and keepers follow each other."""
        network = self.network
        for at_s in moments(self._chance, BEGIN_S, END_S, PACE_S):
            network.at(network.now() + at_s, self._change, NODES[self._chance.randrange(len(NODES))])
        await super().run(errands)

    # --- offices ------------------------------------------------------------------------------------------------------

    def _open(self, life: Life) -> None:
        """Somebody keeps the office of a node from now on; soon, if its last keeper is not quite gone."""
        last = self._keepers.get(life.node, [])[-1:]
        is_kept = any(self._judge.keepers.get(key_of(path)) is life for path in last)
        if is_kept or not self.is_up(life.node) or life.gone_at is not None or life.is_leaving:
            return
        system = self._systems[life.node]
        try:
            keeper = self._world.network.process(life.node).call(system.spawn, Keeper, OFFICE)
        except ActorNameInUse:
            self.network.at(self.network.now() + 0.001, self._open, life)
            return
        path = keeper.path.at(system.address)
        self._keepers.setdefault(life.node, []).append(path)
        self._judge.keepers[key_of(path)] = life

    def _change(self, node: str) -> None:
        """The keeper of an office ends, and another follows; people elsewhere change their minds around that."""
        life, chance, network = self.truth.lives.get(node), self._chance, self.network
        if life is None or not self.is_up(node) or life.is_leaving or node not in self._keepers:
            return
        at = network.now() + 0.25
        network.at(at, self._end, life, chance.choice(VACANT_S))
        others = [one for one in NODES if one != node and self.is_up(one)]
        for one in chance.sample(others, min(2, len(others))):
            for me in self.people(one)[:2]:
                for _ in range(chance.choice([1, 2, 4])):
                    moment = max(network.now(), at + chance.choice(AROUND_S) * chance.random())
                    what = chance.choice(["call", "call", "hang up", "recall"])
                    network.at(moment, self._call, me.who, what, node, chance.random(), chance.choice(NAPS_S))

    def _end(self, life: Life, vacant_s: float) -> None:
        keepers = self._keepers[life.node]
        if not self.is_up(life.node) or life.gone_at is not None:
            return
        system = self._systems[life.node]
        found = system.find_local(keepers[-1])
        if found is not None:
            self._judge.keepers.pop(key_of(keepers[-1]), None)
            self._as(life.node, lambda: system.stop(found))
        self.network.at(self.network.now() + vacant_s, self._open, life)

    def _call(self, who: int, what: str, node: str, which: float, nap_s: float) -> None:
        """Somebody calls, by the name, or by the reference of one of the last keepers."""
        path = self._keepers[node][-1 if which < 0.8 else max(-2, -len(self._keepers[node]))]
        if which < 0.5:
            path = ActorPath(path.address, path.elements)
        self.order(self.truth.beings[who], Order(what, path, amount=nap_s))


class NamesScenario(DeathwatchScenario):
    """See the module."""

    town = NamesTown


def names() -> NamesScenario:
    """See `NamesScenario`."""
    return NamesScenario()
