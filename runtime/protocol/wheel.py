"""When whose heartbeat is due: many peers spread over the interval, with one timer. Pure.

A thousand heartbeats at one moment would be late, and answered late, all together; a timer for each would be a thousand
timers. So the interval is cut into slots, each peer has one, and the wheel says which slot is next. The number of a
heartbeat counts whole turns since the beginning by the clock: after a stall of our own, missed ones are left out, not
made up for. The shell is `runtime.remote.pulse`.
"""

from __future__ import annotations

import math
from bisect import bisect_left, insort
from typing import Generic, TypeVar

T = TypeVar("T")

_SLOT_S = 0.01
_MOST_SLOTS = 25
"""A thousand nodes are forty in a slot: sent within 2 ms, and answered with few wake-ups of the loop."""
_STRIDE = 0.6180339887498949
"""Golden: wherever one stops, the slots so far are spread evenly."""


class Wheel(Generic[T]):
    """Peers on a wheel.

    Args:
        interval_s: Of one turn.
        start: When the first turn began.
    """

    def __init__(self, interval_s: float, start: float) -> None:
        count = max(1, min(_MOST_SLOTS, round(interval_s / _SLOT_S)))
        self._slots: list[dict[T, None]] = [{} for _ in range(count)]
        self._width_s = interval_s / count
        self._start = start
        self._added = 0
        self._next = 0  # counts slots since the start
        self._of: dict[T, int] = {}
        self._taken: list[int] = []  # slots in which somebody is, in order

    def __len__(self) -> int:
        return len(self._of)

    def __contains__(self, peer: T) -> bool:
        return peer in self._of

    def add(self, peer: T, now: float) -> int:
        """Give it a slot: the present one, unless that has more than its share.

        Returns:
            The number of a heartbeat that is sent at once; in the usual case it is in time for its slot.
        """
        count = len(self._slots)
        index = self._index(now)
        if not self._of:
            self._next = index + 1
        turn, slot = divmod(index, count)
        if len(self._slots[slot]) <= len(self._of) // count:
            number = turn + 1
        else:
            slot = int((slot / count + self._added * _STRIDE) % 1.0 * count)
            number = turn  # the next in its slot has a higher one
        self._added += 1
        if not self._slots[slot]:
            insort(self._taken, slot)
        self._slots[slot][peer] = None
        self._of[peer] = slot
        return number

    def remove(self, peer: T) -> None:
        """Take it off; no-op if it is not on."""
        slot = self._of.pop(peer, None)
        if slot is not None:
            del self._slots[slot][peer]
            if not self._slots[slot]:
                self._taken.remove(slot)

    def due(self, now: float) -> list[tuple[T, int]]:
        """Whose heartbeat is due, each with its number; what was missed by more than a turn is due once."""
        count = len(self._slots)
        end = self._index(now) + 1  # slots that have begun
        index = self._occupied(max(self._next, end - count))
        self._next = max(end, self._next)
        found = []
        while index is not None and index < end:
            turn, slot = divmod(index, count)
            found += [(peer, turn + 1) for peer in self._slots[slot]]
            index = self._occupied(index + 1)
        return found

    def next_at(self) -> float | None:
        """When the next occupied slot begins, so that it is due then; `None` if there is none.

        A clock that has run for days has coarse fractions: the moment is moved up to the first that counts as reached.
        """
        index = self._occupied(self._next)
        if index is None:
            return None
        at = self._start + index * self._width_s
        while self._index(at) < index:
            at = math.nextafter(at, math.inf)
        return at

    def _occupied(self, index: int) -> int | None:
        """The first slot from that one on in which somebody is; of few peers most slots are empty."""
        if not self._taken:
            return None
        turn, slot = divmod(index, len(self._slots))
        place = bisect_left(self._taken, slot)
        if place == len(self._taken):
            turn, place = turn + 1, 0
        return turn * len(self._slots) + self._taken[place]

    def _index(self, now: float) -> int:
        # With some tolerance: the beginning of a slot, computed from its number, belongs to it whatever is rounded.
        return max(0, math.floor((now - self._start) / self._width_s + 1e-4))
