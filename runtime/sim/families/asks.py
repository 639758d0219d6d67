"""`Asks`: an ask has one outcome, the first answer to that question, or a time-out in its time: A13, D14. Pure.

Deliberately not here: asking.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from runtime.sim.campaign import Record
from runtime.sim.clocks import CODE_S
from runtime.sim.families.truth import Member
from runtime.sim.families.words import Answer

JUST_S = 0.001
"""A time-out comes not later than that, unless its process stands still."""


@dataclass(slots=True, eq=False)
class Ask:
    """One of them.

    Attributes:
        number: From 1.
        asker: Who asks.
        target: Whom; `None` for somebody who never was.
        begun_at: When.
        timeout_s: How long it waits.
        answers: When it was answered, each time.
        used: Answers that were taken, and those that became dead letters.
        outcome: What came of it; empty while it goes on.
        over_at: When.
        is_given_up: Whether an answer came to nobody though there is no outcome yet.
        temporary: Uid of the reference that asks, if anybody has looked at it.
    """

    number: int
    asker: Member
    target: Member | None
    begun_at: float
    timeout_s: float
    answers: int = 0
    first_at: float = 0.0
    used: int = 0
    outcome: str = ""
    over_at: float = 0.0
    temporary: int = 0
    is_given_up: bool = False

    @property
    def is_near(self) -> bool:
        """Whether asker and target are on one node."""
        return self.target is not None and self.target.life is self.asker.life


class Asks:
    """Judges asks.

    Args:
        record: Is told, and raises.
        now: World seconds.

    Attributes:
        all: By number.
    """

    def __init__(self, record: Record, now: Callable[[], float]) -> None:
        self.all: dict[int, Ask] = {}
        self._record = record
        self._now = now
        self._numbers = itertools.count(1)
        self._of: dict[int, Ask] = {}
        self._going: list[Ask] = []

    def begins(self, asker: Member, target: Member | None, timeout_s: float) -> Ask:
        """Somebody is about to ask."""
        number = next(self._numbers)
        ask = self.all[number] = Ask(number, asker, target, self._now(), timeout_s)
        self._going.append(ask)
        return ask

    def going(self) -> list[Ask]:
        """Those that have no outcome."""
        self._going = [ask for ask in self._going if not ask.outcome]
        return self._going

    def answered(self, number: int) -> Answer:
        """Somebody is about to answer. Returns what."""
        ask = self.all[number]
        ask.answers += 1
        if ask.answers == 1:
            ask.first_at = self._now()
        self._record.sometimes("an answer that was too late" if ask.outcome else "an answer in time")
        return Answer(number, ask.answers)

    def looked_at(self, number: int, uid: int) -> None:
        """Somebody has looked at the asking reference."""
        self.all[number].temporary = uid
        self._of[uid] = self.all[number]

    def is_over(self, uid: int) -> bool | None:
        """Whether an ask has an outcome; `None` if nobody has looked at it."""
        ask = self._of.get(uid)
        return None if ask is None else bool(ask.outcome)

    def ends(self, ask: Ask, outcome: str, value: Any = None) -> None:
        """An ask has an outcome."""
        require, now = self._record.require, self._now()
        require(not ask.outcome, "A13", f"ask {ask.number} has two outcomes: {ask.outcome} and {outcome}")
        ask.outcome, ask.over_at = outcome, now
        self._record.sometimes(f"an ask: {outcome}{'' if ask.is_near else ', from afar'}")
        due = ask.begun_at + ask.timeout_s
        is_right = not ask.is_given_up or outcome in ("cancelled", "timeout")
        require(is_right, "A13", f"an answer to ask {ask.number}, which waits for it, is a dead letter: {outcome}")
        if outcome == "timeout":
            require(now >= due - 1e-6, "A13", f"ask {ask.number} is given up {due - now:.3f} s too early")
            late = ask.asker.life.disturbed_at < ask.begun_at and now > due + JUST_S + CODE_S
            require(not late, "A13", f"ask {ask.number} is given up {now - due:.3f} s too late")
            missed = ask.is_near and ask.answers and ask.first_at < due - 1e-6
            require(not missed, "A13", f"ask {ask.number} was answered in time, and is given up")
        elif outcome == "answer":
            is_mine = isinstance(value, Answer) and value.number == ask.number
            require(is_mine, "A13", f"ask {ask.number} is answered by {value}")
            require(not ask.is_near or value.turn == 1, "A13", f"ask {ask.number} takes a later answer")
            require(ask.first_at <= now and bool(ask.answers), "A13", f"ask {ask.number} is answered by nobody")
            ask.used += 1
        elif outcome == "error":
            ask.used += 1

    def dead(self, ask: Ask) -> None:
        """An answer has become a dead letter."""
        ask.used += 1
        self._record.sometimes("an answer as dead letter")
        ask.is_given_up = not ask.outcome and ask.used == ask.answers and ask.is_near

    def look(self, ask: Ask) -> None:
        """All is over, and its node lives: what was answered nearby was taken or is a dead letter."""
        if ask.is_near and ask.outcome:
            text = f"of {ask.answers} answers to ask {ask.number} {ask.used} were taken or are dead letters"
            taken = ask.used + (ask.outcome == "cancelled" and ask.used < ask.answers)  # the first, at that moment
            self._record.require(taken == ask.answers, "A13", text)
