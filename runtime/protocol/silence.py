"""`Silence`: what has come of a node's silence so far, until it convicts. Pure; a part of `verdict`.

A silence is marked, then looked at once more when the sockets were read, and then the node is dialled afresh. A
handshake ends it, whoever dialled, but only three times in a row: who shakes hands and answers no heartbeat is dead all
the same. Who was mute, and speaks again, may answer next, and has time for that, three times in a row, too.
Deliberately not here: how long a silence is (`detectors`), and what the dial says (`verdict`).
"""

from __future__ import annotations

from runtime.protocol.standing import VerdictSettings


class Silence:
    """How far the judgement of one node's silence has come.

    Args:
        settings: Of the verdict.

    Attributes:
        is_marked: Whether it was looked at once.
        last_dial: The evidence of the silence, while a last dial is under way; else `None`.
    """

    def __init__(self, settings: VerdictSettings) -> None:
        self.is_marked = False
        self.last_dial: str | None = None
        self._settings = settings
        self._handshakes = self._hopes = 0
        self._has_spoken = self._was_repeated = False
        self._excused_until = self._hoped_at = self._hope_until = float("-inf")

    @property
    def is_noticed(self) -> bool:
        """Whether there was any silence that an answer would end."""
        return self.is_marked or self._handshakes > 0 or self._hopes > 0 or self.last_dial is not None

    @property
    def may_be_saved(self) -> bool:
        """Whether a handshake still counts as a sign of life."""
        return self._handshakes < self._settings.confirmations

    def is_excused(self, now: float) -> bool:
        """Whether our own stall may be the reason."""
        return now < self._excused_until

    def excuse(self, lateness_s: float, now: float) -> None:
        """We were late ourselves, by so much."""
        self.spare()
        settings = self._settings
        self._excused_until = max(
            self._excused_until, now + max(settings.grace_s, min(lateness_s, settings.most_grace_s))
        )

    def spare(self) -> None:
        """No conviction is under way."""
        self.is_marked = self._has_spoken = self._was_repeated = False
        self.last_dial = None

    def end(self) -> None:
        """A heartbeat was answered, or another incarnation is meant from now on."""
        self._handshakes = self._hopes = 0
        self.spare()

    def shaken_hands(self, *, was_told: bool) -> bool:
        """The node has shaken hands. Returns whether its silence counts from now on only.

        Args:
            was_told: Whether the node was suspected for its silence.
        """
        if not self.may_be_saved:
            return False
        if was_told or self.is_marked or self.last_dial is not None:
            self._handshakes += 1
        self.spare()
        return True

    def dial(self, why: str) -> None:
        """The last dial begins."""
        self.last_dial, self._has_spoken = why, False

    def was_late(self, now: float, until: float) -> bool:
        """Whether we stood still ourselves while the last dial was under way; then that excuses the node.

        Args:
            now: When the dial has come to nothing.
            until: When it should have, at the latest.
        """
        lateness_s = now - max(until, self._hope_until)
        is_late = lateness_s > self._settings.grace_s
        if is_late:
            self.excuse(lateness_s, now)
        return is_late

    def spoke(self, now: float, *, was_mute: bool) -> None:
        """Something came from the node, by itself.

        Args:
            now: Monotonic seconds.
            was_mute: Whether nothing had, for long: then the way from there was closed and is open, so that an answer
                may come. Who always speaks and never answers does not hear us, and nothing is to be hoped for.
        """
        self._has_spoken = True
        if was_mute and self._hopes < self._settings.confirmations:
            self._hopes += 1
            self._hoped_at = self._hope_until = now
        if now <= self._hope_until:
            self._hope_until = min(now, self._hoped_at + self._settings.answer_s) + self._settings.answer_s

    def hope_s(self, now: float) -> float:
        """For how long an answer may still come of what was said, 0 or more."""
        return max(0.0, self._hope_until - now)

    def dial_again(self) -> bool:
        """The last dial has come to nothing. Returns whether it was too early: one way, at least, is open again."""
        is_due = self._has_spoken and not self._was_repeated
        self._was_repeated = is_due
        return is_due

    def check(self) -> None:
        """Assert what must always hold.

        Raises:
            AssertionError: If the state contradicts itself.
        """
        if max(self._handshakes, self._hopes) > self._settings.confirmations:
            raise AssertionError(f"saved by {self._handshakes} handshakes and {self._hopes} words")
        if (self.last_dial is not None and not self.is_marked) or (self._was_repeated and self.last_dial is None):
            raise AssertionError(f"marked: {self.is_marked}, last dial: {self.last_dial}, again: {self._was_repeated}")
        if self._hope_until < self._hoped_at:
            raise AssertionError(f"hope since {self._hoped_at} until {self._hope_until}")
