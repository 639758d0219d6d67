"""`Blockage`: whether a connection carries nothing, though the machine at its other end can be reached. Pure.

A middlebox may forget one of several connections to a peer. The kernel sends what is not acknowledged again for a
quarter of an hour, and cannot tell that from a cut, after which everything arrives. Another connection to the same
machine can: if what was sent again *after* that one had been answered is not acknowledged either, it is the connection.
The shell is `runtime.remote.upkeep`. Deliberately not here: the kernel's times (`runtime.transport.kernel`).
"""

from __future__ import annotations

import enum


class Step(enum.Enum):
    """What to do after a look."""

    REST = enum.auto()
    """Nothing: the connection works, or nobody has written anything."""
    ASK = enum.auto()
    """Ask something on the other connection, and look again soon."""
    DIAL = enum.auto()
    """Dial for another connection in place of this one, and look again soon."""


class Blockage:
    """What is known of one connection that may be blocked.

    Args:
        suspect_s: From how many seconds without an acknowledgement on it is looked at.
    """

    def __init__(self, suspect_s: float) -> None:
        self._suspect_s = suspect_s
        self._is_looked_at = False
        self._reached_s: float | None = None  # of the silence, when the machine was known to be within reach

    def look(self, unacknowledged_s: float, *, is_answered: bool) -> Step:
        """Judge.

        Args:
            unacknowledged_s: For how long nothing was acknowledged, as of when it was last sent again.
            is_answered: Whether something was answered on the other connection since the last look.
        """
        if unacknowledged_s < self._suspect_s:
            self._is_looked_at, self._reached_s = False, None
            return Step.REST
        was_looked_at, self._is_looked_at = self._is_looked_at, True
        if not is_answered or not was_looked_at:
            self._reached_s = None  # perhaps all is cut, and then what is sent again meanwhile shows nothing
        elif self._reached_s is None:
            self._reached_s = unacknowledged_s
        elif unacknowledged_s > self._reached_s:
            return Step.DIAL
        return Step.ASK
