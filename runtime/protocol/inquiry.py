"""`Inquiry`: the dials that ask who lives at an address whose connection is lost, or carries nothing. Pure.

A part of `verdict`, and of its standings `DOUBTED` and `ABSENT`. A few quick tries, each after twice the wait before;
then the detector decides, and whoever dials goes on at the pace of ordinary dials. Deliberately not here: what an
answer means, and what follows when none comes.
"""

from __future__ import annotations

from runtime.protocol.actions import Action, Redial, WakeAt
from runtime.protocol.standing import VerdictSettings


class Inquiry:
    """Who lives there?

    Args:
        settings: Of the verdict.

    Attributes:
        is_answered_beside: Whether the node answers on another way than by connections, so that a refused dial is the
            word of whatever stands between us.
        until: When the last dial will have come to nothing.
    """

    def __init__(self, settings: VerdictSettings) -> None:
        self.is_answered_beside = False
        self._settings = settings
        self._attempts = 0
        self._since = self._patience_s = self.until = 0.0
        self._why = ""

    def begin(self, why: str, now: float, *, is_answered_beside: bool = False) -> list[Action]:
        """There is no connection any more, for that reason: dial, and wake up if that goes on for too long.

        Args:
            why: For people.
            now: Monotonic seconds.
            is_answered_beside: See there.
        """
        self._ask(why, now, is_answered_beside=is_answered_beside)
        return [Redial(now, self._settings.redial_timeout_s), self.wake(now)]

    def begin_last(self, why: str, now: float, hope_s: float) -> list[Action]:
        """The node is convicted if this dial comes to nothing: it gets more time, and all in which it may answer."""
        self._ask(why, now)
        confirm_s = self._settings.confirm_s
        self.until = now + max(2 * confirm_s, hope_s)
        return [Redial(now, max(confirm_s, hope_s)), WakeAt(self.until)]

    def _ask(self, why: str, now: float, *, is_answered_beside: bool = False) -> None:
        self._attempts = 0
        self._since, self._why = now, why
        settings = self._settings
        # A dial whose first packet is lost takes a second longer.
        self._patience_s = settings.mute_unreached_s if is_answered_beside else settings.unreached_s
        self.is_answered_beside = is_answered_beside

    def again(self, now: float) -> list[Action]:
        """A dial came to nothing: the next one, or none if that was the last quick one."""
        self._attempts += 1
        if self._attempts >= self._settings.redial_attempts:
            return []
        wait_s: float = self._settings.redial_wait_s * 2**self._attempts
        return [Redial(now + wait_s, self._settings.redial_timeout_s)]

    def wake(self, now: float) -> WakeAt:
        """When there was no connection for too long, or at once."""
        return WakeAt(max(now, self._since + self._patience_s))

    def complaint(self, now: float) -> str:
        """For how long there is no connection, and why, for people."""
        return f"no connection for {now - self._since:.2f} s: {self._why}"
