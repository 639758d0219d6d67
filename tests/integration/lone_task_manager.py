"""A TaskManager with real slot processes, and a leader's side of it; for tests."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Any

from actors import ActorRef, Props
from cluster.election.driver import LeaderInfo
from cluster.model.job_source import JobSource
from cluster.protocol import (
    CancelTask,
    DeployTask,
    RegisterTaskManager,
    TaskManagerRegistered,
    TaskStateChanged,
)
from cluster.taskmanager.leader_follower import LeaderChanged
from cluster.taskmanager.settings import TaskManagerSettings
from cluster.taskmanager.slot import SlotProcess
from cluster.taskmanager.task_manager import TaskManager
from runtime import ActorSystem, TestProbe

JOB = """
import asyncio, os, signal, subprocess, sys, threading, time
from cluster import Job, Task, TaskSpec

class Mine(Task):
    state = 0

    def snapshot(self):
        return self.state

    def restore(self, state):
        self.state = state

    async def run(self, context):
        return await BODY(self, context)

async def returns(self, context):
    return [self.state, context.index, context.attempt]

async def waits(self, context):
    self.state = os.getpid()
    context.report(os.getpid())
    await asyncio.Event().wait()

async def blocks(self, context):
    context.report(os.getpid())
    time.sleep(600)

async def exits(self, context):
    os._exit(3)

async def leaves(self, context):
    sys.exit(4)

async def leaves_from_a_task_of_its_own(self, context):
    async def inner():
        sys.exit(5)
    asyncio.get_running_loop().create_task(inner())
    await asyncio.Event().wait()

async def kills_itself(self, context):
    os.kill(os.getpid(), signal.SIGKILL)

async def returns_a_set(self, context):
    return {"seen": {1}}

async def prints(self, context):
    print("garbage on stdout" * 1000)
    sys.stdout.buffer.write(b"\\x00\\xff\\x93")
    os.write(1, b"\\x93\\x01")
    return "fine"

async def leaves_a_thread(self, context):
    threading.Thread(target=time.sleep, args=(60,)).start()
    return "fine"

async def returns_much(self, context):
    return b"x" * 3_000_000

async def starts_a_process(self, context):
    child = subprocess.Popen(["sleep", "60"])
    context.report(child.pid)
    await asyncio.Event().wait()

BODY = %s
job = Job("mine", [TaskSpec("t", Mine)])
"""


class Cluster:
    """A leader's side of one TaskManager."""

    def __init__(self, system: ActorSystem, storage: Path) -> None:
        self.system = system
        self.storage = storage
        self.leader = TestProbe(system)
        self.left: list[str] = []
        self.ref: ActorRef[Any] = system.dead_letters

    async def start(self, **settings: Any) -> None:
        made = TaskManagerSettings("tm", 2, str(self.storage), **settings)
        self.ref = self.system.spawn(
            Props(TaskManager, made, SlotProcess, self.left.append, self.left.append), "task-manager"
        )
        self.ref.tell(LeaderChanged(LeaderInfo(1, str(self.leader.ref.path), "x", "c")))
        await self.leader.expect(RegisterTaskManager, 30.0)
        self.leader.reply(TaskManagerRegistered(1, self.leader.ref))

    def deploy(self, body: str, attempt: int = 1, restore: Any = None, code: str | None = None) -> None:
        source = JobSource(file_name="/nowhere/mine.py", code=(code or JOB % body).encode()).to_wire()
        order = DeployTask(1, self.leader.ref, "j", "t[0]", attempt, 0, source, "t", 0, 1, restore)
        self.leader.send(self.ref, order)

    async def ended(self) -> TaskStateChanged:
        """The next report that the task is no longer running."""
        changed = await self.leader.fish(
            lambda news: isinstance(news, TaskStateChanged) and news.state != "RUNNING", 30.0
        )
        assert isinstance(changed, TaskStateChanged)
        return changed

    async def outcome(self, body: str) -> TaskStateChanged:
        self.deploy(body)
        return await self.ended()

    async def next(self, kind: type[Any]) -> Any:
        return await self.leader.fish(lambda news: isinstance(news, kind), 30.0)

    def cancel(self, attempt: int = 1) -> None:
        self.leader.send(self.ref, CancelTask(1, "j", "t[0]", attempt))


async def until(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(30.0):
        while not condition():  # noqa: ASYNC110 - about other processes, which set no event here
            await asyncio.sleep(0.005)
