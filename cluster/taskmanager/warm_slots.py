"""Which slot processes wait for work, and how many to start. Pure: bookkeeping of the TaskManager.

There are always as many processes as slots and spares together, busy ones included: after all tasks of a TaskManager
were killed, as many can start at once as there are spares. Deliberately not here: starting them.
"""

from __future__ import annotations

from typing import Any

from actors import ActorRef

STARTING_AT_ONCE = 2
"""Processes that are started ahead of need at the same time; more would only fight for the processors."""


class WarmSlots:
    """The idle slot processes, by reference.

    Args:
        total: Slots and spares.
    """

    def __init__(self, total: int) -> None:
        self._total = total
        self._ready: dict[ActorRef[Any], None] = {}
        self._starting: dict[ActorRef[Any], None] = {}

    def missing(self, busy: int) -> int:
        """How many to start now, when `busy` others run tasks."""
        idle = len(self._ready) + len(self._starting)
        return max(0, min(self._total - busy - idle, STARTING_AT_ONCE - len(self._starting)))

    def started(self, slot: ActorRef[Any]) -> None:
        """A process was started ahead of need."""
        self._starting[slot] = None

    def became_ready(self, slot: ActorRef[Any]) -> None:
        """It is warm. No news of one that was taken before it was warm."""
        if slot in self._starting:
            del self._starting[slot]
            self._ready[slot] = None

    def take(self) -> ActorRef[Any] | None:
        """The warmest, which is idle no longer; None if a process must be started now."""
        for pool in (self._ready, self._starting):
            for slot in pool:
                del pool[slot]
                return slot
        return None

    def lost(self, slot: ActorRef[Any]) -> bool:
        """A process is gone; whether it was one of these."""
        was_ready, was_starting = slot in self._ready, slot in self._starting
        self._ready.pop(slot, None)
        self._starting.pop(slot, None)
        return was_ready or was_starting
