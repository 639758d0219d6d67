"""`Town`: the five nodes of the scenario `deathwatch` and their people. Composition root; SHELL.

Each node is an unmodified `ActorSystem` in a process on a host of its own. Whoever is killed lives again, at the same
address, when the nemesis says so. Deliberately not here: what goes wrong (`nemesis`), what is right (`judge`).
"""

from __future__ import annotations

import asyncio
import itertools
import random
from collections.abc import Sequence
from typing import Any

from actors import ActorRef, DeadLetter, Props
from actors.address import ActorPath
from runtime.remote.events import MessagesLost, NodeSuspected, NodeTerminated, QuarantinedBy
from runtime.sim.campaign import Record
from runtime.sim.deathwatch.audit import Audit
from runtime.sim.deathwatch.errands import Errand
from runtime.sim.deathwatch.faults import NODES
from runtime.sim.deathwatch.judge import Judge
from runtime.sim.deathwatch.manners import Manners
from runtime.sim.deathwatch.people import Order, Person, Word
from runtime.sim.deathwatch.remoting import remoting, settings_of
from runtime.sim.deathwatch.truth import Being, Life, Truth
from runtime.sim.leavings import terminated
from runtime.sim.network import SimTransport
from runtime.sim.world import World
from runtime.system import ActorSystem

PEOPLE = 2
"""On a node when it begins."""
MOST_PEOPLE = 5
LOOKS_BETWEEN, LOOKS_AT_TIMERS = 7, 11
"""From one look to the next at what the books have in common; and at all timers, which are many."""


