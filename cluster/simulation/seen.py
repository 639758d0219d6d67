"""`seen`: what a simulated cluster does, told as moments at which something may go wrong: words, bytes, states. SHELL.

A word between JobManager, TaskManager and client is `said` when it is sent and `comes` just before it is handled; so
are those between a leader's own parts. Bytes are written, read and deleted (`begins`, `done`); the ensemble decides;
jobs and tasks change their state; attempts get a process, and lose it. Methods are wrapped for the length of a `with`.
Deliberately not here: what goes wrong then (`cluster.simulation.cues`).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from kazoo.exceptions import KazooException

from cluster.election.zookeeper.transaction import Op
from cluster.leader.dispatcher import Dispatcher
from cluster.leader.job_cleaner import JobCleaner
from cluster.leader.job_master import JobMaster
from cluster.leader.resource_manager import ResourceManager
from cluster.model.execution import Execution
from cluster.model.job import JobStatus
from cluster.model.vertex import TaskState, Vertex
from cluster.protocol import TaskStateChanged
from cluster.simulation import wrapping
from cluster.simulation.disk import SimDisk
from cluster.simulation.ensemble import SimEnsemble
from cluster.simulation.member import Session
from cluster.store.blobs import BlobStore
from cluster.taskmanager.task_attempts import Attempts
from cluster.taskmanager.task_manager import TaskManager
from runtime.remote.sink import RemoteSink
from runtime.sim.moments import Moment, Moments
from runtime.sim.process import PROCESS

_BETWEEN = (
    *("RegisterTaskManager", "TaskManagerRegistered", "RenewLease", "LeaseRenewed", "DeployTask", "AdoptTask"),
    *("CancelTask", "TriggerCheckpoint", "CheckpointAcknowledged", "CheckpointDeclined", "StaleLeader"),
    *(f"TaskStateChanged-{state}" for state in ("RUNNING", "FINISHED", "CANCELED", "FAILED")),
    *("SubmitJob", "CancelJob", "GetResult", "RetryJob"),
)
_ANSWERS = ("TaskManagerRegistered", "LeaseRenewed", "DeployTask")
_INSIDE = (
    *("SlotGiven", "SlotReleased", "DeclareSlots", "JobGone", "TaskManagerDied", "TaskManagerJoined", "AllReturned"),
    *("TaskReturned", "ReclaimTasks", "AwaitFormer", "DisownTask", "JobDone", "JobUnreadable", "JobCleaned", "CleanUp"),
    *("Terminated", "LeaderChanged", "NodeSuspected", "QuarantinedBy", "RestartDue", "StoreRefused"),
    *(f"StoreAnswered-{event}" for event in ("Start", "CheckpointIdDrawn", "CheckpointStored", "CheckpointFound")),
)
_FOLDERS = ("submitted-jobs", "checkpoints", "completed-checkpoints", "job-results")
_NEVER = (JobStatus.INITIALIZING, JobStatus.SUSPENDED, JobStatus.RECOVERY_FAILED)
"""What no execution becomes."""
_DECIDED = (
    *("create.jobgraphs", "set_data.jobgraphs", "delete.jobgraphs", "create.checkpoints", "delete.checkpoints"),
    *("set_data.checkpoint-counter", "create.results", "set_data.results", "create.members", "set_data.members"),
)
SEEN: dict[str, Sequence[str]] = {
    "words": [f"{word}.{when}" for word in _BETWEEN for when in ("said", "comes")],
    "inside": [f"{word}.comes" for word in _INSIDE],
    "bytes": [
        f"{done}.{folder}.{when}"
        for done in ("write", "read", "delete")
        for folder in _FOLDERS
        for when in ("begins", "done")
    ],
    "decided": [f"decided.{what}" for what in _DECIDED],
    "states": [
        *(f"job.{status.value}" for status in JobStatus if status not in _NEVER),
        *(f"task.{state.value}" for state in TaskState if state is not TaskState.CREATED),
        *("attempt.begins", "attempt.gone"),
    ],
}
"""By what is seen."""
_WORDS = {word.partition(".")[0].partition("-")[0] for kind in ("words", "inside") for word in SEEN[kind]}


class _Seen:
    def __init__(self, moments: Moments) -> None:
        self._happens = moments.happens

    def says(self, original: wrapping.Asks, sink: RemoteSink, message: Any, sender: Any = None) -> None:
        name = _named(message)
        if name:
            peer = sink.path.address.host or ""
            self._happens(Moment(f"{name}.said", _here(), peer, getattr(message, "job_id", "")))
        original(sink, message, sender)

    def comes(self, original: wrapping.Asks, actor: Any, message: Any) -> Any:
        name = _named(message)
        if name:
            here, peer = _here(), actor.sender.path.address.host or ""
            self._happens(Moment(f"{name}.comes", here, "" if peer == here else peer, getattr(message, "job_id", "")))
        return original(actor, message)

    def moves(self, original: wrapping.Asks, one: Vertex, state: TaskState, *more: Any) -> Any:
        done = original(one, state, *more)
        self._happens(Moment(f"task.{state.value}", _here()))
        return done

    def becomes(self, original: wrapping.Asks, one: Execution, status: JobStatus, *more: Any) -> Any:
        before = one.status
        done = original(one, status, *more)
        if status is not before:
            self._happens(Moment(f"job.{status.value}", _here()))
        return done

    def begins(self, original: wrapping.Asks, attempts: Attempts, attempt: Any) -> Any:
        self._happens(Moment("attempt.begins", _here(), "", attempt.deploy.job_id))
        return original(attempts, attempt)

    def goes(self, original: wrapping.Asks, attempts: Attempts, process: Any) -> Any:
        attempt = original(attempts, process)
        if attempt is not None:
            self._happens(Moment("attempt.gone", _here(), "", attempt.deploy.job_id))
        return attempt

    def works(self, done: str) -> wrapping.Asks:
        def begins(original: wrapping.Asks, store: BlobStore, what: Any, *more: Any) -> Any:
            self._bytes(done, what if isinstance(what, str) else what.name, "begins")
            return original(store, what, *more)

        return begins

    def worked(self, done: str) -> wrapping.Asks:
        def ends(original: wrapping.Asks, disk: SimDisk, name: str, *more: Any) -> Any:
            result = original(disk, name, *more)
            self._bytes(done, name, "done")
            return result

        return ends

    def _bytes(self, done: str, name: str, when: str) -> None:
        folder, _, rest = name.partition("/")
        about = rest.partition("/")[0].partition("-")[0]
        self._happens(Moment(f"{done}.{folder}.{when}", _here(), "", about))

    def decides(self, session: Session, ops: list[Op], results: list[Any]) -> None:
        if any(isinstance(result, KazooException) for result in results):
            return
        for op in ops:
            parts = op.args[0].split("/")
            if len(parts) > 3:
                about = parts[4] if len(parts) > 4 else ""
                self._happens(Moment(f"decided.{op.name}.{parts[3]}", session.owner, "", about))


@contextmanager
def seen(ensemble: SimEnsemble, moments: Moments) -> Iterator[None]:
    """Tell of all that happens, until this ends.

    Args:
        ensemble: What it decides.
        moments: Is told.
    """
    eyes = _Seen(moments)
    ensemble.observers.append(eyes.decides)
    actors = (TaskManager, Dispatcher, ResourceManager, JobMaster, JobCleaner)
    around: list[tuple[type, str, wrapping.Asks]] = [
        (RemoteSink, "tell", eyes.says),
        *((actor, "receive", eyes.comes) for actor in actors),
        (Vertex, "move", eyes.moves),
        (Execution, "_become", eyes.becomes),
        (Attempts, "add", eyes.begins),
        (Attempts, "remove", eyes.goes),
        *((BlobStore, done, eyes.works(done)) for done in ("write", "read", "delete")),
        *((SimDisk, done, eyes.worked(done)) for done in ("write", "read", "delete")),
    ]
    with wrapping.around(around):
        yield


def _here() -> str:
    process = PROCESS.get()
    return process.host if process is not None else ""


def _named(message: Any) -> str:
    name = type(message).__name__
    if name not in _WORDS:
        return ""
    if isinstance(message, TaskStateChanged):
        return f"{name}-{message.state}"
    event = getattr(message, "event", None)
    return f"{name}-{type(event).__name__}" if name == "StoreAnswered" else name
