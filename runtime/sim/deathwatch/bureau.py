"""`PartingTown`: where the scenario `partings` plays, with clerks who ask each other much, and people who may be busy.

Questions and answers go over the wire as any others do; nobody keeps count of them, for an ask may end without an
answer. What is looked at is on the books of their nodes. Deliberately not here: who asks whom (`partings`).
"""

from __future__ import annotations

import asyncio
import dataclasses
import random
from collections.abc import Callable
from typing import Any, ClassVar

from actors import Actor, AskTimeout, DeadLetter, message
from actors.address import ActorPath
from actors.values import value
from runtime.context import PipedFailure
from runtime.protocol.standing import Standing
from runtime.remote.events import NodeSuspected
from runtime.settings import RemoteSettings
from runtime.sim.campaign import Record
from runtime.sim.deathwatch import ledgers
from runtime.sim.deathwatch.afterwards import Afterwards
from runtime.sim.deathwatch.instants import TappedTown
from runtime.sim.deathwatch.people import Order, Person, Word
from runtime.sim.deathwatch.remoting import with_remoting
from runtime.sim.deathwatch.truth import Being, Life
from runtime.sim.network import SimTransport
from runtime.sim.world import World

ANSWER_WITHIN_S = 4.0
PATIENCE_S = 6.0
"""For a handshake, and for who is not reached."""
ROOMS_BYTES = (40, 40, 2_000, 256 * 1024)
HANDSHAKES = (1, 2, 16)
"""Of one host that may be unfinished."""
IDLE_CLOSE_S = (1.5, 6.0, 300.0)


@message(name="simulation.clerks-question")
class Question:
    """What clerks ask each other.

    Attributes:
        number: Of the question, from 0.
    """

    number: int


@message(name="simulation.clerks-answer")
class Answer:
    """What they answer.

    Attributes:
        number: Of the question.
    """

    number: int


@value
class Inquire:
    """An order to ask another clerk; it does not cross the wire.

    Attributes:
        path: Of the other.
        questions: How many.
        pause_s: Between two of them.
    """

    path: ActorPath
    questions: int
    pause_s: float


@value
class Linger:
    """An order to be busy for a while, in a handler, and then to watch whoever lives somewhere.

    Attributes:
        for_s: How long.
        whom: Who lives there by then, if anybody does.
    """

    for_s: float
    whom: Callable[[], ActorPath | None]


class Lingerer(Person):
    """A person that can be kept busy."""

    def receive(self, message: Any) -> Any:
        """See `Person`."""
        return self._linger(message) if isinstance(message, Linger) else super().receive(message)

    async def _linger(self, order: Linger) -> None:
        await asyncio.sleep(order.for_s)
        path = order.whom()
        if path is not None:
            self._obey(Order("watch", path))


class Clerk(Actor[Any]):
    """Asks and answers."""

    NAME: ClassVar[str] = "clerk"

    def receive(self, message: Any) -> None:
        """See the module."""
        match message:
            case Question(number):
                self.sender.tell(Answer(number), self.ref)
            case Inquire():
                self.context.pipe_to_self(self._ask(message))
            case PipedFailure():
                raise AssertionError("to ask fails by its time only") from message.error

    async def _ask(self, order: Inquire) -> None:
        system, asks = self.context.system, list[asyncio.Task[Any]]()
        other = system.ref_for(order.path)
        try:
            for number in range(order.questions):
                asks.append(asyncio.ensure_future(system.ask(other, Question(number), ANSWER_WITHIN_S)))
                await asyncio.sleep(order.pause_s)
            answers = await asyncio.gather(*asks, return_exceptions=True)
        finally:  # this one's node leaves, perhaps
            for ask in asks:
                ask.cancel()
        for number, outcome in enumerate(answers):
            if isinstance(outcome, BaseException):
                if not isinstance(outcome, AskTimeout):
                    raise outcome
            elif outcome.number != number:
                raise AssertionError(f"question {number} was answered with {outcome}")


class PartingTown(TappedTown):
    """Whose nodes lose their patience soon, and have clerks.

    Attributes:
        doubted: Is told which node suspects which.
    """

    person = Lingerer

    def __init__(self, world: World, seed: int, record: Record) -> None:
        super().__init__(world, seed, record)
        chance = random.Random(f"{seed}/partings")
        self._room_bytes = chance.choice(ROOMS_BYTES)
        self.doubted: Callable[[str, str], None] = lambda one, other: None
        idle_close_s, handshakes = chance.choice(IDLE_CLOSE_S), chance.choice(HANDSHAKES)

        def change(_: str, remote: RemoteSettings) -> RemoteSettings:
            return dataclasses.replace(
                remote, idle_close_s=idle_close_s, handshake_timeout_s=PATIENCE_S, max_handshakes_per_host=handshakes
            )

        self.settings = with_remoting(self.settings, change)
        self._afterwards = Afterwards(record, PATIENCE_S)

    async def _live(self, node: str, transport: SimTransport) -> None:
        transport.process.send_buffer_bytes = self._room_bytes
        await super()._live(node, transport)

    def suspected(self, life: Life, event: NodeSuspected) -> None:
        """See `Town`; and people may be told of it at once."""
        super().suspected(life, event)
        self.doubted(life.node, event.address.system)

    def look(self, *, is_over: bool = False) -> None:
        """See `Town`; and nobody is answered, or read, on a connection that is full."""
        super().look(is_over=is_over)
        for node, system in self._systems.items():
            self._afterwards.look(node, system)
            if wrong := ledgers.overfull(system.remote.transport._holdings.connections):
                self._record.require(False, "D8", f"{node} {wrong}")

    def _undelivered(self, letter: DeadLetter) -> None:
        """See `Town`; and what is for whoever is known is kept as long as there is patience (D9)."""
        super()._undelivered(letter)
        address = letter.recipient.path.address
        if not isinstance(letter.message, Word) or address.host is None:
            return
        node = self.truth.beings[letter.message.author].life.node
        association = self._systems[node].remote._associations.get(address) if self.is_up(node) else None
        if association is None or association._is_leaving or association.verdict.standing is not Standing.TRUSTED:
            return
        text = f"{node} gives up a word for {address.system}, which it knows and is about to reach"
        self._record.require("give up" not in association._alarms, "D9", text)

    def linger(self, me: Being, other: str, for_s: float) -> None:
        """Somebody is busy for so long, and then watches whoever lives on that node."""

        def newcomer() -> ActorPath | None:
            people = self.people(other) if self.is_up(other) else []
            return people[0].path if people else None

        self._as(me.life.node, lambda: self.refs[me.who].tell(Linger(for_s, newcomer)))

    def inquire(self, one: str, other: str, questions: int, pause_s: float) -> None:
        """The clerk of a node asks that of another."""
        clerks = [clerk for node in (one, other) if self.is_up(node) and (clerk := self._clerk(node)) is not None]
        if len(clerks) == 2:
            path = clerks[1].path.at(self._systems[other].address)
            self._as(one, lambda: clerks[0].tell(Inquire(path, questions, pause_s)))

    def _clerk(self, node: str) -> Any:
        system = self._systems[node]
        found = system.find_local(ActorPath(system.address, ("user", Clerk.NAME)))
        if found is None and self.truth.lives[node].is_leaving:
            return None  # nobody begins to work there any more
        return found or self._world.network.process(node).call(system.spawn, Clerk, Clerk.NAME)
