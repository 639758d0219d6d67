"""`Rule`: a supervisor's strategy in the scenario `families`, as it is given to the product and as it is judged. Pure.

What a verdict has to be is worked out here once more, from the text of S5 to S29, and not by `actors.supervision`.
Deliberately not here: what follows from a verdict (`law`).
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from actors import AllForOneStrategy, Backoff, Directive, OneForOneStrategy
from actors.errors import ActorInitializationError, ActorKilledError, DeathPactError
from runtime.sim.families.words import Ill, Worse

RESUME, RESTART, STOP, ESCALATE = (Directive.RESUME, Directive.RESTART, Directive.STOP, Directive.ESCALATE)
FOREVER = float("inf")


@dataclass(frozen=True, slots=True)
class Rule:
    """One of them.

    Attributes:
        is_for_all: Whether siblings share a child's fate.
        limit: Restarts.
        window_s: In which they are counted.
        decider: `drawn` anew each time; or `classes`, `list` or `default`.
        classes: For `classes`, in any order.
        backoff: How long restarts wait.
    """

    is_for_all: bool = False
    limit: int | None = None
    window_s: float | None = None
    decider: str = "drawn"
    classes: tuple[tuple[type[BaseException], Directive], ...] = ()
    backoff: Backoff | None = None

    def strategy(self, decide: Callable[[BaseException], Directive]) -> OneForOneStrategy:
        """What the product gets; `decide` is called if decisions are drawn."""
        deciders: dict[str, Any] = {"drawn": decide, "classes": dict(self.classes), "list": [Ill]}
        make = AllForOneStrategy if self.is_for_all else OneForOneStrategy
        if self.decider == "default":
            return make(self.limit, self.window_s, backoff=self.backoff, logging=False)
        return make(self.limit, self.window_s, deciders[self.decider], self.backoff, logging=False)

    def decides(self, error: BaseException) -> Directive:
        """What it says of an error, if it is not drawn (S5 to S9)."""
        if self.decider == "list":
            return RESTART if isinstance(error, Ill) else ESCALATE
        if self.decider == "classes":
            fitting = [(len(cls.__mro__), to.value) for cls, to in self.classes if isinstance(error, cls)]
            return Directive(max(fitting)[1]) if fitting else ESCALATE
        if isinstance(error, ActorInitializationError | ActorKilledError | DeathPactError):
            return STOP
        return RESTART if isinstance(error, Exception | asyncio.CancelledError) else ESCALATE

    @property
    def is_limited(self) -> bool:
        """Whether restarts are counted."""
        return (self.limit is not None and self.limit >= 0) or (self.window_s or FOREVER) < FOREVER


class Account:
    """What a parent has to remember of a child (S21 to S27, S79)."""

    def __init__(self) -> None:
        self._restarts = 0
        self._opened_at: float | None = None
        self._least_in_a_row = self._most_in_a_row = 0
        self._last_at: float | None = None

    def allows(self, rule: Rule, now: float) -> bool:
        """Count one restart."""
        limit = FOREVER if rule.limit is None or rule.limit < 0 else rule.limit
        if rule.window_s is not None and rule.window_s < FOREVER:
            limit = 1 if limit == FOREVER else limit
            if self._opened_at is None or now - self._opened_at > rule.window_s:
                self._opened_at, self._restarts = now, 0
        self._restarts += limit > 0
        return self._restarts <= limit and limit > 0

    def waits_s(self, backoff: Backoff | None, now: float) -> tuple[float, float]:
        """At least and at most how long the next restart waits."""
        if backoff is None:
            return 0.0, 0.0
        quiet_s = (backoff.min_s + backoff.max_s) / 2 if backoff.reset_after_s is None else backoff.reset_after_s
        # When the last one was made is known up to the random part of its delay.
        since_s = FOREVER if self._last_at is None else now - self._last_at
        if since_s > quiet_s + 2 * backoff.max_s:
            self._most_in_a_row = 0
        if since_s > quiet_s:
            self._least_in_a_row = 0
        least = min(backoff.max_s, backoff.min_s * 2.0**self._least_in_a_row)
        most = min(backoff.max_s, backoff.min_s * 2.0**self._most_in_a_row) * (1 + backoff.random_factor)
        self._least_in_a_row += 1
        self._most_in_a_row += 1
        self._last_at = now
        return least, most


def draw(chance: random.Random) -> Rule:
    """A strategy of any kind."""
    decider = chance.choice(["drawn", "drawn", "classes", "list", "default"])
    pairs: list[tuple[type[BaseException], Directive]] = [
        (Ill, chance.choice([RESUME, RESTART, STOP])),
        (Worse, chance.choice([RESUME, RESTART, ESCALATE])),
        (Exception, chance.choice([RESTART, STOP, ESCALATE])),
        (BaseException, chance.choice([RESTART, ESCALATE])),
    ]
    chance.shuffle(pairs)
    classes = tuple(pairs[: chance.randint(2, 4)]) if decider == "classes" else ()
    limit = chance.choice([None, None, -1, 0, 1, 2, 5])
    window_s = chance.choice([None, FOREVER, 0.5, 3.0])
    backoff = chance.choice([None, None, Backoff(0.05, 0.8, chance.choice([0.0, 1.0]), chance.choice([None, 1.0]))])
    return Rule(chance.random() < 0.45, limit, window_s, decider, classes, backoff)
