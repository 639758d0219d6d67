"""`House`: three nodes of the scenario `families`, and everybody who lives there. Composition root; SHELL.

Each node is an unmodified `ActorSystem` in a process on a host of its own. Deliberately not here: what goes wrong
(`scenario`), what is right (`law`, `deaths`, `asks`, `alarms`, `dues`, `books`).
"""

from __future__ import annotations

import asyncio
import itertools
import random
from collections.abc import Callable, Sequence
from typing import Any

from actors import ActorRef, DeadLetter, Directive, Props, SuppressedDeadLetter
from actors.errors import MailboxFull
from runtime.events import ActorFailed
from runtime.remote.events import NodeTerminated
from runtime.sim.campaign import Record
from runtime.sim.families import strategies
from runtime.sim.families.alarms import Alarms
from runtime.sim.families.asks import Asks
from runtime.sim.families.books import Books
from runtime.sim.families.deaths import Deaths
from runtime.sim.families.dues import Dues
from runtime.sim.families.errands import Errand
from runtime.sim.families.kin import kin
from runtime.sim.families.lane import Lane
from runtime.sim.families.law import Law
from runtime.sim.families.node import settings
from runtime.sim.families.staff import hire
from runtime.sim.families.strategies import Rule
from runtime.sim.families.traits import Traits, draw
from runtime.sim.families.truth import RUNNING, Life, Member, Truth
from runtime.sim.families.words import Answer, Do, Ill, Parcel, Question, Remark
from runtime.sim.leavings import leavings, terminated
from runtime.sim.network import SimTransport
from runtime.sim.world import World
from runtime.system import ActorSystem

HEADS = ("c1", "c2")
"""Families of a node."""
GUARDIANS = Rule()
LOOKS_AT_TIMERS = 4
"""From one look to the next at all timers, which are many."""


