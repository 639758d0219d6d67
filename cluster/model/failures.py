"""Why a job failed, lately: the failures that people are shown. Pure; bounded (`attempts-history-size`).

Deliberately not here: what follows from a failure, which the restart strategy and `cluster.model.execution` decide.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Failure:
    """One failure.

    Attributes:
        at: Monotonic seconds.
        reason: For people.
        task_ids: Tasks that failed by it; empty for a failure of the job as a whole.
        task_manager: Where, or empty.
        recoverable: Whether running again may help.
    """

    at: float
    reason: str
    task_ids: tuple[str, ...] = ()
    task_manager: str = ""
    recoverable: bool = True

    @property
    def headline(self) -> str:
        """The last line of the reason: of a traceback, the error itself."""
        return self.reason.rstrip().rpartition("\n")[2]


class FailureHistory:
    """The newest failures of a job."""

    __slots__ = ("_failures", "count")

    def __init__(self, kept: int = 16) -> None:
        self._failures: deque[Failure] = deque(maxlen=kept)
        self.count = 0

    def add(self, failure: Failure) -> None:
        """Remember one; the oldest makes room."""
        self._failures.append(failure)
        self.count += 1

    @property
    def root(self) -> Failure | None:
        """The newest one, which people are shown first."""
        return self._failures[-1] if self._failures else None

    def newest_first(self) -> list[Failure]:
        """Those that are remembered."""
        return list(reversed(self._failures))

    @property
    def truncated(self) -> bool:
        """Whether some are no longer remembered."""
        return self.count > len(self._failures)
