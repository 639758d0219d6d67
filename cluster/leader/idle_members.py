"""`IdleMembers`: lets TaskManagers go that the provider has made and that nobody has needed for a while. Shell.

Used by the ResourceManager, which asks whenever slots change hands, and now and then. Whom people have started stays,
however idle, and so does whoever stands in the place of such a one that has died. One that is to go gets no more tasks,
and leaves in good order; its place in the fleet is given up. When: `cluster.model.idleness`. Deliberately not here:
making new ones (`cluster.leader.worker_need`).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from cluster.leader.members import Members
from cluster.leader.services import LeaderServices
from cluster.leader.worker_need import WorkerNeed
from cluster.model.idleness import Idleness
from cluster.model.slots import SlotPool
from cluster.protocol import ShutdownTaskManager

LOOKS_IN_ITS_TIME = 6
"""So often within the time that an idle one is kept."""


class IdleMembers:
    """The idle TaskManagers of one leadership.

    Args:
        epoch: Of the leader.
        services: What it works with.
        members: Those that are registered.
        pool: Their slots.
        need: Knows how many stand in the place of others.
    """

    def __init__(
        self, epoch: int, services: LeaderServices, members: Members, pool: SlotPool, need: WorkerNeed
    ) -> None:
        self._epoch = epoch
        self._services = services
        self._members = members
        self._pool = pool
        self._need = need
        self._idleness = Idleness(services.settings.idle_task_manager_s)

    def begin(self, look_every: Callable[[float], None]) -> None:
        """Have somebody look each so many seconds, although nothing has changed; not if nobody can be let go."""
        if self._services.provider.can_start:
            look_every(self._services.settings.idle_task_manager_s / LOOKS_IN_ITS_TIME)

    def look(self, log: Any) -> None:
        """Let go who has been idle for long enough, and remind those who were and are still there."""
        if not self._services.provider.can_start:
            return
        present = [one for one in self._members if not one.condemned]
        made = [one for one in present if self._services.provider.has_made(one.resource_id)]
        idle = [one.key for one in made if one.suspected_at is None and not any(self._pool.slots_of(one.key))]
        most = min(len(present) - self._services.settings.task_managers_kept, len(made) - self._need.owed)
        for key in self._idleness.look(self._services.clock(), idle, most):
            member = self._members.keyed(key)
            if member is not None:
                log.info("a task manager has had nothing to do, and is let go", task_manager=key)
                member.condemned = member.dismissed = True  # it gets no lease and no task, and counts as gone
                self._pool.suspect(key)
        for member in self._members:
            if member.dismissed:
                member.ref.tell(ShutdownTaskManager(self._epoch, "there has been nothing to do"))