class Town:
    """Nodes and people.

    Args:
        world: That they are in.
        seed: Of all their chance.
        record: Is told, and raises.

    Attributes:
        truth: What is so.
        judge: Compares with it what people see.
        audit: Compares with it what the nodes' own books say.
        refs: Of the people that live, by number.
        network: Between them.
        launch: Starts any program in place of a node.
        person: Makes an actor of a number and a witness.
        all_mean_well: Whether nobody takes part who breaks the protocol.
    """

    person: type[Person] = Person
    all_mean_well = True

    def __init__(self, world: World, seed: int, record: Record) -> None:
        self.truth = Truth()
        self.refs: dict[int, ActorRef[Any]] = {}
        self.settings = settings_of(random.Random(f"{seed}/settings"))
        remote = remoting(self.settings(NODES[0]))
        self.judge = Judge(self.truth, record, world.network.now, remote)
        self.audit = Audit(self.truth, record, self.judge.is_calm)
        self.network, self.launch = world.network, world.launch
        self.truth.is_held_up = self.network.is_held_up
        self._world = world
        self._seed = seed
        self._record = record
        self._numbers = itertools.count(1)
        self._systems: dict[str, ActorSystem] = {}
        self._audited = itertools.cycle(NODES)
        self._manners = Manners(record)
        self._looks = 0

    def start(self, node: str) -> None:
        """Start a node, or start it again."""
        self._world.launch(node, lambda transport: self._live(node, transport))

    async def _live(self, node: str, transport: SimTransport) -> None:
        former = self.truth.lives.get(node)
        chance = random.Random(f"{self._seed}/{node}/{1 if former is None else former.number + 1}")
        system = ActorSystem(node, self.settings(node), transport=transport, random=chance)
        life = self.truth.node_born(node, system.uid, self._world.network.now())
        self.audit.dials.read_along(life, transport)
        self._manners.read_along(node, transport)
        await system.start()
        if self.all_mean_well:
            self._manners.listen(node, system)
        self._systems[node] = system
        system.event_stream.subscribe(lambda event: self._convicted(life, event), NodeTerminated)
        system.event_stream.subscribe(lambda event: self._lost(node, event), MessagesLost)
        system.event_stream.subscribe(self._undelivered, DeadLetter)
        system.event_stream.subscribe(lambda event: self.audit.refused(life, system, event), QuarantinedBy)
        system.event_stream.subscribe(lambda event: self.suspected(life, event), NodeSuspected)
        self._record.tell(node, "starts", f"life {life.number}")
        for _ in range(PEOPLE):
            self._spawn(system, life)
        await system.when_terminated()

    def _spawn(self, system: ActorSystem, life: Life) -> None:
        who = next(self._numbers)
        made: Props[Any] = Props(self.person, who, self.judge)
        ref = self.refs[who] = system.spawn(made, self.name_of(who, life.node))
        self.truth.born(who, life, ref.path.at(system.address))

    def name_of(self, who: int, node: str) -> str:
        """What a new person is called: names come again, so that a later incarnation lives where an earlier one did."""
        taken = {being.path.name for being in self.people(node)}
        return next(each for each in (f"p{number}" for number in itertools.count(1)) if each not in taken)

    def _convicted(self, life: Life, event: NodeTerminated) -> None:
        node = event.address.system
        heard_at = self._world.network.process(life.node).reached.get(node, 0.0)
        self.audit.convicted(life.node, self._systems[life.node], event)
        self.judge.convicted(life, node, event.uid, event.cause, heard_at)
        if event.uid:
            for being in self.people(life.node):
                self.order(being, Order("part", other=event.uid))

    def _lost(self, node: str, event: MessagesLost) -> None:
        self._record.sometimes("messages were lost")
        self.audit.lost[event.address.system, node] += event.count

    def suspected(self, life: Life, event: NodeSuspected) -> None:
        """A node suspects another."""
        self.judge.suspected(life, event)

    def _undelivered(self, letter: DeadLetter) -> None:
        if isinstance(word := letter.message, Word):
            author, to = self.truth.beings[word.author], self.truth.beings[word.to]
            self.audit.dead[author.life.node, to.life.node] += 1

    def look(self, *, is_over: bool = False) -> None:
        """Everything that can be looked at any time; and at the end, what is left behind."""
        self.judge.look()
        node = next(self._audited)  # one at a time: what contradicts itself goes on to do so
        self._looks += 1
        if node in self._systems:
            (self.audit.look if self._looks % LOOKS_BETWEEN else self.audit.compare)(node, self._systems)
        if is_over or self._looks % LOOKS_AT_TIMERS == 0:
            self.audit.wait(asyncio.get_running_loop())
        if is_over:
            self.audit.close(self._systems)

    # --- who is there -------------------------------------------------------------------------------------------------

    def people(self, node: str, *, dead_too: bool = False) -> list[Being]:
        """Those who live on a node; or everybody who ever did."""
        if not dead_too:
            return self.truth.living(node)
        return [being for being in self.truth.beings.values() if being.life.node == node]

    def is_up(self, node: str) -> bool:
        """Whether a node's process lives."""
        life = self.truth.lives.get(node)
        return life is not None and life.gone_at is None and node in self._systems

    def is_gone(self, node: str) -> None:
        """The node's process is dead."""
        self._systems.pop(node, None)
        self.truth.node_gone(node, self._world.network.now())

    async def leave(self, node: str) -> None:
        """Shut a node down in good order; returns when its process is over, or was killed meanwhile."""
        system = self._systems[node]
        life = self.truth.lives[node]
        life.is_leaving = True
        process = self._world.network.process(node)
        await terminated(process, system)
        if process.alive and self.truth.lives[node] is life:
            self.audit.left(node, system)
            self._world.network.kill(node)
            self.is_gone(node)

    # --- errands ------------------------------------------------------------------------------------------------------

    async def run(self, errands: Sequence[Errand]) -> None:
        """Have all errands done, until it is cancelled: none later."""
        network, over = self._world.network, asyncio.get_running_loop().create_future()

        def turn(errand: Errand) -> None:
            if over.done() or not self.is_up(errand.node):
                return
            try:
                self._do(errand)
            except Exception as error:
                over.set_exception(error)

        for errand in errands:
            network.at(network.now() + errand.at_s, turn, errand)
        await over

    def _do(self, errand: Errand) -> None:
        me = _pick(self.people(errand.node), errand.person)
        if errand.what == "spawn":
            self._as(errand.node, lambda: self._grow(errand.node))
            return
        if me is None or me.life.is_leaving:
            return
        other = _pick(self.people(errand.other_node, dead_too=errand.of_all), errand.other)
        match errand.what:
            case "stop" | "fail":
                self.order(me, Order(errand.what))
            case "nap":
                self.order(me, Order("nap", amount=errand.amount))
            case "nobody":
                address = self._systems[errand.node].address
                path = ActorPath(address, ("user", "nobody"), 1 + int(errand.other * 1e9))
                self.order(me, Order("watch", path))
            case "unwatch":
                watched = [self.truth.by_key[key] for key in me.watching if key in self.truth.by_key]
                subject = _pick(watched, errand.other)
                if subject is not None:
                    self.order(me, Order("unwatch", subject.path))
            case "watch" if other is not None and other is not me:
                self.order(me, Order("watch", other.path))
            case "say" if other is not None and other is not me:
                self.order(me, Order("say", other.path, other.who, errand.amount))
            case "race" if other is not None and other is not me:
                self._race(me, other, errand)

    def _grow(self, node: str) -> None:
        life = self.truth.lives[node]
        if not life.is_leaving and len(self.people(node)) < MOST_PEOPLE:
            self._spawn(self._systems[node], life)

    def _race(self, me: Being, other: Being, errand: Errand) -> None:
        """A subject speaks to its watcher and stops; the watcher, who sleeps perhaps, ends its watch at that moment."""
        self.order(me, Order("watch", other.path))
        later, network = errand.other * 0.004, self._world.network
        if errand.person < 0.5:
            network.at(network.now() + 0.05, self.order, me, Order("nap", amount=0.1))
        stop_at = network.now() + 0.1
        network.at(stop_at, self.order, other, Order("say", me.path, me.who, errand.amount))
        network.at(stop_at, self.order, other, Order("stop"))
        if errand.amount != 2:  # else nobody interferes
            network.at(stop_at + later, self.order, me, Order("unwatch", other.path))
        if errand.amount == 5:
            network.at(stop_at + 2 * later, self.order, me, Order("watch", other.path))

    def order(self, being: Being, order: Order) -> None:
        """Tell somebody to do something, unless it is dead."""
        if being.gone_at is None:
            self._as(being.life.node, lambda: self.refs[being.who].tell(order))

    def pipe(self, one: str, other: str, lane: int) -> Any:
        """The way from one node to another on the connection of that lane that it has dialled; `None` without one."""
        for address, association in self._systems[one].remote._associations.items():
            if address.system == other:
                link = (association._outbox.control, association._outbox.ordinary)[lane]
                return None if link is None or link._connection is None else link._connection.out
        return None

    def _as(self, node: str, do: Any) -> None:
        if self.is_up(node):
            self._world.network.process(node).run(do)

    # --- the end ------------------------------------------------------------------------------------------------------

    def greet(self) -> list[tuple[Being, Being, int]]:
        """Everybody who can be heard says a word to somebody on each other node; returns who has to hear how many."""
        due = []
        for node in NODES:
            for other_node in NODES:
                me, other = _pick(self.people(node), 0.0), _pick(self.people(other_node), 0.0)
                if me is None or other is None or node == other_node or self.are_estranged(node, other_node):
                    continue
                self.order(me, Order("say", other.path, other.who, 1.0))
                due.append((me, other, me.said.get(other.who, 0) + 1))
        return due

    def are_estranged(self, one: str, other: str) -> bool:
        """Whether one of the two has convicted the other, for ever, or a connection may carry nothing."""
        lives = self.truth.lives
        if self.truth.weather.has_forgotten(one, other):
            return True
        return lives[other].uid in lives[one].convicted or lives[one].uid in lives[other].convicted


def _pick(people: Sequence[Being], place: float) -> Being | None:
    return people[int(place * len(people))] if people else None
