"""`Alarms`: timers, receive timeouts, and what is awaited beside the mailbox: A1 to A5, S38. Pure.

Deliberately not here: setting them.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable

from runtime.sim.campaign import Record
from runtime.sim.families.truth import Member

EARLY_S = 1e-6
WAITS_S = 6.0
"""A message may wait for so long in a mailbox, where handlers wait and whoever has failed is judged."""


class Alarms:
    """Judges what comes by itself.

    Args:
        record: Is told, and raises.
        now: World seconds.
    """

    def __init__(self, record: Record, now: Callable[[], float]) -> None:
        self._record = record
        self._now = now
        self._numbers = itertools.count(1)

    def number(self) -> int:
        """Of the next."""
        return next(self._numbers)

    def begins(self, member: Member, key: str, number: int, delay_s: float, interval_s: float | None) -> None:
        """A timer begins, in the place of one with the same key."""
        if key in member.timers:
            self._record.sometimes("a timer was replaced")
        member.timers[key] = (number, self._now() + delay_s, interval_s, self._now() + delay_s)

    def ends(self, member: Member, key: str) -> None:
        """A timer is cancelled."""
        if member.timers.pop(key, None) is not None:
            self._record.sometimes("a timer was cancelled")

    def ticks(self, member: Member, number: int) -> None:
        """What a timer sends is handled: A1, A2."""
        key, found = next(((key, one) for key, one in member.timers.items() if one[0] == number), ("", None))
        self._record.require(found is not None, "A1", f"{member} hears of timer {number}, which does not stand")
        if found is None:
            return
        _, due, interval_s, _ = found
        self._record.require(self._now() >= due - EARLY_S, "A1", f"timer {number} of {member} is too early")
        self._record.sometimes("a timer" if interval_s is None else "a periodic timer")
        if interval_s is None:
            del member.timers[key]
        else:
            member.timers[key] = number, due + interval_s, interval_s, self._now()

    def quiet(self, member: Member, timeout_s: float | None) -> None:
        """A receive timeout is set, or ended."""
        if member.quiet is not None:
            member.quiet_before = member.quiet[0], self._now()
        member.quiet = None if timeout_s is None else (timeout_s, self._now())

    def touched(self, member: Member) -> None:
        """A message was handled."""
        if member.quiet is not None:
            member.quiet = member.quiet[0], self._now()

    def timed_out(self, member: Member, timeout_s: float) -> None:
        """A `ReceiveTimeout` is handled: A4."""
        require, quiet = self._record.require, member.quiet
        if (quiet is None or timeout_s != quiet[0]) and timeout_s == member.quiet_before[0]:
            waited_s = self._now() - member.quiet_before[1]
            require(waited_s < WAITS_S, "A4", f"{member} gets a ReceiveTimeout {waited_s:.1f} s after it was ended")
            return
        require(quiet is not None, "A4", f"{member} gets a ReceiveTimeout, and has none set")
        self._record.sometimes("a receive timeout")
        if quiet is not None:
            require(timeout_s == quiet[0], "A4", f"{member} gets a ReceiveTimeout of {timeout_s} s, not {quiet[0]} s")
            quiet_s = self._now() - quiet[1]
            text = f"{member} gets a ReceiveTimeout of {timeout_s} s after {quiet_s:.3f} s"
            has_waited = member.life.disturbed_at > quiet[1] - WAITS_S  # behind what had come to a frozen process
            require(quiet_s >= timeout_s - EARLY_S or quiet_s == 0 or has_waited, "A4", text)

    def pipes(self, member: Member, number: int, at_most_s: float) -> None:
        """Something is awaited beside the mailbox."""
        member.piped[number] = self._now() + at_most_s

    def piped(self, member: Member, number: int) -> None:
        """Its outcome is handled."""
        is_due = member.piped.pop(number, None) is not None or number in member.sent
        member.sent.discard(number)
        self._record.require(is_due, "S38", f"{member} hears of {number}, which it does not await any more")
        self._record.sometimes("something awaited has come")
