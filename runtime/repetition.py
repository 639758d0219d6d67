"""What to do about the thousandth line of the same kind in a log: the first few, then silence, then the count. Pure.

Used for dead letters, failures and blocked loops by those who log them. Akka counterpart: the dead-letter listener's
suspension (A10). Deliberately not here: the log.
"""

from __future__ import annotations

from collections.abc import Hashable

from actors.values import value


@value
class Line:
    """One line may be logged.

    Attributes:
        skipped: How many were not, just before it.
        is_last: Whether silence falls after it.
    """

    skipped: int
    is_last: bool


class Repetition:
    """Lines of one kind.

    Args:
        first: How many are logged before silence falls; 0 for none, ever.
        silence_s: How long it lasts, in seconds; counting begins again afterwards.

    Attributes:
        skipped: How many were not logged since the last one that was.
    """

    __slots__ = ("_first", "_logged", "_silence_s", "_silent_until", "skipped")

    def __init__(self, first: int, silence_s: float) -> None:
        self._first = first
        self._silence_s = silence_s
        self._logged = 0
        self._silent_until: float | None = None
        self.skipped: int = 0

    def next(self, now: float) -> Line | None:
        """One more. Returns how to log it, `None` for not at all."""
        if self._silent_until is not None and now >= self._silent_until:
            self._silent_until, self._logged = None, 0
        if self._silent_until is not None or self._first <= 0:
            self.skipped += 1
            return None
        self._logged += 1
        is_last = self._logged >= self._first
        if is_last:
            self._silent_until = now + self._silence_s
        line, self.skipped = Line(self.skipped, is_last), 0
        return line


class Repetitions:
    """Lines of many kinds, each counted for itself.

    Args:
        first: As for `Repetition`.
        silence_s: As for `Repetition`.
        kinds: How many kinds are remembered; beyond it the one that was new longest ago is forgotten.
    """

    def __init__(self, first: int, silence_s: float, kinds: int = 1000) -> None:
        self._first = first
        self._silence_s = silence_s
        self._kinds = kinds
        self._of: dict[Hashable, Repetition] = {}

    def next(self, kind: Hashable, now: float) -> Line | None:
        """One more of a kind. Returns how to log it, `None` for not at all."""
        known = self._of.get(kind)
        if known is None:
            if len(self._of) >= self._kinds:
                del self._of[next(iter(self._of))]
            known = self._of[kind] = Repetition(self._first, self._silence_s)
        return known.next(now)

    @property
    def skipped(self) -> int:
        """How many lines of the remembered kinds were not logged since the last one of their kind that was."""
        return sum(repetition.skipped for repetition in self._of.values())


def as_fields(line: Line) -> dict[str, object]:
    """What to say about the lines that were left out, and will be, as values of the line that is logged."""
    fields: dict[str, object] = {}
    if line.skipped:
        fields["skipped"] = line.skipped
    if line.is_last:
        fields["silence"] = "further ones are not logged for a while"
    return fields
