"""The orders of one job to TaskManagers: run this, end this, give your state. Shell of a `JobMaster`, which decides.

Every order carries the epoch. Deliberately not here: answers; they come to the JobMaster.
"""

from __future__ import annotations

from typing import Any

from actors import ActorRef
from cluster.model import execution_effects as do
from cluster.model.job_record import JobRecord
from cluster.protocol import AdoptTask, CancelTask, DeployTask, TriggerCheckpoint


class JobOrders:
    """What a JobMaster uses to speak to TaskManagers.

    Args:
        epoch: Of the leader.
        record: The job.
    """

    def __init__(self, epoch: int, record: JobRecord) -> None:
        self._epoch = epoch
        self._record = record
        self._source = record.source.to_wire()
        self._task_managers: dict[str, ActorRef[Any]] = {}

    def know(self, task_manager: str, ref: ActorRef[Any]) -> None:
        """A TaskManager has a slot for this job."""
        self._task_managers[task_manager] = ref

    def forget(self, task_manager: str) -> None:
        """It is dead."""
        self._task_managers.pop(task_manager, None)

    def deploy(self, effect: do.Deploy, job_master: ActorRef[Any]) -> None:
        """Run an attempt."""
        order = DeployTask(
            *(self._epoch, job_master, self._record.job_id, effect.task_id, effect.attempt, effect.slot, self._source),
            task=effect.task,
            index=effect.index,
            parallelism=effect.parallelism,
            restore=None if effect.restore is None else [effect.restore[0], list(effect.restore[1])],
        )
        self._task_managers[effect.task_manager].tell(order, job_master)

    def adopt(self, effect: do.Adopt, job_master: ActorRef[Any]) -> None:
        """Go on with an attempt, of a former leader perhaps, and say where it stands."""
        order = AdoptTask(self._epoch, job_master, self._record.job_id, effect.task_id, effect.attempt)
        self._task_managers[effect.task_manager].tell(order, job_master)

    def cancel(self, effect: do.CancelAttempt, job_master: ActorRef[Any]) -> None:
        """End an attempt."""
        order = CancelTask(self._epoch, self._record.job_id, effect.task_id, effect.attempt)
        self._task_managers[effect.task_manager].tell(order, job_master)

    def trigger(self, effect: do.TriggerCheckpoint, job_master: ActorRef[Any]) -> None:
        """Have every target give its state."""
        for task_id, attempt, task_manager in effect.targets:
            order = TriggerCheckpoint(self._epoch, self._record.job_id, task_id, attempt, effect.checkpoint_id)
            self._task_managers[task_manager].tell(order, job_master)
