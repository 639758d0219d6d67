"""How many TaskManagers to start, and when: the judgement of the process provider. No I/O; time comes in as a number.

Its shell is `cluster.providers.process`. As many are started as jobs miss slots, and one in the place of each that has
died, also while the others have slots to spare. What was started and has not registered yet counts as there, until it
is overdue or has ended; after early ends the next start waits, longer each time, and after too many in a minute they
are tried one by one (`resourcemanager.start-worker.*`). After a change of leaders it waits a moment: the TaskManagers
of the former leader are about to register. Counterpart: Flink's `ActiveResourceManager`. Deliberately not here: who
has a place (`cluster.providers.places`).
"""

from __future__ import annotations

import math
from collections import deque
from dataclasses import dataclass

from cluster.providers.places import Places

FIRST_PAUSE_S = 0.2
"""After a TaskManager that ended before it registered; doubles with each, up to the retry interval."""
MINUTE_S = 60.0


@dataclass(frozen=True, slots=True)
class Decision:
    """What to do now.

    Attributes:
        start: How many to start.
        again_at: Ask again then, in monotonic seconds; `None` if only news can change anything.
    """

    start: int
    again_at: float | None


class Fleet:
    """The TaskManagers that were started and are not registered yet, and the places of those that are.

    Args:
        slots_each: Of one TaskManager.
        start_timeout_s: One that has not registered in this time is overdue.
        keep: How many there shall be in any case.
        grace_s: A new leader waits so long before it starts any, if there was a leader before.
        failures_per_min: So many may fail in a minute, before they register or in the minute after they were started;
            beyond it they are tried one by one.
        retry_s: How long each of these tries is waited for, at the least.

    Attributes:
        epoch: Of the leader whose need it is; 0 before the first.
        stands_down: Whether that one leads no more.
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
        self.epoch = 0
        self._missing_slots = 0
        self._registered = 0
        self._places = Places()
        self.stands_down = False
        self._not_before = -math.inf
        self._pause_s = FIRST_PAUSE_S
        self._failures_per_min = failures_per_min
        self._retry_s = retry_s
        self._failed_at: deque[float] = deque(maxlen=math.floor(failures_per_min) + 1)
        self._early_ends = 0
        self._last_end = ""
        self._starting: dict[str, float] = {}
        self._ours: dict[str, float] = {}

    def require(self, now: float, epoch: int, missing_slots: int, registered: frozenset[str]) -> bool:
        """The leader's need; False if it is that of a former one."""
        if epoch < self.epoch:
            return False
        if epoch > self.epoch:
            self.epoch = epoch
            self._places, self.stands_down = Places(), False
            if epoch > 1:
                self._not_before = now + self._grace_s
        self._places.registered(registered, self._starting, wanted=self._missing_slots > 0)
        self._missing_slots = missing_slots
        self._registered = len(registered)
        if self._starting.keys() & registered:
            self._pause_s, self._early_ends = FIRST_PAUSE_S, 0
        self._ours = {one: since for one, since in (self._ours | self._starting).items() if one in registered}
        for resource_id in self._ours:
            self._starting.pop(resource_id, None)
        return True

    def stand_down(self, epoch: int) -> None:
        """The leader leads no more: nothing is needed until another one says so.

        Whoever is on its way is taken by the next leader, and is no concern of ours any more.
        """
        if epoch == self.epoch:
            self.stands_down = True
            self._starting.clear()

    def lost(self, now: float, epoch: int, resource_id: str) -> None:
        """One that was registered has died: its place is open. A former leader's word changes nothing."""
        if epoch < self.epoch:
            return
        started_at = self._ours.pop(resource_id, None)
        self._places.lost(resource_id, ours=started_at is not None)
        if started_at is not None and now - started_at < MINUTE_S:
            self._failed_at.append(now)
            self._last_end = "it died soon after it had registered"
            if self._is_storm(now):
                self._not_before = max(self._not_before, now + self._retry_s)

    def started(self, now: float, resource_id: str) -> None:
        """One is on its way."""
        self._starting[resource_id] = now

    def ended(self, now: float, resource_id: str, how: str = "") -> bool:
        """One has ended. If it had not registered, the next start waits. Returns whether that is so.

        Args:
            now: Monotonic seconds.
            resource_id: Of it.
            how: For people.
        """
        if self._starting.pop(resource_id, None) is None:
            return False
        self._failed_at.append(now)
        self._early_ends += 1
        self._last_end = how
        pause_s = self._retry_s if self._is_storm(now) else self._pause_s
        self._not_before = max(self._not_before, now + pause_s)
        self._pause_s = max(min(self._pause_s * 2, self._retry_s), FIRST_PAUSE_S)
        return True

    def overdue(self, now: float) -> list[str]:
        """Those that take too long to register; to be ended.

        Who comes late to ask has stood still. Then another may lead by now, who has taken them: it is about to hear so.
        """
        due = [one for one, since in self._starting.items() if now >= since + self._start_timeout_s]
        late = [one for one in due if now >= self._starting[one] + self._start_timeout_s + self._grace_s]
        self._starting |= dict.fromkeys(late, now + self._grace_s - self._start_timeout_s)
        return [one for one in due if one not in late]

    def decide(self, now: float) -> Decision:
        """How many to start now."""
        wanted = self._needed() - len(self._starting)
        times = [since + self._start_timeout_s for since in self._starting.values()]
        if wanted > 0 and self._is_storm(now):
            wanted = 0 if self._starting else 1
        if wanted > 0 and now < self._not_before:
            times.append(self._not_before)
            wanted = 0
        return Decision(max(wanted, 0), min(times) if times else None)

    def trouble(self, now: float) -> str:
        """Why TaskManagers that are wanted are not there yet, for people; empty if nothing is wrong."""
        if self._needed() <= 0:
            return ""
        if self._early_ends:
            many = f"{self._early_ends} TaskManagers in a row have ended before they registered"
            one = "the TaskManager that was started has ended before it registered"
            said = f"{many if self._early_ends > 1 else one}: {self._last_end or 'it is not known why'}"
        elif self._is_storm(now):
            said = f"more than {self._failures_per_min:g} TaskManagers have failed within a minute: {self._last_end}"
        else:
            return ""
        wait_s = self._not_before - now
        return f"{said}; the next one is started in {wait_s:.1f} s" if wait_s > 0 and not self._starting else said

    def _needed(self) -> int:
        """How many there should be beyond those that are registered."""
        if self.stands_down:
            return 0
        needed = math.ceil(self._missing_slots / self._slots_each)
        return max(needed, self._keep - self._registered, self._places.open)

    def _is_storm(self, now: float) -> bool:
        """Whether too many have failed within the last minute."""
        recent = sum(now - at < MINUTE_S for at in self._failed_at)
        return recent > self._failures_per_min
