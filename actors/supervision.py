"""Who decides what happens to a failed child, and how often it may be restarted. Pure.

`judge` takes a failure, the children and the time, and returns a `Verdict`: values that the cell (`runtime.cell`, the
shell) performs. Deliberately not here: suspending, restarting, logging, waiting for a backoff. Akka counterparts:
`SupervisorStrategy`, `ChildRestartStats` (S1-S29).
"""

from __future__ import annotations

import enum
import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from actors.errors import ActorInitializationError, ActorKilledError, DeathPactError
from actors.ref import ActorRef
from actors.values import value


class Directive(enum.Enum):
    """What a supervisor may do about a failed child."""

    RESUME = "resume"
    """Keep the instance and its state; only the failing message is lost (S1)."""
    RESTART = "restart"
    """A fresh instance behind the same reference; mailbox kept (S2)."""
    STOP = "stop"
    """End the child; its watchers are told (S3)."""
    ESCALATE = "escalate"
    """Fail oneself with the same exception, and let one's own parent decide (S4)."""


Decider: TypeAlias = (
    Callable[[BaseException], "Directive | None"]
    | Mapping[type[BaseException], Directive]
    | Sequence[type[BaseException]]
    | None
)


def default_decider(error: BaseException) -> Directive:
    """Akka classic's rules (S5): initialisation failure, kill and death pact stop, other exceptions restart.

    A cancellation that the runtime did not ask for restarts as well; what is outside of `Exception` otherwise
    escalates.
    """
    if isinstance(error, ActorInitializationError | ActorKilledError | DeathPactError):
        return Directive.STOP
    # By name: what is pure imports no asyncio.
    if isinstance(error, Exception) or any(cls.__name__ == "CancelledError" for cls in type(error).__mro__):
        return Directive.RESTART
    return Directive.ESCALATE


def stopping_decider(error: BaseException) -> Directive:
    """Every ordinary exception stops the child (S6)."""
    return Directive.STOP if isinstance(error, Exception) else Directive.ESCALATE


@value
class Backoff:
    """How long a restart waits: `min_s` doubled for each restart in a row, capped, times `1 + random * random_factor`.

    The child keeps its mailbox and its reference while it waits. Akka Typed counterpart:
    `SupervisorStrategy.restartWithBackoff`.

    Attributes:
        min_s: First delay in seconds, above 0.
        max_s: Longest delay in seconds, at least `min_s`.
        random_factor: 0 to 1; spreads restarts of many actors.
        reset_after_s: Quiet time in seconds, 0 or more, after which counting begins again; by default the mean of
            `min_s` and `max_s`.
    """

    min_s: float
    max_s: float
    random_factor: float = 0.2
    reset_after_s: float | None = None

    def __post_init__(self) -> None:
        if not 0 < self.min_s <= self.max_s < math.inf:
            raise ValueError(f"a backoff needs 0 < min_s <= max_s, not min_s={self.min_s}, max_s={self.max_s}")
        if not 0 <= self.random_factor <= 1:
            raise ValueError(f"random_factor is 0 to 1, not {self.random_factor}")
        if self.reset_after_s is not None and not self.reset_after_s >= 0:
            raise ValueError(f"reset_after_s is 0 or more seconds, not {self.reset_after_s}")

    @property
    def quiet_s(self) -> float:
        """The quiet time after which counting begins again, in seconds."""
        return (self.min_s + self.max_s) / 2 if self.reset_after_s is None else self.reset_after_s

    def delay_s(self, restarts: int, draw: float) -> float:
        """The delay before restart number `restarts` (from 0) in a row; `draw` is uniform in 0 to 1."""
        doubled = self.min_s * 2.0 ** min(restarts, 1000)
        return min(self.max_s, doubled) * (1.0 + draw * self.random_factor)


class ChildStats:
    """What a parent remembers of one child: its reference and its restarts. A new child starts at zero (S26).

    Attributes:
        ref: The child.
        restarts: Restarts counted in the present window, or ever if there is no window.
        window_started: When that window opened (monotonic seconds), or `None`.
        in_a_row: Restarts since the last quiet time, for the backoff.
        restarts_at: When the last restart that had to wait was or will be made (monotonic seconds), or `None`.
        stopping: Whether it was told to stop.
    """

    # In the class, because a child that stops without ever having failed needs none of them.
    restarts: int = 0
    window_started: float | None = None
    in_a_row: int = 0
    restarts_at: float | None = None
    stopping: bool = False

    def __init__(self, ref: ActorRef[Any]) -> None:
        self.ref: ActorRef[Any] = ref

    def may_restart(self, limit: int | None, window_s: float | None, now: float) -> bool:
        """Count one restart and say whether it is allowed.

        Args:
            limit: Restarts allowed, in the window if there is one; `None` for any number (one per window with a window,
                S24).
            window_s: Length of the window in seconds; it opens at the first failure and is fixed, not sliding (S25).
            now: Monotonic seconds.
        """
        if limit is not None and limit < 1:
            return False
        if window_s is None:
            self.restarts += 1
            return limit is None or self.restarts <= limit
        if self.window_started is None or now - self.window_started > window_s:
            self.window_started, self.restarts = now, 1
            return True
        self.restarts += 1
        return self.restarts <= (1 if limit is None else limit)

    def next_backoff_s(self, backoff: Backoff | None, draw: float, now: float) -> float:
        """The delay of the restart that is being decided on, in seconds; counts it."""
        if backoff is None:
            return 0.0
        if self.restarts_at is not None and now - self.restarts_at > backoff.quiet_s:
            self.in_a_row = 0
        delay_s = backoff.delay_s(self.in_a_row, draw)
        self.restarts_at = now + delay_s
        self.in_a_row += 1
        return delay_s


