"""How often the cleaning up behind an ended job is tried again, and when: `cleanup-strategy.*`. Pure.

Its shell is `cluster.leader.job_cleaner`. Deliberately not here: what is cleaned up, and in which order.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class CleanupRetry:
    """When to try again. After Flink's `CleanupRetryStrategyFactory`.

    Attributes:
        initial_s: Before the first repetition; doubles each time up to `max_s`.
        max_s: Longest wait; equal to `initial_s` for a fixed delay.
        attempts: Repetitions allowed; `None` means any number, 0 none.
    """

    initial_s: float = 1.0
    max_s: float = 3600.0
    attempts: int | None = None

    def wait_s(self, failures: int) -> float | None:
        """Seconds to wait after so many failures in a row, 1 or more; `None` if nothing is tried any more."""
        if self.attempts is not None and failures > self.attempts:
            return None
        return min(self.initial_s * 2.0 ** min(failures - 1, 64), self.max_s)
