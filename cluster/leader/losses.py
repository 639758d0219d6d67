"""Whoever has stopped its tasks is not taken again before the jobs that had slots there have heard of it.

Used by the ResourceManager. A job may have an order on its way to a TaskManager that is lost in that moment: if the
answer to its next offer came first, that order would begin an attempt of which the leader knows nothing. Each job sends
the news back when it has taken it, and what it sends later is no order to who is lost. Deliberately not here: what a
job does about a loss.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from actors import ActorRef
from cluster.leader.members import key_of
from cluster.leader.messages import TaskManagerDied
from cluster.protocol import RegisterTaskManager


class Losses:
    """The losses under one leader of which not everybody has heard.

    Args:
        sender: On whose behalf jobs are told.
        again: Takes an offer that had to wait.
    """

    def __init__(self, sender: ActorRef[Any], again: Callable[[RegisterTaskManager], None]) -> None:
        self._sender = sender
        self._again = again
        self._unheard: dict[str, dict[ActorRef[Any], TaskManagerDied]] = {}
        self._held: dict[str, RegisterTaskManager] = {}

    def told(self, news: TaskManagerDied, masters: Iterable[ActorRef[Any]]) -> None:
        """These jobs had slots there, and have been told."""
        if unheard := dict.fromkeys(masters, news):
            self._unheard[news.task_manager] = unheard

    def holds(self, offer: RegisterTaskManager) -> bool:
        """Whether an offer has to wait. If it comes once more, who has not heard is told once more."""
        key = key_of(offer)
        unheard = self._unheard.get(key)
        if not unheard:
            return False
        if key in self._held:
            for master, news in unheard.items():
                master.tell(news, self._sender)
        self._held[key] = offer
        return True

    def heard(self, master: ActorRef[Any], task_manager: str) -> None:
        """A job has heard of a loss; or is gone, and orders nothing any more."""
        unheard = self._unheard.get(task_manager, {})
        unheard.pop(master, None)
        if not unheard:
            self._unheard.pop(task_manager, None)
            offer = self._held.pop(task_manager, None)
            if offer is not None:
                self._again(offer)

    def gone(self, master: ActorRef[Any] | None) -> None:
        """A job is gone."""
        for task_manager in [key for key, unheard in self._unheard.items() if master in unheard]:
            if master is not None:
                self.heard(master, task_manager)