@value
class Verdict:
    """What is to be done about a failure.

    Attributes:
        directive: What was decided in the end (a `RESTART` beyond the limit is a `STOP`).
        restart: Children to restart, the failed one first.
        stop: Children to stop.
        delay_s: Seconds to wait before the restart.
    """

    directive: Directive
    restart: tuple[ChildStats, ...] = ()
    stop: tuple[ChildStats, ...] = ()
    delay_s: float = 0.0


@dataclass(frozen=True)
class OneForOneStrategy:
    """Treats only the child that failed (S15).

    Attributes:
        max_nr_of_retries: Restarts allowed; `None` or negative for any number, 0 for none (S21-S23).
        within_time_range_s: Window in seconds for that number; `None` or infinite for the whole life.
        decider: A function of the exception, a mapping of classes (the most specific wins, S9), or a list of classes to
            restart on (S8). What it has no rule for is escalated (S7). By default `default_decider`.
        backoff: How long restarts wait; `None` for not at all.
        logging: Whether decisions are logged (S13).
    """

    max_nr_of_retries: int | None = None
    within_time_range_s: float | None = None
    decider: Decider = default_decider
    backoff: Backoff | None = None
    logging: bool = True
    _rules: Mapping[type[BaseException], Directive] | None = field(init=False, repr=False, default=None)

    def __post_init__(self) -> None:
        decider = self.decider
        if decider is None:
            object.__setattr__(self, "decider", default_decider)
        elif isinstance(decider, Mapping):
            object.__setattr__(self, "_rules", dict(decider))
        elif isinstance(decider, Iterable):
            object.__setattr__(self, "_rules", dict.fromkeys(decider, Directive.RESTART))
        elif not callable(decider):
            raise TypeError(f"decider must be a function, a mapping or a list of exception classes, not {decider!r}")
        rules: Mapping[Any, object] = self._rules or {}
        for cls, directive in rules.items():
            if not (isinstance(cls, type) and issubclass(cls, BaseException)):
                raise TypeError(f"a decider's rules are for exception classes, not {cls!r}")
            if not isinstance(directive, Directive):
                raise TypeError(f"a decider's rule for {cls.__qualname__} is a Directive, not {directive!r}")
        if self.max_nr_of_retries is not None and not isinstance(self.max_nr_of_retries, int):
            raise TypeError(f"max_nr_of_retries is a whole number, or None, not {self.max_nr_of_retries!r}")
        if self.backoff is not None and not isinstance(self.backoff, Backoff):
            raise TypeError(f"backoff is a Backoff, or None, not {self.backoff!r}")
        window_s = self.within_time_range_s
        if window_s is not None and not window_s >= 0:
            raise ValueError(f"within_time_range_s must be 0 or more seconds, not {window_s}")

    def decide(self, error: BaseException) -> Directive:
        """The directive for this exception, before the limit is looked at.

        Raises:
            BaseException: Whatever the user's decider raises (S11).
            TypeError: If it returns something else than a `Directive` or `None`.
        """
        if self._rules is not None:
            for cls in type(error).__mro__:
                if cls in self._rules:
                    return self._rules[cls]
            return Directive.ESCALATE
        directive = self.decider(error)  # type: ignore[operator, misc]
        if directive is None:
            return Directive.ESCALATE
        if not isinstance(directive, Directive):
            raise TypeError(f"the decider returned {directive!r} instead of a Directive")
        return directive

    def judge(
        self, failed: ChildStats, children: Iterable[ChildStats], error: BaseException, now: float, draw: float = 0.0
    ) -> Verdict:
        """Decide what happens to `failed` and its siblings.

        Args:
            failed: The child that failed.
            children: All children, `failed` included, in start order.
            error: Why it failed.
            now: Monotonic seconds.
            draw: Uniform in 0 to 1, for the backoff.

        Raises:
            BaseException: Whatever the user's decider raises.
        """
        directive = self.decide(error)
        if directive in (Directive.RESUME, Directive.ESCALATE):
            return Verdict(directive)
        affected = self._affected(failed, children)
        if directive is Directive.STOP:
            return Verdict(directive, stop=affected)
        limit, window_s = self._limits()
        # Every affected child is counted, also after one refusal: the counters must not depend on the order of
        # siblings.
        allowed = [child.may_restart(limit, window_s, now) for child in affected]
        if not all(allowed):
            return Verdict(Directive.STOP, stop=affected)
        return Verdict(directive, restart=affected, delay_s=failed.next_backoff_s(self.backoff, draw, now))

    def _affected(self, failed: ChildStats, children: Iterable[ChildStats]) -> tuple[ChildStats, ...]:
        return (failed,)

    def _limits(self) -> tuple[int | None, float | None]:
        limit, window_s = self.max_nr_of_retries, self.within_time_range_s
        return (
            None if limit is None or limit < 0 else limit,
            None if window_s is None or math.isinf(window_s) else window_s,
        )


@dataclass(frozen=True)
class AllForOneStrategy(OneForOneStrategy):
    """Treats all children when one fails: restart and stop are for all, resume only for the failed one (S16-S20)."""

    def _affected(self, failed: ChildStats, children: Iterable[ChildStats]) -> tuple[ChildStats, ...]:
        return (failed, *(child for child in children if child is not failed))


DEFAULT_STRATEGY = OneForOneStrategy()
STOPPING_STRATEGY = OneForOneStrategy(decider=stopping_decider)
