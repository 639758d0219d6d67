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


class Knowledge(enum.Enum):
    """What the looks so far have shown."""

    NOTHING = enum.auto()
    """All is acknowledged, as far as is known."""
    SUSPECTED = enum.auto()
    """Something is not acknowledged for long, and the other connection is asked since the last look."""
    REACHED = enum.auto()
    """The other connection was answered since then: the machine is within reach."""


class Seen(enum.Enum):
    """What a look finds."""

    ACKNOWLEDGED = enum.auto()
    """All is acknowledged, or it is not for long that something is not."""
    MUTE = enum.auto()
    """The other connection was not answered either: perhaps all is cut, and then what is sent again shows nothing."""
    ANSWERED = enum.auto()
    """The other connection was answered."""
    IN_VAIN = enum.auto()
    """It was, and since the machine is known to be within reach something was sent again on this one."""


TABLE: dict[tuple[Knowledge, Seen], tuple[Step, Knowledge]] = {
    (Knowledge.NOTHING, Seen.ACKNOWLEDGED): (Step.REST, Knowledge.NOTHING),
    (Knowledge.NOTHING, Seen.MUTE): (Step.ASK, Knowledge.SUSPECTED),
    (Knowledge.NOTHING, Seen.ANSWERED): (Step.ASK, Knowledge.SUSPECTED),  # before anybody has asked
    (Knowledge.SUSPECTED, Seen.ACKNOWLEDGED): (Step.REST, Knowledge.NOTHING),
    (Knowledge.SUSPECTED, Seen.MUTE): (Step.ASK, Knowledge.SUSPECTED),
    (Knowledge.SUSPECTED, Seen.ANSWERED): (Step.ASK, Knowledge.REACHED),
    (Knowledge.REACHED, Seen.ACKNOWLEDGED): (Step.REST, Knowledge.NOTHING),
    (Knowledge.REACHED, Seen.MUTE): (Step.ASK, Knowledge.SUSPECTED),
    (Knowledge.REACHED, Seen.ANSWERED): (Step.ASK, Knowledge.REACHED),
    (Knowledge.REACHED, Seen.IN_VAIN): (Step.DIAL, Knowledge.REACHED),
}
"""What to do, and what is known then. `IN_VAIN` is seen of who is within reach only."""


class Blockage:
    """What is known of one connection that may be blocked.

    Args:
        suspect_s: From how many seconds without an acknowledgement on it is looked at.

    Attributes:
        knowledge: What the looks so far have shown.
    """

    def __init__(self, suspect_s: float) -> None:
        self.knowledge = Knowledge.NOTHING
        self._suspect_s = suspect_s
        self._reached_s = 0.0  # of the silence, when the machine was found to be within reach

    def look(self, unacknowledged_s: float, *, is_answered: bool) -> Step:
        """Judge.

        Args:
            unacknowledged_s: For how long nothing was acknowledged, as of when it was last sent again.
            is_answered: Whether something was answered on the other connection since the last look.
        """
        before, seen = self.knowledge, self._seen(unacknowledged_s, is_answered=is_answered)
        step, self.knowledge = TABLE[before, seen]
        if self.knowledge is not before:
            self._reached_s = unacknowledged_s if self.knowledge is Knowledge.REACHED else 0.0
        return step

    def check(self) -> None:
        """Assert what must always hold.

        Raises:
            AssertionError: If the state contradicts itself.
        """
        is_reached = self.knowledge is Knowledge.REACHED
        if is_reached != (self._reached_s > 0.0) or (is_reached and self._reached_s < self._suspect_s):
            raise AssertionError(f"{self.knowledge} after {self._reached_s} s of silence")

    def _seen(self, unacknowledged_s: float, *, is_answered: bool) -> Seen:
        if unacknowledged_s < self._suspect_s:
            return Seen.ACKNOWLEDGED
        if not is_answered:
            return Seen.MUTE
        is_reached = self.knowledge is Knowledge.REACHED
        return Seen.IN_VAIN if is_reached and unacknowledged_s > self._reached_s else Seen.ANSWERED
