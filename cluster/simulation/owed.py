"""`Owed`: what a restart strategy owes after each failure, worked out anew from its settings. Pure; used by `promises`.

Beside the judges of the product (`cluster.model.restart_judges`), from the times of all failures that counted, none of
which is forgotten. Deliberately not here: which failures count.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import TypeAlias

from cluster.model.restart import ExponentialDelay, FailureRate, FixedDelay, RestartStrategy

Delay: TypeAlias = tuple[float, float] | None
"""Of a restart: the least and the most; `None` if the job has to fail."""
CLOSE_S = 1e-6


@dataclass(slots=True)
class Owed:
    """That of one job under one leader.

    Attributes:
        strategy: The job's.
        times: Of the failures that counted.
        streak: Where delays grow: how many of them since it was quiet.
        due: Likewise: when the last restart was to be made, at the earliest and at the latest.
    """

    strategy: RestartStrategy
    times: list[float] = field(default_factory=list)
    streak: int = 0
    due: tuple[float, float] = (-math.inf, -math.inf)

    def after(self, now: float) -> Delay:
        """A failure that counts."""
        match self.strategy:
            case FixedDelay(attempts, delay_s):
                self.times.append(now)
                return (delay_s, delay_s) if len(self.times) <= attempts else None
            case FailureRate(most, within_s, delay_s):
                self.times.append(now)
                lately = [at for at in self.times if now - at <= within_s]
                return (delay_s, delay_s) if len(lately) <= most else None
            case ExponentialDelay():
                return self._growing(self.strategy, now)
            case _:
                return None

    def _growing(self, strategy: ExponentialDelay, now: float) -> Delay:
        if now <= self.due[0]:  # it joins the restart that is to be made
            return self.due[0] - now, self.due[1] - now
        if now - self.due[0] >= strategy.reset_backoff_threshold_s:
            self.streak = 0
        grown_s = strategy.initial_backoff_s * strategy.backoff_multiplier**self.streak
        least, most = (
            min(max(grown_s * (1 + sign * strategy.jitter_factor), strategy.initial_backoff_s), strategy.max_backoff_s)
            for sign in (-1, 1)
        )
        self.streak += 1
        self.due = (now + least, now + most)
        limit = strategy.attempts_before_reset_backoff
        return (least, most) if limit is None or self.streak <= limit else None

    def scheduled(self, now: float, delay_s: float) -> None:
        """The restart that was owed is to be made then: within what was allowed it is chance."""
        if isinstance(self.strategy, ExponentialDelay):
            self.due = (now + delay_s, now + delay_s)


def keeps(owed: Delay, delay_s: float) -> bool:
    """Whether a restart is what was owed."""
    return owed is not None and owed[0] - CLOSE_S <= delay_s <= owed[1] + CLOSE_S
