"""Whom a TaskManager follows, and when it offers itself again. Pure.

The judgement of `cluster.taskmanager.task_manager`, its shell: it is told of leaders and answers, and says which epoch
counts and how long to wait. Deliberately not here: tasks, and the waiting itself. After Flink's `RetryingRegistration`.
"""

from __future__ import annotations

from cluster.election.driver import LeaderInfo


class Registration:
    """The bond between one TaskManager and the leader of the moment.

    Args:
        initial_s: Wait before the second try; doubles with each.
        max_s: Longest wait.
        refused_s: Wait after a refusal.

    Attributes:
        leader: Who leads, as far as is known.
        epoch: The highest epoch seen; nothing of a lower one counts any more.
        registered: Whether `leader` has accepted us.
        session: Rises when tasks were stopped, so that a leader that was lost and found again knows they are gone.
    """

    def __init__(self, initial_s: float, max_s: float, refused_s: float) -> None:
        self._initial_s = initial_s
        self._max_s = max_s
        self._refused_s = refused_s
        self._next_s = initial_s
        self.leader: LeaderInfo | None = None
        self.epoch = 0
        self.registered = False
        self.session = 0

    def follow(self, leader: LeaderInfo | None) -> bool:
        """Somebody else leads, or nobody. False if that is no news: the same leader again, or one of the past."""
        if leader == self.leader or (leader is not None and leader.epoch < self.epoch):
            return False
        self.leader = leader
        self.registered = False
        self._next_s = self._initial_s
        if leader is not None:
            self.epoch = leader.epoch
        return True

    def tasks_stopped(self) -> None:
        """Our tasks are gone: whoever leads must hear so."""
        self.session += 1
        self.registered = False

    def lapsed(self) -> None:
        """Our leader has given us no lease for the time of one: it has to take us again. There were no tasks."""
        self.registered = False

    def is_current(self, epoch: int) -> bool:
        """Whether a message of that epoch is the present leader's."""
        return self.leader is not None and epoch == self.leader.epoch

    def tried(self) -> float:
        """An offer was sent: seconds to wait for the answer before the next."""
        wait_s = self._next_s
        self._next_s = min(self._next_s * 2, self._max_s)
        return wait_s

    def accepted(self, epoch: int) -> bool:
        """The leader of `epoch` took us; False if that is nobody who counts."""
        if not self.is_current(epoch):
            return False
        self.registered = True
        self._next_s = self._initial_s
        return True

    def refused(self) -> float:
        """The leader does not take us: seconds to wait before the next offer."""
        self.registered = False
        return self._refused_s

    def outdated(self, current: int) -> bool:
        """Somebody says that epoch `current` leads. If that is news we have no leader until the election names it."""
        if current <= self.epoch:
            return False
        self.epoch = current
        return self.follow(None)
