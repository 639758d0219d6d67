"""`Duties`: I15, what the parts of a cluster owe each other while something is under way. SHELL, used by `layered`.

Nothing of a job is on its way into a store when its end is stored. Who has heard of a loss says so to whoever waits for
it. A state is taken once for each checkpoint. Whoever takes a task was taken by its leader. A job is set aside for
what is amiss with it, and not with its store. The result of a job that a leader has cancelled waits for the disk.
What a task says when nobody wants it changes nothing.
Deliberately not here: what comes of it (`cluster.simulation.invariants`).
"""

from __future__ import annotations

from collections import Counter
from typing import Any

from actors import ActorRef
from cluster.leader.cancellations import Cancellations
from cluster.leader.dispatcher import Dispatcher
from cluster.leader.job_master import JobMaster
from cluster.leader.losses import Losses
from cluster.leader.resource_manager import ResourceManager
from cluster.model import execution_events as ev
from cluster.simulation.wrapping import Asks, Judge, asks
from cluster.slots.task_runner import TaskRunner
from cluster.store.blobs import BlobCorrupt, BlobMissing
from cluster.store.checkpoints import CheckpointStore
from cluster.store.jobs import JobStore
from cluster.store.places import StorageError
from cluster.store.results import ResultStore
from cluster.taskmanager.task_slots import TaskSlots
from runtime.sim.campaign import Record

OUTAGES = ("the simulated disk is away", "it has taken more than")
"""What a disk says that is away, and who waits for it."""
SAYS_WITHIN_S, SAYS_WITHIN_MESSAGES = 0.5, 20
"""Who has heard of a loss has said so when so much has come to whoever waits for it."""


