"""When the next heartbeat is to be expected, from the last ones: the paper's EA. Pure.

For the detectors that judge lateness (`chen`, `two_window`, `bertier`). Deliberately not here: how late is too late.
Source: Chen, Toueg, Aguilera, "On the quality of service of failure detectors" (IEEE ToC 51(5), 2002), section 6.3.
"""

from __future__ import annotations

from runtime.protocol.detectors.window import MeanWindow


class Arrivals:
    """Heartbeats by their slots: number `s` is sent at about `s * interval_s` on some clock.

    What remains of an arrival without that is its offset: the difference of the clocks and the delay. The mean of the
    last offsets tells when the next slot's heartbeat is due.

    Heartbeats without a number are counted by time: a gap of about k intervals is k slots, so neither a lost heartbeat
    nor a pause of the sender, with the burst behind it, shifts what is expected afterwards. With numbers that is not
    guessed, and one that comes late, twice or out of order is told from a fresh one.

    Args:
        interval_s: Between two heartbeats (the paper's eta).
        sizes: Over how many arrivals each expectation is averaged; the latest expectation counts.
    """

    __slots__ = ("_first_number", "_interval_s", "_origin", "_slot", "_windows", "last")

    def __init__(self, interval_s: float, *sizes: int) -> None:
        self.last: float | None = None
        self._interval_s = interval_s
        self._windows = tuple(MeanWindow(size) for size in sizes)
        self._origin = 0.0
        self._slot = 0
        self._first_number: int | None = None

    def add(self, now: float, number: int | None = None) -> bool:
        """A heartbeat arrived. Returns whether it is fresh: sent after every other that has arrived."""
        if self.last is None:
            self._origin = self.last = now
            self._first_number = number
        elif number is not None and self._first_number is not None:
            slot = number - self._first_number
            if slot <= self._slot:
                return False
            self._slot = slot
        else:
            slots = round((now - self.last) / self._interval_s)
            self._slot += max(slots, 0)
            if slots <= 0:  # one of a burst: it says that the sender lives, and nothing about when the next is due
                self.last = max(self.last, now)
                return True
        if now > self.last:
            self.last = now
        offset_s = now - self._origin - self._slot * self._interval_s
        for window in self._windows:
            window.add(offset_s)
        return True

    def expected(self) -> float | None:
        """When the next one is expected, `None` before the first.

        Never earlier than the last arrival: a burst after a pause must not make the next one overdue already.
        """
        if self.last is None:
            return None
        offset_s = self._windows[0].mean_s
        for window in self._windows[1:]:
            offset_s = max(offset_s, window.mean_s)
        due = self._origin + offset_s + (self._slot + 1) * self._interval_s
        return max(due, self.last)
