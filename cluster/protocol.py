"""The messages between client, JobManager and TaskManager. Pure data.

Every message that commands or reports carries the `epoch` of the leader it comes from or is meant for: a receiver that
has seen a higher one answers `StaleLeader`, or drops it. Deliberately not here: what happens on them.
"""

from __future__ import annotations

from typing import Any

from actors import ActorRef, Request, message

# --- TaskManager <-> ResourceManager ---------------------------------------------------------------------------------


@message(name="cluster.register-task-manager")
class RegisterTaskManager:
    """A TaskManager offers its slots to the leader; repeated until it is answered.

    Attributes:
        epoch: The leader it believes in.
        task_manager: The TaskManager actor, which the ResourceManager will DeathWatch.
        resource_id: Stable name of the process.
        slots: How many slots it has.
        pid: Process id, for people.
        running: Attempts of former leaders that it holds, as `[job_id, task_id, origin, attempt, slot]`: origin is the
            epoch of the leader that started it, the slot -1 if it has ended.
        session: Rises each time it has stopped its tasks; a repeated offer has the same.
        lease_s: How long its tasks run without word from a leader, 0 if that is not known.
        asked_at: By its own clock; comes back with the answer.
    """

    epoch: int
    task_manager: ActorRef[Any]
    resource_id: str
    slots: int
    pid: int
    running: list[Any]
    session: int = 0
    lease_s: float = 0.0
    asked_at: float = 0.0


@message(name="cluster.task-manager-registered")
class TaskManagerRegistered:
    """The leader knows the TaskManager and watches it.

    Attributes:
        asked_at: Of the offer that it answers: the lease of its tasks counts from there.
    """

    epoch: int
    resource_manager: ActorRef[Any]
    asked_at: float | None = None


@message(name="cluster.renew-lease")
class RenewLease:
    """A TaskManager asks for more time for its tasks.

    Attributes:
        session: As it registered.
        asked_at: By its own clock; comes back with the answer.
    """

    epoch: int
    task_manager: ActorRef[Any]
    session: int
    asked_at: float


@message(name="cluster.lease-renewed")
class LeaseRenewed:
    """Tasks may run for the time of the lease from `asked_at` on."""

    epoch: int
    asked_at: float


@message(name="cluster.task-manager-refused")
class TaskManagerRefused:
    """The leader does not take the TaskManager; it may try again later."""

    epoch: int
    reason: str


@message(name="cluster.stale-leader")
class StaleLeader:
    """Whoever sent `epoch` is no longer the leader: `current` is."""

    epoch: int
    current: int


@message(name="cluster.shutdown-task-manager")
class ShutdownTaskManager:
    """Leave in good order."""

    epoch: int
    reason: str


# --- JobMaster <-> TaskManager ---------------------------------------------------------------------------------------


@message(name="cluster.deploy-task")
class DeployTask:
    """Run one attempt of one task in one slot.

    Attributes:
        epoch: Of the leader.
        job_master: Whom to report to.
        job_id: Of the job.
        task_id: `name[index]`, unique in the job.
        attempt: Counts from 1, rises over failovers too: `(epoch, attempt)` names the attempt for ever.
        slot: Number of the slot, from 0.
        source: Where the task's class comes from, see `cluster.model.job_source.JobSource.to_wire`.
        task: Name of the `TaskSpec`.
        index: Of this parallel instance, from 0.
        parallelism: Of the task.
        restore: `[checkpoint_id, state_handle]` to start from, or None. The handle is `[name, size_bytes, sha256]` of a
            blob.
    """

    epoch: int
    job_master: ActorRef[Any]
    job_id: str
    task_id: str
    attempt: int
    slot: int
    source: Any
    task: str
    index: int
    parallelism: int
    restore: Any


@message(name="cluster.adopt-task")
class AdoptTask:
    """An attempt goes on under this leader, whoever started it: where does it stand? Answered by `TaskStateChanged`."""

    epoch: int
    job_master: ActorRef[Any]
    job_id: str
    task_id: str
    attempt: int


