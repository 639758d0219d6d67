"""`Tenure`: who has the office since when, and what everybody does of it, by whatever backend it was granted. Pure.

Base class of the rules of `election` and `embedded`. I6: the register that leaders write counts up by one. I7: a count
of which it is not known whether it was written is not written again by another leader. I8: where nothing disturbs,
somebody acts. I10: followers hear of a new leader, or cease to trust the old one. I4 and the other half of I10 are
those of `cluster.simulation.resources`. Deliberately not here: who may take the office (I1 to I3, I5, I9), which each
backend says in its own words.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from cluster.simulation.resources import Resources
from runtime.sim.campaign import Record
from runtime.sim.weather import Weather


class Tenure:
    """What has been seen of the office.

    Args:
        record: Is told, and raises.
        weather: What was disturbed.
        patience_s: After a disturbance everything may go on for so long.

    Attributes:
        resources: I4 and I10.
        epoch: The newest that was granted.
        leader: The process that got it.
        former: The process that had it before.
        granted_at: When, in world seconds.
    """

    def __init__(self, record: Record, weather: Weather, patience_s: float) -> None:
        self.resources = Resources(record)
        self.epoch = 0
        self.leader = self.former = ""
        self.granted_at = 0.0
        self._record = record
        self._weather = weather
        self._patience_s = patience_s
        self._count = self._written_by = 0
        self._acted_at = self._shown_at = 0.0

    def _begins(self, leader: str, epoch: int) -> None:
        """The office was granted."""
        if leader != self.leader:
            self.former = self.leader
        self.epoch, self.leader, self.granted_at = epoch, leader, self._record.now()

    def _counted(self, owner: str, value: bytes) -> None:
        """A leader has written the register: I6 and I7."""
        word, before = value.decode(), f"{self._written_by}:{self._count}"
        epoch, count = map(int, word.split(":"))
        self.resources.accepts("register", epoch)
        if count == self._count:
            self._record.sometimes("a write without an answer was made again")
            self._record.require(epoch == self._written_by, "I7", f"{owner} writes {word} after {before}")
        else:
            self._record.require(count == self._count + 1, "I6", f"{owner} writes {word} after {before}")
        self._count, self._written_by, self._acted_at = count, epoch, self._record.now()

    def _trusts(self, follower: str, epoch: int) -> None:
        """I10: whom nothing keeps from it hears of the new leader in time."""
        since_s = self._record.now() - self.granted_at
        text = f"{follower} trusts the leader of epoch {epoch}, {since_s:.1f} s after that of {self.epoch} was granted"
        self._record.require(since_s <= self._patience_s, "I10", text)

    def look(self, following: Callable[[], Mapping[str, int]]) -> None:
        """I8 and I10, where all is well for long enough."""
        now = self._record.now()
        calm = self._weather.calm_since(now, self._weather.spells)
        if now - calm <= self._patience_s:
            return
        text = f"nobody has acted since {self._acted_at:.1f} s, though nothing disturbs since {calm:.1f} s"
        self._record.require(now - max(self._acted_at, calm) <= self._patience_s, "I8", text)
        if now - max(self._shown_at, calm) > self._patience_s:
            for follower, epoch in following().items():
                text = f"{follower} follows epoch {epoch}, and {self.epoch} leads since {self.granted_at:.1f} s"
                self._record.require(epoch == self.epoch, "I10", text)
