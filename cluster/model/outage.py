"""Losses of TaskManagers that are one outage: a machine with several, a rack, a network. Pure.

They come one after the other, and tasks that the first one sent to the next may be lost again before they run. All this
counts as one failure, so that an outage does not spend a job's attempts; but not for ever, for a job may itself be what
kills TaskManagers. Used by `cluster.model.execution`. Differs from Flink, where each loss counts (`flink-ha` 4.6).
"""

from __future__ import annotations

import math
from collections.abc import Callable

from cluster.model.restart_judges import Restart, Verdict

LASTS_S = 10.0
"""Losses so long after the one that counted are another outage, whether all tasks ran in between or not."""


class Outage:
    """The outage that a job is in, if any."""

    __slots__ = ("_delay_s", "_ends_at")

    def __init__(self) -> None:
        self._ends_at = -math.inf
        self._delay_s = 0.0

    def ended(self) -> None:
        """All tasks run again."""
        self._ends_at = -math.inf

    def loss(self, now: float, judge: Callable[[], Verdict]) -> Verdict:
        """A TaskManager is lost: what follows. `judge` is asked only for a loss that counts."""
        if now < self._ends_at:
            return Restart(self._delay_s, merged=True)
        verdict = judge()
        if isinstance(verdict, Restart):
            self._ends_at, self._delay_s = now + LASTS_S, verdict.delay_s
        return verdict
