"""How many TaskManagers to start, and when: the judgement of the process provider. No I/O; time comes in as a number.

Its shell is `cluster.providers.process`. What was started and has not registered yet counts as there, until it is
overdue or has ended; after early ends the next start waits, longer each time, and after too many in a minute they are
tried one by one (`resourcemanager.start-worker.*`). After a change of leaders it waits a moment: the TaskManagers of
the former leader are about to register. Counterpart: Flink's `ActiveResourceManager`.
"""

from __future__ import annotations

import math
from collections import deque
from dataclasses import dataclass

FIRST_PAUSE_S = 0.2
"""After a TaskManager that ended before it registered; doubles with each, up to the retry interval."""
MINUTE_S = 60.0


@dataclass(frozen=True, slots=True)
class Decision:
    """What to do now.

    Attributes:
        start: How many to start.
        again_in_s: Ask again after so many seconds, `None` if only news can change anything.
    """

    start: int
    again_in_s: float | None


class Fleet:
    """The TaskManagers that were started and are not registered yet.

    Args:
        slots_each: Of one TaskManager.
        start_timeout_s: One that has not registered in this time is overdue.
        keep: How many there shall be in any case.
        grace_s: A new leader waits so long before it starts any, if there was a leader before.
        failures_per_min: So many may end in a minute before they register; beyond it they are tried one by one.
        retry_s: How long each of these tries is waited for, at the least.
    """

    def __init__(
        self,
        slots_each: int,
        start_timeout_s: float,
        keep: int = 0,
        grace_s: float = 1.0,
        failures_per_min: float = 10.0,
        retry_s: float = 3.0,
    ) -> None:
        self._slots_each = slots_each
        self._start_timeout_s = start_timeout_s
        self._keep = keep
        self._grace_s = grace_s
        self._epoch = 0
        self._missing_slots = 0
        self._registered = 0
        self._not_before = -math.inf
        self._pause_s = FIRST_PAUSE_S
        self._failures_per_min = failures_per_min
        self._retry_s = retry_s
        self._failed_at: deque[float] = deque(maxlen=math.floor(failures_per_min) + 1)
        self._starting: dict[str, float] = {}

    def require(self, now: float, epoch: int, missing_slots: int, registered: frozenset[str]) -> bool:
        """The leader's need; False if it is that of a former one."""
        if epoch < self._epoch:
            return False
        if epoch > self._epoch:
            self._epoch = epoch
            if epoch > 1:
                self._not_before = now + self._grace_s
        self._missing_slots = missing_slots
        self._registered = len(registered)
        if self._starting.keys() & registered:
            self._pause_s = FIRST_PAUSE_S
        for resource_id in registered:
            self._starting.pop(resource_id, None)
        return True

    def started(self, now: float, resource_id: str) -> None:
        """One is on its way."""
        self._starting[resource_id] = now

    def ended(self, now: float, resource_id: str) -> None:
        """One has ended. If it had not registered, the next start waits."""
        if self._starting.pop(resource_id, None) is not None:
            self._failed_at.append(now)
            pause_s = self._retry_s if self._is_storm(now) else self._pause_s
            self._not_before = max(self._not_before, now + pause_s)
            self._pause_s = max(min(self._pause_s * 2, self._retry_s), FIRST_PAUSE_S)

    def overdue(self, now: float) -> list[str]:
        """Those that take too long to register; to be ended."""
        return [one for one, since in self._starting.items() if now - since >= self._start_timeout_s]

    def decide(self, now: float) -> Decision:
        """How many to start now."""
        needed = math.ceil(self._missing_slots / self._slots_each)
        wanted = max(needed, self._keep - self._registered) - len(self._starting)
        times = [since + self._start_timeout_s for since in self._starting.values()]
        if wanted > 0 and self._is_storm(now):
            wanted = 0 if self._starting else 1
        if wanted > 0 and now < self._not_before:
            times.append(self._not_before)
            wanted = 0
        return Decision(max(wanted, 0), max(min(times) - now, 0.0) if times else None)

    def _is_storm(self, now: float) -> bool:
        """Whether too many have failed within the last minute."""
        recent = sum(now - at < MINUTE_S for at in self._failed_at)
        return recent > self._failures_per_min
