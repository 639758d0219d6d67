"""A slot without a process: its task cannot be killed, so it is cancelled until it ends."""

from __future__ import annotations

import asyncio
from typing import Any

from structlog.testing import capture_logs

from actors import Actor, ActorRef, Props
from cluster.model.job import Job, Task, TaskContext, TaskSpec
from cluster.model.job_source import JobSource
from cluster.slots.slot_link import Cancel, FromSlot, Ready, Run, Running
from cluster.taskmanager.inline_slot import InlineSlot
from runtime import ActorSystem, TestProbe, graceful_stop


class HardOfHearing(Task):
    """Ends when it is cancelled for the third time."""

    async def run(self, context: TaskContext) -> Any:
        for _ in range(3):
            try:
                await asyncio.Event().wait()
            except asyncio.CancelledError:
                await asyncio.sleep(0)


job = Job("mine", [TaskSpec("count", HardOfHearing)])


class Parent(Actor[Any]):
    """Passes on to the slot what it is told, and to a probe what the slot says."""

    def __init__(self, probe: TestProbe) -> None:
        self._probe = probe
        self._slot: ActorRef[Any] = self.context.spawn(Props(InlineSlot))

    def receive(self, message: FromSlot | Run | Cancel) -> None:
        (self._slot if isinstance(message, Run | Cancel) else self._probe.ref).tell(message, self.ref)


async def test_a_task_is_cancelled_until_it_ends(actor_system: ActorSystem) -> None:
    """Ctrl-C in local mode waited for ever for a task that does not heed its first cancellation, and named none."""
    probe = TestProbe(actor_system)
    parent = actor_system.spawn(Props(Parent, probe))
    source = JobSource(module=__name__).to_wire()
    parent.tell(Run(1, "j", "count[0]", 1, source, "count", 0, 1, None, "memory://inline", 1000))
    await probe.expect(Ready)
    await probe.expect(Running)
    parent.tell(Cancel())
    with capture_logs() as lines:
        await graceful_stop(parent, timeout=4.0)
    assert {line["task"] for line in lines if "task" in line} == {"count[0] of job j"}