class House:
    """Nodes and people.

    Args:
        world: That they are in.
        seed: Of all their chance.
        record: Is told, and raises.

    Attributes:
        truth, law, deaths, asks, alarms: See there.
        chances: Everybody's own chance, by number.
        traits: How everybody is, by number.
        naps: How often a hook waits.
    """

    naps = 0.25

    def __init__(self, world: World, seed: int, record: Record) -> None:
        self.network = world.network
        self.record = record
        self.truth = Truth()
        self.law = Law(self.truth, record, world.network.now)
        self.asks = Asks(record, world.network.now)
        self.deaths = Deaths(self.truth, self.asks, record, world.network.now)
        self.alarms = Alarms(record, world.network.now)
        self.chances: dict[int, random.Random] = {}
        self.traits: dict[int, Traits] = {}
        self._dues = Dues(self.truth, self.asks, record, world.network.now)
        self._books = Books(self.truth, record)
        self._world = world
        self._seed = seed
        self._numbers = itertools.count(1)
        self._looks = 0

    # --- nodes --------------------------------------------------------------------------------------------------------

    def start(self, node: str) -> None:
        """Start a node, or start it again."""
        self._world.launch(node, lambda transport: self._live(node, transport))

    async def _live(self, node: str, transport: SimTransport) -> None:
        former = self.truth.lives.get(node)
        number = 1 if former is None else former.number + 1
        chance = random.Random(f"{self._seed}/{node}/{number}")
        guardian_chance = random.Random(f"{self._seed}/{node}/{number}/guardian")
        strategy = GUARDIANS.strategy(lambda error: self._guard(node, guardian_chance, error))
        system = ActorSystem(node, settings(node, strategy), transport=transport, random=chance)
        life = Life(node, number, system.uid, system)
        await system.start()
        self.truth.lives[node] = life
        guardian: Any = system._user
        self.truth.guardians[node] = Member(0, life, guardian.ref, None, GUARDIANS, 0, f"{node}/user", state=RUNNING)
        system.event_stream.subscribe(lambda event: life.convicted.add(event.uid), NodeTerminated)
        system.event_stream.subscribe(lambda event: self._judged(life, event), ActorFailed)
        system.event_stream.subscribe(lambda letter: self._dead(life, letter), DeadLetter)
        system.event_stream.subscribe(lambda letter: self._dead(life, letter), SuppressedDeadLetter)
        services = random.Random(f"{self._seed}/{node}/{number}/services")
        life.services = hire(life, services, self.record, self.network)
        self.record.tell(node, "starts", f"life {number}")
        self._people(node)
        await system.when_terminated()

    def _guard(self, node: str, chance: random.Random, error: BaseException) -> Directive:
        guardian = self.truth.guardians[node]
        child = next((one for one in guardian.living() if self.law.knows(one, error)), None)
        verdict = chance.choices([Directive.RESUME, Directive.RESTART, Directive.STOP], [4, 8, 1])[0]
        self.law.decides(guardian, error, child, verdict)
        return verdict

    def _judged(self, life: Life, event: ActorFailed) -> None:
        if event.child.path.uid in self.truth.by_uid:
            parent: Any = event.child.sink.parent.sink  # type: ignore[attr-defined]
            uids = [ref.path.uid for ref in parent.family.refs() if ref.path.uid not in life.staff]
            family = [self.truth.by_uid[uid] for uid in uids]
            self.law.judged(self.truth.guardians[life.node], event, family)

    def _dead(self, life: Life, letter: Any) -> None:
        message, uid = letter.message, letter.recipient.path.uid
        if life.gone_at is not None:
            return
        if isinstance(message, Parcel):
            life.services.dead(message, letter.recipient, self.truth.by_uid.get(uid))
        elif isinstance(message, Answer):
            self.asks.dead(self.asks.all[message.number])
        elif isinstance(message, Ill) and str(message).startswith("answer "):
            self.asks.dead(self.asks.all[int(str(message).removeprefix("answer "))])
        elif (member := self.truth.by_uid.get(uid)) is not None:
            lane = member.lane
            is_known = any(one is message for one in (*lane.queue, *lane.stashed, *lane.doomed))
            if is_known or self.is_tracked(member, message):
                wrong = lane.die(message, is_over=member.has_ended)
                self.record.require(not wrong, "S61", f"a {type(message).__name__} to {member} {wrong}")
                self.record.sometimes("a dead letter" if member.has_ended else "a mailbox was full")

    def is_up(self, node: str) -> bool:
        """Whether a node's process lives."""
        life = self.truth.lives.get(node)
        return life is not None and life.gone_at is None

    def is_gone(self, node: str) -> None:
        """The node's process is dead."""
        self.truth.node_gone(node, self.network.now())

    async def leave(self, node: str) -> None:
        """Shut a node down in good order; returns when its process is over, or was killed meanwhile."""
        life = self.truth.lives[node]
        life.is_leaving = True
        process = self.network.process(node)
        await terminated(process, life.system)
        if process.alive and self.truth.lives[node] is life:
            left = [str(one) for one in self.truth.living(node) if not one.has_ended]
            self.record.require(not left, "S71", f"{node} has ended, and {left} have not")
            left = list(leavings(life.system.remote.transport, life.system.loop))
            self.record.require(not left, "D66", f"{node} has ended, and has left {left}")
            self.record.sometimes("a node has left")
            self.network.kill(node)
            self.is_gone(node)

    # --- people -------------------------------------------------------------------------------------------------------

    def _people(self, node: str) -> None:
        """See that there are families on a node."""
        life, guardian = self.truth.lives[node], self.truth.guardians[node]
        for name in HEADS:
            former = guardian.children.get(name)
            if not life.is_leaving and (former is None or former.has_ended):
                self.spawn(life.system, guardian, name)

    def spawn(self, where: Any, parent: Member, name: str) -> None:
        """Make a child of somebody, who calls, or of a node's guardian.

        Raises:
            ActorNameInUse: If the product says so.
        """
        who = next(self._numbers)
        chance = self.chances[who] = random.Random(f"{self._seed}/people/{who}")
        traits = self.traits[who] = draw(chance, parent.level + 1)
        props: Props[Any] = Props(kin, who, self)
        ref = where.spawn(props if traits.bound is None else props.with_mailbox(traits.bound), name)
        rule = strategies.draw(chance)
        label = f"{parent.life.node}{ref.path.without_uid().partition('/user')[2]}#{who}"
        member = Member(who, parent.life, ref, parent, rule, parent.level + 1, label, Lane(traits.bound))
        member.changed_at = member.free_at = self.network.now()
        member.mark = parent.mark  # a copy, made by who spawns it
        parent.children[name] = member
        self.truth.made(member)

    def ref(self, me: Member, other: Member) -> ActorRef[Any]:
        """How somebody knows somebody."""
        if other.life is me.life:
            return other.ref
        ref: ActorRef[Any] = me.life.system.ref_for(other.ref.path.at(other.life.system.address))
        return ref

    def address(self, node: str) -> Any:
        """Of a node."""
        return self.truth.lives[node].system.address

    def is_tracked(self, member: Member, message: Any) -> bool:
        """Whether a message was put into somebody's mailbox within its process, as far as judges know."""
        if isinstance(message, Remark):
            return self.truth.members[message.author].life is member.life
        if isinstance(message, Question):
            return self.asks.all[message.number].asker.life is member.life
        return isinstance(message, Do)

    def heard(self, member: Member, remark: Remark) -> None:
        """Somebody hears a remark: D3."""
        author = self.truth.members[remark.author]
        self.record.require(remark.to == member.who, "D71", f"{member} hears a remark for {remark.to}")
        last = member.heard.get(remark.author, 0)
        if author.life is not member.life:  # else the stash may change the order, as the lane knows
            text = f"{member} hears remark {remark.number} of {author} after {last}"
            self.record.require(remark.number > last or bool(member.lane.stashed_ever), "D55", text)
        member.heard[remark.author] = max(last, remark.number)

    def tell(
        self, member: Member, message: Any, sender: ActorRef[Any] | None = None, *, is_forwarded: bool = False
    ) -> None:
        """Tell somebody of the calling process something, and see what becomes of it."""
        if not member.lane.queue:
            member.lane.moved_at = self.network.now()
        self.law.heeds_at_once(member)
        is_full = member.lane.put(message)
        try:
            if is_forwarded:
                member.ref.forward(message)
            else:
                member.ref.tell(message, sender)
        except MailboxFull:
            self.record.require(is_full, "D61", f"the mailbox of {member} is said to be full")
            self.record.sometimes("a mailbox refused")
            return
        self.record.require(not is_full, "D61", f"the mailbox of {member} takes more than it may")
        self.record.require(not member.lane.doomed, "D61", f"nothing was dropped by {member}, which had no room")

    # --- errands and looks --------------------------------------------------------------------------------------------

    async def run(self, errands: Sequence[Errand]) -> None:
        """Have all errands done, until it is cancelled: none later."""
        over = asyncio.get_running_loop().create_future()

        def turn(errand: Errand) -> None:
            if over.done() or not self.is_up(errand.node):
                return
            try:
                self._as(errand.node, lambda: self._do(errand))
            except Exception as error:
                over.set_exception(error)

        for errand in errands:
            self.network.at(self.network.now() + errand.at_s, turn, errand)
        await over

    def _do(self, errand: Errand) -> None:
        if self.truth.lives[errand.node].is_leaving:
            return
        self._people(errand.node)
        me = _pick(self.truth.living(errand.node), errand.person)
        other = _pick(self.truth.living(errand.other_node), errand.other)
        if me is None:
            return
        if errand.what in ("pill", "kill") and (other is None or other.life is not me.life):
            other = me
        for _ in range(int(2 + 4 * errand.amount) if errand.what == "burst" else 1):
            what = "work" if errand.what == "burst" else errand.what
            self.tell(me, Do(what, 0 if other is None else other.who, errand.amount, errand.place))

    def look(self, *, is_over: bool = False) -> None:
        """Everything that can be looked at any time; and at the end, what is left behind."""
        for node, life in self.truth.lives.items():
            if life.gone_at is None and not self.network.process(node).frozen:
                self._dues.look(node)
                self._books.look(life)
                if is_over and not life.is_leaving:
                    self._books.close(life, self.asks)
                elif is_over:
                    self.record.require(life.system.dispatcher.closed, "S71", f"{node} has left, and has not ended")
        self._looks += 1
        if is_over or self._looks % LOOKS_AT_TIMERS == 0:
            self._books.wait(asyncio.get_running_loop())

    def _as(self, node: str, do: Callable[[], object]) -> None:
        if self.is_up(node):
            self.network.process(node).run(do)


def _pick(people: Sequence[Member], place: float) -> Member | None:
    return people[int(place * len(people))] if people else None
