"""`TaskManagerProvider`: what the ResourceManager asks of whoever can start TaskManagers. A protocol and its values.

`none` and `process` stand behind it, and a resource manager of a larger kind can (YARN, Kubernetes): it is told a need
in slots, not a number of containers, so that it counts in its own units; whatever it starts registers by itself, like a
TaskManager that a person has started. In the words of such a one:

- request a worker: `require` with more missing slots than those on their way will bring;
- release a worker: a need that has gone down. Those that have not registered may be given back; one that has registered
  is let go by its leader (`ShutdownTaskManager`), when it has been idle, never by the provider; that says only
  whether it has made it (`has_made`);
- a worker has ended: the provider need not say so. If it had registered, DeathWatch knows; if not, the provider counts
  it as failed, and slows down when too many are (`cluster.providers.fleet`);
- previous workers are recovered: they register with the next leader and are in `registered`. A provider waits a
  moment under a new epoch before it starts others;
- a worker is dead by the leader's verdict: `lost`, so that what is left of its container is ended, and another is
  started in its place, also while the others have slots to spare. One that leaves in good order is only missing from
  `registered`: somebody wanted fewer.

Deliberately not here: how many are needed, which the leader knows, and how one is started, which each provider knows.
"""

from __future__ import annotations

from typing import Protocol


class TaskManagerProvider(Protocol):
    """Keeps as many TaskManagers alive as it is told. Counterpart: Flink's `ResourceManagerDriver`.

    A provider that cannot start any (`none`) ignores what it is told: then jobs wait until somebody starts one by hand.
    """

    @property
    def can_start(self) -> bool:
        """Whether it ever starts anything; said to people whose job waits for slots."""
        ...

    @property
    def trouble(self) -> str:
        """Why what is wanted is not there yet, for people; empty if nothing is wrong."""
        ...

    def has_made(self, resource_id: str) -> bool:
        """Whether it has started that TaskManager, under this leader or a former one: only those are let go."""
        ...

    def require(self, epoch: int, missing_slots: int, registered: frozenset[str]) -> None:
        """The leader's need, told whenever it changes. Returns at once; a TaskManager registers by itself.

        Called again with the same need it must not start more: what it has started and is not yet registered counts.

        Args:
            epoch: Of the leader; a lower one than before is ignored.
            missing_slots: Slots that jobs wait for beyond the free ones of the registered TaskManagers; 0 or more.
            registered: Resource ids of the TaskManagers that are registered and alive; until each of a former leader's
                is back or dead, it is among them under its path.
        """

    def stand_down(self, epoch: int) -> None:
        """The leader leads no more: nothing is started until another one needs something."""

    def lost(self, epoch: int, resource_id: str) -> None:
        """A TaskManager is dead by the leader's verdict, and did not leave: what is left of it must be ended.

        `require` follows, without it; then another is to be started in its place.
        """
