"""`Places`: how many TaskManagers a fleet has to have again after deaths. Pure; the judgement is `fleet`'s.

Each TaskManager that registers takes a place, and one that dies leaves it open for another. One that leaves in good
order gives it up: somebody wanted fewer. What others start again by themselves (systemd, a person) may come back beside
its replacement; it is let in and gets no place of its own, so that a TaskManager that dies again and again does not
make the fleet larger each time. Deliberately not here: slots that jobs wait for, and when to start.
"""

from __future__ import annotations

from collections.abc import Collection


class Places:
    """The places of one leadership.

    Attributes:
        count: How many TaskManagers there shall be.
    """

    __slots__ = ("_away", "_present", "count")

    def __init__(self) -> None:
        self.count = 0
        self._present: set[str] = set()
        self._away = 0

    @property
    def open(self) -> int:
        """How many places nobody has."""
        return max(0, self.count - len(self._present))

    def lost(self, resource_id: str, *, ours: bool) -> None:
        """One has died.

        Args:
            resource_id: Whoever is not present is ignored.
            ours: Whether it was started here, so that nobody else starts it again.
        """
        if resource_id in self._present:
            self._present.discard(resource_id)
            self._away += not ours

    def registered(self, now_present: frozenset[str], ours: Collection[str], *, wanted: bool) -> None:
        """These are present now; whoever else was has left in good order.

        Args:
            now_present: All of them.
            ours: Those that were started here and had not registered yet.
            wanted: Whether jobs waited for more of them.
        """
        for left in self._present - now_present:
            if len(self._present) <= self.count:
                self.count -= 1
            self._present.discard(left)
        newcomers = now_present - self._present
        for resource_id in sorted(newcomers):
            is_full = len(self._present) >= self.count
            self._present.add(resource_id)
            if resource_id in ours:
                self.count += is_full and wanted
            elif self._away:
                self._away -= 1
            else:
                self.count += is_full
