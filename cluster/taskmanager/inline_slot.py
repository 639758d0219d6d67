"""`InlineSlot`: a slot without a process of its own, for local mode, tests and `taskmanager.slot.isolation: inline`.

Says and takes what `cluster.taskmanager.slot.SlotProcess` does, so a TaskManager cannot tell them apart; but the user's
code runs on the loop of the actor system: a task that blocks, blocks everything. Shell of `cluster.slots.task_runner`.
"""

from __future__ import annotations

import asyncio
from typing import cast

from actors import Actor
from cluster.model.job import TaskLog
from cluster.slots.slot_link import Cancel, FromSlot, Ready, Run, Snapshot, ToSlot
from cluster.slots.task_runner import Surroundings, TaskRunner
from cluster.slots.user_code import load_shipped_job
from cluster.store.blobs import BlobStore
from cluster.taskmanager.run_until import RunUntil
from runtime.observability import logger

CANCEL_AGAIN_S = 1.0
"""Between two cancellations of a task whose slot is to end: many heed not the first."""


class InlineSlot(Actor[ToSlot | RunUntil]):
    """Runs at most one attempt. Its parent gets the `FromSlot` messages, with it as sender."""

    def __init__(self) -> None:
        self._runner: TaskRunner | None = None
        self._running: asyncio.Task[None] | None = None

    def pre_start(self) -> None:
        """It is ready at once."""
        self._say(Ready())

    def receive(self, message: ToSlot | RunUntil) -> None:
        """Do what the TaskManager says."""
        match message:
            case Run() if self._runner is None:
                surroundings = Surroundings(load_shipped_job, BlobStore, _log)
                self._runner = TaskRunner(message, self._say, surroundings)
                name = f"{message.task_id} of job {message.job_id}"
                self._running = self.context.system.loop.create_task(self._runner.run(), name=name)
            case Cancel() if self._runner is not None:
                self._runner.cancel()
            case RunUntil():
                pass  # it ends with its TaskManager, who minds the lease
            case Snapshot(checkpoint_id) if self._runner is not None:
                self._runner.snapshot(checkpoint_id)
            case _:
                self.unhandled(message)

    async def post_stop(self) -> None:
        """End the task: it is cancelled until it has ended, there is nothing surer. Others would be killed by now."""
        if self._runner is None or self._running is None:
            return
        self._runner.cancel()
        while not (await asyncio.wait({self._running}, timeout=CANCEL_AGAIN_S))[0]:
            self.log.warning("a task does not end though it is cancelled", task=self._running.get_name())
            self._runner.cancel()

    def _say(self, message: FromSlot) -> None:
        self.context.parent.tell(message, self.ref)


def _log(run: Run) -> TaskLog:
    return cast(TaskLog, logger(job=run.job_id, task=run.task_id, attempt=run.attempt))  # its words are found when said
