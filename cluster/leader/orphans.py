"""Tasks without a master, which are to end: told so again until they have, since an order may be lost. Shell.

Used by the ResourceManager, in whose slots they are. Nothing else of their task is given a slot meanwhile, and whoever
tries their job again is told to wait for them; so one order that was lost with its connection would keep a slot, and
a job, for as long as this leader leads. Deliberately not here: which tasks have no master.
"""

from __future__ import annotations

from actors.context import ActorContext
from cluster.leader.beside import Then
from cluster.leader.members import Member, Members
from cluster.protocol import CancelTask

_TIMER = "orphans"


class Orphans:
    """Those under one leader.

    Args:
        epoch: Of the leader.
        again_s: They are told again after so long.
        members: The TaskManagers.
        context: Of the actor on whose behalf they are told, and that hears of their ends.
    """

    def __init__(self, epoch: int, again_s: float, members: Members, context: ActorContext) -> None:
        self._epoch = epoch
        self._again_s = again_s
        self._members = members
        self._context = context
        self._left: dict[tuple[str, str, str], None] = {}

    def end(self, member: Member, job_id: str, task_id: str) -> None:
        """End a task, whatever its attempt; its slot is free when it has ended."""
        self._left[member.key, job_id, task_id] = None
        self._tell(member, job_id, task_id)
        self._later()

    def ended(self, task_manager: str, job_id: str, task_id: str) -> bool:
        """It has, or has been accounted for in another way; whether it was one of these."""
        key = (task_manager, job_id, task_id)
        was_left = key in self._left
        self._left.pop(key, None)
        return was_left

    def lost(self, task_manager: str) -> None:
        """Nothing runs there any more."""
        for key in [key for key in self._left if key[0] == task_manager]:
            del self._left[key]

    def _later(self) -> None:
        if self._left and not self._context.timers.is_active(_TIMER):
            self._context.timers.start_single(_TIMER, Then(self._again), self._again_s)

    def _again(self) -> None:
        for task_manager, job_id, task_id in self._left:
            member = self._members.keyed(task_manager)
            if member is not None:
                self._tell(member, job_id, task_id)
        self._later()

    def _tell(self, member: Member, job_id: str, task_id: str) -> None:
        member.ref.tell(CancelTask(self._epoch, job_id, task_id, 0), self._context.ref)
