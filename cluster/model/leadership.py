"""Who leads, seen from one process: the contender's state machine. Pure; its shell is `cluster.election.service`.

Events come in (a grant, a revocation, the leader part is ready, ...), effects come out as values. The rules are
those of `flink-ha` 2.1: a grant starts the leader part, only a confirmed and published leader is visible, what carries
an old epoch is dropped, a new grant waits until the former leader part has stopped, and whoever acts asks `may_act` at
the moment of acting. Deliberately not here: how an epoch is won (`cluster.model.lease`, `cluster.election`).
"""

from __future__ import annotations

import enum
from dataclasses import dataclass
from typing import TypeAlias


class LeaderEpoch(int):
    """The fencing number of one leadership: an integer, higher for each later leader; 0 is before the first.

    Differs from Flink: its random session ids can only be told apart, not put in order.
    """

    @property
    def following(self) -> LeaderEpoch:
        """The epoch of the next leader."""
        return LeaderEpoch(self + 1)


class Role(enum.Enum):
    """Where a contender stands."""

    FOLLOWER = "follower"
    """It takes no part in the election."""
    STANDING = "standing"
    """It is a standby: it would lead."""
    GRANTED = "granted"
    """It has won; its leader part starts. Nobody sees it yet."""
    CONFIRMING = "confirming"
    """Its leader part can be reached; the publication is under way."""
    LEADING = "leading"
    """Published: others talk to it."""
    STOPPING = "stopping"
    """It has lost; its leader part is ending."""


@dataclass(frozen=True, slots=True)
class StartLeader:
    """Start the leader part under `epoch`."""

    epoch: int


@dataclass(frozen=True, slots=True)
class StopLeader:
    """Stop the leader part of `epoch`, and report with `stopped` when nothing of it is left."""

    epoch: int


@dataclass(frozen=True, slots=True)
class Publish:
    """Confirm in the backend: `address` leads under `epoch`; report with `published` or `publish_failed`."""

    epoch: int
    address: str


@dataclass(frozen=True, slots=True)
class Challenge:
    """Take over from the dead holder of `epoch` by compare-and-set."""

    epoch: int


@dataclass(frozen=True, slots=True)
class Resign:
    """Give the leadership of `epoch` back, so that another may take it at once."""

    epoch: int


LeadershipEffect: TypeAlias = StartLeader | StopLeader | Publish | Challenge | Resign


