"""May this job restart, and when? The counters of each restart strategy, by the rules of Flink. Pure.

A judge is asked once for each failure that counts, and records the failure before it answers. Whether a failure counts
at all (non-recoverable, stale attempt, several tasks of one lost TaskManager) is decided by `cluster.model.execution`.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections import deque
from dataclasses import dataclass
from typing import TypeAlias


@dataclass(frozen=True, slots=True)
class Restart:
    """Run the affected tasks again.

    Attributes:
        delay_s: Seconds to wait first, 0 or more.
        merged: This failure joins a restart that is pending already, and is no attempt of its own.
    """

    delay_s: float
    merged: bool = False


@dataclass(frozen=True, slots=True)
class GiveUp:
    """The job fails for good.

    Attributes:
        reason: For people: begins with "Recovery is suppressed by", and names the strategy and its parameters.
    """

    reason: str


Verdict: TypeAlias = Restart | GiveUp


class RestartJudge(ABC):
    """The counters of one job under one leader."""

    __slots__ = ()

    @abstractmethod
    def on_failure(self, now: float, jitter: float) -> Verdict:
        """Record a failure and say what follows.

        Args:
            now: Monotonic seconds.
            jitter: A random number from -1 to 1, for the strategy that spreads its restarts.
        """

    def restarts_besides(self, at: float) -> None:  # noqa: B027 - for most it does not matter
        """A failure that did not count is followed by a restart at that time: of meaning where it matters when it was.

        Args:
            at: Monotonic seconds.
        """


class NoRestartJudge(RestartJudge):
    """Never."""

    __slots__ = ()

    def on_failure(self, now: float, jitter: float) -> Verdict:
        """See `RestartJudge`."""
        return GiveUp("Recovery is suppressed by NoRestart")


class FixedDelayJudge(RestartJudge):
    """Counts up, never down: failure number c restarts while c <= attempts."""

    __slots__ = ("_attempts", "_count", "_delay_s")

    def __init__(self, attempts: int, delay_s: float) -> None:
        self._attempts = attempts
        self._delay_s = delay_s
        self._count = 0

    def on_failure(self, now: float, jitter: float) -> Verdict:
        """See `RestartJudge`."""
        self._count += 1
        if self._count <= self._attempts:
            return Restart(self._delay_s)
        return GiveUp(f"Recovery is suppressed by FixedDelay(attempts={self._attempts}, delay_s={self._delay_s:g})")


class FailureRateJudge(RestartJudge):
    """Keeps the newest N+1 times of failure; gives up when they fit into the interval, both ends inclusive."""

    __slots__ = ("_delay_s", "_interval_s", "_max_failures", "_times")

    def __init__(self, max_failures_per_interval: int, failure_rate_interval_s: float, delay_s: float) -> None:
        self._max_failures = max_failures_per_interval
        self._interval_s = failure_rate_interval_s
        self._delay_s = delay_s
        self._times: deque[float] = deque(maxlen=max_failures_per_interval + 1)

    def on_failure(self, now: float, jitter: float) -> Verdict:
        """See `RestartJudge`."""
        self._times.append(now)
        if len(self._times) <= self._max_failures or self._times[-1] - self._times[0] > self._interval_s:
            return Restart(self._delay_s)
        return GiveUp(
            f"Recovery is suppressed by FailureRate(max_failures_per_interval={self._max_failures}, "
            f"failure_rate_interval_s={self._interval_s:g}, delay_s={self._delay_s:g})"
        )


class ExponentialDelayJudge(RestartJudge):
    """Waits longer each time. Failures that come before the pending restart are merged with it."""

    __slots__ = ("_attempt", "_factor", "_initial_s", "_jitter_factor", "_limit", "_max_s", "_next_restart", "_reset_s")

    def __init__(
        self,
        *,
        initial_backoff_s: float,
        max_backoff_s: float,
        backoff_multiplier: float,
        reset_backoff_threshold_s: float,
        jitter_factor: float,
        attempts_before_reset_backoff: int | None,
    ) -> None:
        self._initial_s = initial_backoff_s
        self._max_s = max_backoff_s
        self._factor = backoff_multiplier
        self._reset_s = reset_backoff_threshold_s
        self._jitter_factor = jitter_factor
        self._limit = attempts_before_reset_backoff
        self._attempt = 0
        self._next_restart = float("-inf")

    def on_failure(self, now: float, jitter: float) -> Verdict:
        """See `RestartJudge`. The quiet time is measured from the restart, not from when the job ran again."""
        if now <= self._next_restart:
            return Restart(self._next_restart - now, merged=True)
        if now - self._next_restart >= self._reset_s:
            self._attempt = 0
        delay_s = self._delay_s(jitter)
        self._next_restart = now + delay_s
        self._attempt += 1
        if self._limit is None or self._attempt <= self._limit:
            return Restart(delay_s)
        return GiveUp(
            f"Recovery is suppressed by ExponentialDelay(initial_backoff_s={self._initial_s:g}, "
            f"max_backoff_s={self._max_s:g}, backoff_multiplier={self._factor:g}, "
            f"reset_backoff_threshold_s={self._reset_s:g}, jitter_factor={self._jitter_factor:g}, "
            f"attempts_before_reset_backoff={self._limit})"
        )

    def restarts_besides(self, at: float) -> None:
        """See `RestartJudge`: until then failures join that restart, and the quiet time begins with it."""
        self._next_restart = max(self._next_restart, at)

    def _delay_s(self, jitter: float) -> float:
        try:
            backoff_s = self._initial_s * self._factor**self._attempt
        except OverflowError:
            return self._max_s
        return min(max(backoff_s * (1 + jitter * self._jitter_factor), self._initial_s), self._max_s)
