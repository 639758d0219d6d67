"""What events still ask for when their job has ended. Pure; used by `cluster.model.execution`.

Deliberately not here: the job, which does not change any more.
"""

from __future__ import annotations

from cluster.model import execution_effects as do
from cluster.model import execution_events as ev
from cluster.model.checkpoints import DiscardStates
from cluster.model.task_reunion import disown


def after_the_end(event: ev.Event) -> list[do.Effect]:
    """Give back what comes too late."""
    match event:
        case ev.TaskFound():
            return disown(event)
        case ev.SlotOffered(task_id, task_manager, slot):
            return [do.ReleaseSlot(task_id, task_manager, slot)]
        case ev.CheckpointAcked(handle=handle):
            return [DiscardStates((handle,))]
        case _:
            return []
