"""What the people of the scenario `families` say to each other, and what they fail with. Pure.

Deliberately not here: saying it (`talks`), and what is right.
"""

from __future__ import annotations

from typing import Any

from actors import message
from actors.values import value


class Ill(Exception):
    """An ordinary failure."""


class Worse(Ill):
    """A failure of a class below the ordinary one: the most specific rule wins (S9)."""


class Grave(BaseException):
    """A failure outside of `Exception`, which escalates by default (S5)."""


@message(name="simulation.question")
class Question:
    """What is asked.

    Attributes:
        number: Of the question.
        how: It is to be answered: `now`, `late`, `twice`, `never`, `error` or `watch`.
        amount: Seconds until an answer that is late.
        to: Who shall answer it, by number, if whoever is asked can forward it; 0 for whoever is asked.
    """

    number: int
    how: str
    amount: float
    to: int = 0


@message(name="simulation.answer")
class Answer:
    """What is answered.

    Attributes:
        number: Of the question.
        turn: 1 for the first answer to it.
    """

    number: int
    turn: int


@message(name="simulation.remark")
class Remark:
    """What one tells another.

    Attributes:
        author: Who says it, by number.
        to: For whom it is meant.
        number: Of the remarks from one to the other, from 1.
    """

    author: int
    to: int
    number: int


class Parcel:
    """What a router or a gate gets.

    Args:
        number: Of the parcel.
    """

    __slots__ = ("number",)

    def __init__(self, number: int) -> None:
        self.number: int = number


class Bulletin:
    """What is published.

    Args:
        number: Of the bulletin.
    """

    __slots__ = ("number",)

    def __init__(self, number: int) -> None:
        self.number: int = number


class Special(Bulletin):
    """What is published for a few."""

    __slots__ = ()


class Do:
    """An order; it does not cross the wire, and is known by identity.

    Args:
        what: A key of `runtime.sim.families.errands.WEIGHTS`.
        other: Whom it is about, by number; 0 for nobody.
        amount: Seconds, or whatever the order needs.
        place: From 0 to 1, for another choice.
    """

    __slots__ = ("amount", "other", "place", "what")

    def __init__(self, what: str, other: int = 0, amount: float = 0.0, place: float = 0.0) -> None:
        self.what: str = what
        self.other: int = other
        self.amount: float = amount
        self.place: float = place


class Gone:
    """What somebody wants to hear instead of a `Terminated`.

    Args:
        uid: Whose death it tells.
    """

    __slots__ = ("uid",)

    def __init__(self, uid: int) -> None:
        self.uid: int = uid


@value
class Tick:
    """What a timer sends.

    Attributes:
        number: Of the timer.
    """

    number: int


@value
class Piped:
    """What comes of something that was awaited beside the mailbox.

    Attributes:
        number: Of it.
        outcome: Of an ask: `answer`, `timeout` ...; empty for mere sleep.
        value: With it.
    """

    number: int
    outcome: str = ""
    value: Any = None