class Duties(Judge):
    """What is asked of each.

    Args:
        record: Is told, and raises.
    """

    def __init__(self, record: Record) -> None:
        super().__init__(record)
        self._storing: Counter[tuple[str, int]] = Counter()
        self._taking: dict[TaskRunner, Counter[int]] = {}
        self._heard: dict[tuple[ActorRef[Any], str], tuple[float, int]] = {}
        self._came: Counter[ResourceManager] = Counter()
        self._to_cancel: set[tuple[str, int]] = set()
        self._cancelled: set[tuple[str, int]] = set()

    @asks(CheckpointStore, "add", "next_id")
    async def stores(self, original: Asks, store: CheckpointStore, epoch: int, job_id: str, *more: Any) -> Any:
        """A checkpoint, or its number, is on its way into the store."""
        self._storing[job_id, epoch] += 1
        try:
            return await original(store, epoch, job_id, *more)
        finally:
            self._storing[job_id, epoch] -= 1

    @asks(ResultStore, "create_dirty")
    async def ends(self, original: Asks, store: ResultStore, epoch: int, job_id: str, *more: Any) -> Any:
        """A job has ended, and that is to be stored: whatever came after it would be left."""
        under_way = self._storing[job_id, epoch]
        self._record.require(not under_way, "I15", f"job {job_id} ends, and a checkpoint of it is being written")
        return await original(store, epoch, job_id, *more)

    @asks(TaskRunner, "_write")
    async def writes(self, original: Asks, runner: TaskRunner, blobs: Any, number: int, *more: Any) -> Any:
        """A state is being written."""
        taking = self._taking.setdefault(runner, Counter())
        taking[number] += 1
        self._record.require(taking[number] == 1, "I15", f"a state for checkpoint {number} is taken while it is taken")
        try:
            return await original(runner, blobs, number, *more)
        finally:
            taking[number] -= 1

    @asks(TaskSlots, "said")
    def says(self, original: Asks, slots: TaskSlots, process: Any, said: Any) -> Any:
        """A slot process says something; of an attempt that is given up, or has ended, nothing is taken any more."""
        attempt = slots._attempts.of(process)
        unwanted = attempt is not None and (attempt.abandoned or attempt.outcome is not None)
        before = _standing(attempt) if unwanted else None
        done = original(slots, process, said)
        if unwanted:
            text = f"{said} of an attempt that nobody wants any more is taken"
            self._record.require(_standing(attempt) == before, "I15", text)
        return done

    @asks(TaskSlots, "deploy")
    def takes(self, original: Asks, slots: TaskSlots, order: Any, *more: Any) -> Any:
        """A TaskManager takes a task, of the leader that has taken it; another may have been given the task else."""
        bond = getattr(slots._actor, "_bond")  # noqa: B009 - any actor may have slots
        self._record.require(bond.registered, "I15", f"attempt {order.attempt} of {order.task_id} is taken by nobody's")
        return original(slots, order, *more)

    @asks(Losses, "told")
    def tells(self, original: Asks, losses: Losses, news: Any, masters: Any) -> Any:
        """Jobs are told of a loss."""
        for key in [key for key in self._heard if key[1] == news.task_manager]:
            del self._heard[key]
        return original(losses, news, masters)

    @asks(JobMaster, "_take")
    def hears(self, original: Asks, master: JobMaster, event: Any) -> Any:
        """A job takes an event: it may be a loss."""
        done = original(master, event)
        if isinstance(event, ev.TaskManagerLost):
            self._heard[master.ref, event.task_manager] = (self._record.now(), -1)
        return done

    @asks(ResourceManager, "receive")
    def waits(self, original: Asks, manager: ResourceManager, message: Any) -> Any:
        """A ResourceManager takes a message; who waits until a job has heard of a loss waits no longer than that."""
        done = original(manager, message)
        self._came[manager] += 1
        for task_manager, unheard in manager._registrations.losses._unheard.items():
            for key in [(master, task_manager) for master in unheard]:
                if key in self._heard:
                    self._said(manager, key)
        return done

    @asks(Dispatcher, "_set_aside")
    def sets_aside(self, original: Asks, dispatcher: Dispatcher, job_id: str, reason: str) -> Any:
        """A job cannot go on: since something of its own is amiss, and not since nothing can be read for a moment."""
        is_outage = any(word in reason for word in OUTAGES)
        self._record.require(
            not is_outage, "I15", f"job {job_id} is set aside, though only its store is away: {reason}"
        )
        return original(dispatcher, job_id, reason)

    @asks(JobStore, "put")
    async def accepts(self, original: Asks, store: JobStore, epoch: int, job_id: str, *more: Any) -> Any:
        """A job is stored: another of its name may have been cancelled, and forgotten since."""
        for noted in (self._to_cancel, self._cancelled):
            noted.discard((job_id, epoch))
        return await original(store, epoch, job_id, *more)

    @asks(JobStore, "cancel")
    async def notes(self, original: Asks, store: JobStore, epoch: int, job_id: str) -> Any:
        """It is stored that a job is to be cancelled."""
        noted = await original(store, epoch, job_id)
        if noted:
            self._to_cancel.add((job_id, epoch))
        return noted

    @asks(Cancellations, "_pass_on")
    def cancels(self, original: Asks, cancellations: Cancellations, order: Any, asker: Any) -> Any:
        """Whoever runs it is told so."""
        if (order.job_id, cancellations._epoch) in self._to_cancel:
            self._cancelled.add((order.job_id, cancellations._epoch))
        return original(cancellations, order, asker)

    @asks(Cancellations, "may_wait")
    def may_wait(self, original: Asks, cancellations: Cancellations, job_id: str, error: BaseException) -> Any:
        """Its result cannot be stored: for want of a disk no leadership ends."""
        may = original(cancellations, job_id, error)
        is_away = isinstance(error, StorageError) and not isinstance(error, BlobMissing | BlobCorrupt)
        is_noted = (job_id, cancellations._epoch) in self._cancelled
        text = f"job {job_id} is cancelled, and its leader ends since its result cannot be stored"
        self._record.require(bool(may) or not is_noted or not is_away, "I15", text)
        return may

    def _said(self, manager: ResourceManager, key: tuple[ActorRef[Any], str]) -> None:
        (at, came), now = self._heard[key], self._record.now()
        if came < 0:
            self._heard[key] = (at, self._came[manager])
        elif now - at > SAYS_WITHIN_S and self._came[manager] - came > SAYS_WITHIN_MESSAGES:
            self._record.require(False, "I15", f"{key[0]} has heard of the loss of {key[1]}, and does not say so")


def _standing(attempt: Any) -> tuple[Any, ...]:
    return attempt.running, attempt.outcome, attempt.acknowledged, frozenset(attempt.snapshots)
