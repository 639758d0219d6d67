"""`Unanswered`: I16, nobody stays on a connection on which it was not answered in time. Pure.

A member that has lost the others may answer pings and reads for long while each write waits for nothing: who stays with
it fails at all that it writes, and leads no more when its time is over, though another member would have answered.
Deliberately not here: that whoever asks is told in time (`answers`).
"""

from __future__ import annotations

from runtime.sim.campaign import Record

LOOKS_S = 0.5
"""Until a client has surely looked at its clock, also if its loop is held up."""


class Unanswered:
    """What waits longest on the connection of each client.

    Args:
        record: Is told, and raises.
    """

    def __init__(self, record: Record) -> None:
        self._record = record
        self._since: dict[str, tuple[int, float]] = {}

    def sees(self, name: str, oldest: int, within_s: float) -> None:
        """A client that runs.

        Args:
            name: Its process.
            oldest: Number of its request that waits longest; 0 for none.
            within_s: It should be answered, or the connection given up.
        """
        now = self._record.now()
        request, since = self._since.get(name, (0, now))
        if request != oldest:
            self._since[name] = oldest, now
        elif oldest:
            text = f"{name} was not answered for {now - since:.2f} s, and stays on that connection"
            self._record.require(now - since <= within_s + LOOKS_S, "I16", text)

    def absent(self, name: str) -> None:
        """It stands still, or is not there."""
        self._since.pop(name, None)
