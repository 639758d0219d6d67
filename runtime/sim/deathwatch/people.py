"""`Person`: an actor of the scenario `deathwatch`, who watches others, talks to them, stops or fails, as it is told.

The code under test is everything between two people. What each of them does and sees is told to a `Witness` at once, in
the same turn, past the network. Deliberately not here: what is right (`judge`), and who tells them what to do (`town`).
"""

from __future__ import annotations

import asyncio
from typing import Any, Protocol

from actors import Actor, ActorRef, Terminated, message
from actors.address import ActorPath
from actors.values import value


class PlannedFailure(Exception):
    """A person was told to fail."""


@message(name="simulation.word")
class Word:
    """What people say to each other.

    Attributes:
        author: Who says it, by the number that the witness knows.
        to: For whom it is meant.
        number: Of the words from one to the other, from 1.
    """

    author: int
    to: int
    number: int


@value
class Order:
    """What the town tells a person to do; it does not cross the wire.

    Attributes:
        what: `watch`, `unwatch`, `say`, `stop`, `fail` or `nap`; or `part`, behind all that had come when its node
            convicted an incarnation of another.
        path: Of the other, for the first three.
        other: Its number; 0 for nobody. For `part`, the uid of that incarnation.
        amount: Words to say, or seconds to nap.
    """

    what: str
    path: ActorPath | None = None
    other: int = 0
    amount: float = 0.0


class Witness(Protocol):
    """Who hears of everything at once."""

    def watched(self, who: int, path: ActorPath) -> None:
        """Has begun to watch."""

    def unwatched(self, who: int, path: ActorPath) -> None:
        """Has ended it."""

    def says(self, who: int, to: int) -> int:
        """Is about to say a word. Returns its number."""
        ...

    def heard(self, who: int, word: Word) -> None:
        """Has got a word."""

    def told(self, who: int, notice: Terminated) -> None:
        """Has got a `Terminated`."""

    def parted(self, who: int, uid: int) -> None:
        """Has taken all that had come when its node convicted that incarnation of another."""

    def ended(self, who: int) -> None:
        """Is no more, in good order."""


class Person(Actor[Any]):
    """One of them.

    Args:
        who: Its number.
        witness: Hears of everything.
    """

    def __init__(self, who: int, witness: Witness) -> None:
        self._who = who
        self._witness = witness

    def receive(self, message: Any) -> Any:
        """Do as told, and tell what comes."""
        match message:
            case Word():
                self._witness.heard(self._who, message)
            case Terminated():
                self._witness.told(self._who, self.meant(message))
            case Order("nap", amount=amount):
                return asyncio.sleep(amount)
            case Order("part", other=uid):
                self._witness.parted(self._who, uid)
            case Order():
                self._obey(message)
        return None

    def _obey(self, order: Order) -> None:
        if order.what == "stop":
            self.context.stop(self.ref)
        elif order.what == "fail":
            raise PlannedFailure
        elif order.path is not None:
            if order.what == "watch":
                self.context.watch(self.known(order.path))
                self._witness.watched(self._who, order.path)
            elif order.what == "unwatch":
                self.context.unwatch(self.known(order.path))
                self._witness.unwatched(self._who, order.path)
            else:
                other = self.context.system.ref_for(order.path)
                for _ in range(int(order.amount)):
                    other.tell(Word(self._who, order.other, self._witness.says(self._who, order.other)), self.ref)

    def known(self, path: ActorPath) -> ActorRef[object]:
        """The reference by which it watches another."""
        ref: ActorRef[object] = self.context.system.ref_for(path)
        return ref

    def meant(self, notice: Terminated) -> Terminated:
        """The same of the path that it was told to watch."""
        return notice

    def pre_restart(self, reason: BaseException, message: Any | None) -> None:
        """A restart is not an end: registrations stay (D49)."""

    def post_stop(self) -> None:
        """It is over."""
        self._witness.ended(self._who)