class Leadership:
    """One contender. Each method is an event and returns what is to be done, in order.

    Attributes:
        role: Where it stands.
        epoch: Of its present (or ending) leadership, else 0.
        highest_epoch: The highest epoch it has heard of.
    """

    __slots__ = ("_address", "_next_epoch", "_resign", "_stand", "_suspended", "epoch", "highest_epoch", "role")

    def __init__(self) -> None:
        self.role = Role.FOLLOWER
        self.epoch = 0
        self.highest_epoch = 0
        self._stand = False
        self._suspended = False
        self._next_epoch = 0
        self._resign = False
        self._address = ""

    def may_act(self, epoch: int) -> bool:
        """Whether work started under `epoch` may take effect now: still ours, not overtaken, contact not lost."""
        return (
            self.role in (Role.GRANTED, Role.CONFIRMING, Role.LEADING)
            and epoch == self.epoch == self.highest_epoch
            and not self._suspended
        )

    def stand(self) -> list[LeadershipEffect]:
        """It takes part in the election from now on."""
        self._stand = True
        if self.role is Role.FOLLOWER:
            self.role = Role.STANDING
        return []

    def granted(self, epoch: int) -> list[LeadershipEffect]:
        """The backend gave us `epoch`. Stale and repeated grants are dropped."""
        if epoch <= self.highest_epoch or not self._stand:
            return []
        self.highest_epoch = epoch
        self._suspended = False
        if self.role is Role.STANDING:
            return self._start(epoch)
        self._next_epoch = epoch
        self._resign = False
        return self._stop()

    def revoked(self) -> list[LeadershipEffect]:
        """The backend says that we lead no more."""
        self._next_epoch = 0
        self._resign = False
        return self._stop()

    def suspended(self) -> list[LeadershipEffect]:
        """Contact to the backend is lost: stop acting, keep everything. It is not the same as having lost."""
        self._suspended = True
        return []

    def resumed(self) -> list[LeadershipEffect]:
        """Contact is back and the epoch is still ours. A publication that was cut off is made again."""
        self._suspended = False
        return [Publish(self.epoch, self._address)] if self.role is Role.CONFIRMING else []

    def ready(self, epoch: int, address: str) -> list[LeadershipEffect]:
        """The leader part of `epoch` can be reached at `address`. An old epoch's is dropped."""
        if self.role is not Role.GRANTED or epoch != self.epoch:
            return []
        self.role = Role.CONFIRMING
        self._address = address
        return [] if self._suspended else [Publish(epoch, address)]

    def published(self, epoch: int) -> list[LeadershipEffect]:
        """The backend has confirmed and shows us to everybody."""
        if self.role is Role.CONFIRMING and epoch == self.epoch:
            self.role = Role.LEADING
        return []

    def publish_failed(self, epoch: int) -> list[LeadershipEffect]:
        """The backend refused: the epoch is no longer ours."""
        return self._stop() if epoch == self.epoch else []

    def failed(self, epoch: int) -> list[LeadershipEffect]:
        """The leader part of `epoch` broke by itself. Stop it, and let another process lead."""
        if epoch != self.epoch or self.role in (Role.FOLLOWER, Role.STANDING, Role.STOPPING):
            return []
        self._resign = True
        return self._stop()

    def leader_changed(self, epoch: int) -> list[LeadershipEffect]:
        """Somebody leads under `epoch` (0: nobody does). A higher epoch than ours ends our leadership."""
        if epoch <= self.highest_epoch:
            return []
        self.highest_epoch = epoch
        self._next_epoch = 0
        self._resign = False
        return self._stop()

    def leader_dead(self, epoch: int, *, certain: bool) -> list[LeadershipEffect]:
        """The process that leads under `epoch` is gone. Only certainty shortens the election.

        Safety does not rest on this: a wrong claim costs the old leader its office, and no more.
        """
        if not certain or self.role is not Role.STANDING or epoch != self.highest_epoch:
            return []
        return [Challenge(epoch)]

    def stopped(self, epoch: int) -> list[LeadershipEffect]:
        """Nothing of the leader part of `epoch` is left. A grant that waited for this starts now."""
        if self.role is not Role.STOPPING or epoch != self.epoch:
            return []
        effects: list[LeadershipEffect] = [Resign(epoch)] if self._resign else []
        self._resign = False
        waiting, self._next_epoch = self._next_epoch, 0
        self.epoch = 0
        self._address = ""
        self.role = Role.STANDING if self._stand else Role.FOLLOWER
        if waiting and waiting == self.highest_epoch:
            effects += self._start(waiting)
        return effects

    def leave(self) -> list[LeadershipEffect]:
        """It takes no part any more. A leader stops first, and then resigns: the next one leads at once."""
        self._stand = False
        self._next_epoch = 0
        if self.role is Role.STANDING:
            self.role = Role.FOLLOWER
        effects = self._stop()
        self._resign = self._resign or bool(effects)
        return effects

    def check(self) -> None:
        """The invariants, for tests."""
        busy = self.role in (Role.GRANTED, Role.CONFIRMING, Role.LEADING, Role.STOPPING)
        if busy != (self.epoch > 0):
            raise AssertionError(f"{self.role} with epoch {self.epoch}")
        if self.epoch > self.highest_epoch or self._next_epoch > self.highest_epoch:
            raise AssertionError("an epoch of ours is higher than the highest seen")
        if self._next_epoch and self.role is not Role.STOPPING:
            raise AssertionError("a grant waits although nothing is stopping")

    def _start(self, epoch: int) -> list[LeadershipEffect]:
        self.role = Role.GRANTED
        self.epoch = epoch
        return [StartLeader(epoch)]

    def _stop(self) -> list[LeadershipEffect]:
        if self.role not in (Role.GRANTED, Role.CONFIRMING, Role.LEADING):
            return []
        self.role = Role.STOPPING
        return [StopLeader(self.epoch)]