@message(name="cluster.cancel-task")
class CancelTask:
    """End this attempt; answered by `TaskStateChanged` with `CANCELED`, also if it is not known here.

    Attributes:
        attempt: 0 is whichever attempt of the task runs here.
    """

    epoch: int
    job_id: str
    task_id: str
    attempt: int


@message(name="cluster.task-state-changed")
class TaskStateChanged:
    """An attempt is now `RUNNING`, `FINISHED`, `CANCELED` or `FAILED`.

    Attributes:
        result: What `run` returned, when `FINISHED`.
        error: Text of the failure, when `FAILED`.
        recoverable: Whether restarting may help, when `FAILED`.
    """

    epoch: int
    job_id: str
    task_id: str
    attempt: int
    state: str
    result: Any = None
    error: str = ""
    recoverable: bool = True


@message(name="cluster.trigger-checkpoint")
class TriggerCheckpoint:
    """Snapshot this attempt's state for checkpoint `checkpoint_id`."""

    epoch: int
    job_id: str
    task_id: str
    attempt: int
    checkpoint_id: int


@message(name="cluster.checkpoint-acknowledged")
class CheckpointAcknowledged:
    """The state is written: `handle` is `[name, size_bytes, sha256]` of the blob."""

    epoch: int
    job_id: str
    task_id: str
    attempt: int
    checkpoint_id: int
    handle: Any


@message(name="cluster.checkpoint-declined")
class CheckpointDeclined:
    """The state could not be taken or written, and why."""

    epoch: int
    job_id: str
    task_id: str
    attempt: int
    checkpoint_id: int
    reason: str


@message(name="cluster.task-progress")
class TaskProgress:
    """What a running task says of itself through `context.report(...)`, for people; may be lost, newest counts."""

    epoch: int
    job_id: str
    task_id: str
    attempt: int
    progress: Any


# --- client -> Dispatcher (asks) -------------------------------------------------------------------------------------


@message(name="cluster.submit-job")
class SubmitJob(Request[Any]):
    """Run a job. The id is the client's, so that a repeated submission is accepted once. Answer: `{"job_id": ...}`."""

    job_id: str
    record: bytes


@message(name="cluster.cancel-job")
class CancelJob(Request[Any]):
    """Cancel a job. Answer: `{"status": ...}` when no leader will let it go on any more, or `{"error": ...}`."""

    job_id: str


@message(name="cluster.retry-job")
class RetryJob(Request[Any]):
    """Recover a job again that was set aside as `RECOVERY_FAILED`. Answer: `{"status": ...}`, or `{"error": ...}`."""

    job_id: str


@message(name="cluster.drop-retained-checkpoints")
class DropRetained(Request[Any]):
    """Delete the retained checkpoints of an ended job. Answer: `{"dropped": how many}`, or `{"error": ...}`."""

    job_id: str


@message(name="cluster.list-jobs")
class ListJobs(Request[Any]):
    """Answer: a list of `{"id", "name", "status", "start_time", "restarts"}`."""


@message(name="cluster.get-job")
class GetJob(Request[Any]):
    """Answer: details of one job (tasks with attempts, exceptions, checkpoints), or `{"error": ...}`."""

    job_id: str


@message(name="cluster.get-result")
class GetResult(Request[Any]):
    """Answer at once: `{"status", "finished": [task_id, ...], "error"}`; status is not final while the job runs."""

    job_id: str


@message(name="cluster.get-task-result")
class GetTaskResult(Request[Any]):
    """Answer: `{"result": value}`, what one task of an ended job returned. One by one: each fits into a frame."""

    job_id: str
    task_id: str


@message(name="cluster.get-cluster")
class GetCluster(Request[Any]):
    """Answer: leader, epoch, TaskManagers with slots, and the timeline of failovers."""
