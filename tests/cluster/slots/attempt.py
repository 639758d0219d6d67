"""One attempt of one task, for tests."""

from __future__ import annotations

import asyncio
from typing import Any

from cluster.model.job import Job, Task, TaskContext, TaskSpec
from cluster.slots.slot_link import (
    FromSlot,
    Run,
)
from cluster.slots.task_runner import Surroundings, TaskRunner
from cluster.store.blobs import BlobStore


class Attempt:
    """A runner of one task class, with all that it reported."""

    def __init__(self, task: type[Task], url: str = "memory://runner", **run: Any) -> None:
        self.said: list[FromSlot] = []
        self._news = asyncio.Event()
        order: dict[str, Any] = {"restore": None, "attempt": 1, "max_result_bytes": 1000, **run}
        self.runner = TaskRunner(
            Run(
                7,
                "j",
                "count[1]",
                order["attempt"],
                None,
                "count",
                1,
                4,
                order["restore"],
                url,
                order["max_result_bytes"],
            ),
            self._take,
            Surroundings(lambda _: self.load(task), BlobStore, lambda _: SilentLog()),
        )
        self.task: asyncio.Task[None] | None = None

    def load(self, task: type[Task]) -> Job:
        return Job("mine", [TaskSpec("count", task, parallelism=4, config={"k": "v"})])

    def start(self) -> None:
        self.task = asyncio.get_running_loop().create_task(self.runner.run())

    async def until(self, kind: type[FromSlot]) -> Any:
        while not any(isinstance(each, kind) for each in self.said):
            self._news.clear()
            await self._news.wait()
        return next(each for each in self.said if isinstance(each, kind))

    async def end(self) -> FromSlot:
        if self.task is None:
            self.start()
        assert self.task is not None
        await self.task
        return self.said[-1]

    def _take(self, message: FromSlot) -> None:
        self.said.append(message)
        self._news.set()


class SilentLog:
    def debug(self, event: str, **values: Any) -> None: ...

    info = warning = error = debug


class Waits(Task):
    """Runs for ever, with what it was restored with as its state."""

    def __init__(self) -> None:
        self.state: Any = {"n": 1}

    async def run(self, context: TaskContext) -> Any:
        await asyncio.Event().wait()

    def snapshot(self) -> Any:
        return self.state

    def restore(self, state: Any) -> None:
        self.state = state
