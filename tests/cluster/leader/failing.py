"""Jobs that run when their leader fails, for tests."""

from __future__ import annotations

import asyncio
from typing import Any

from cluster.model.completed_checkpoint import CompletedCheckpoint
from cluster.protocol import (
    DeployTask,
)
from tests.cluster.leader.scene import Scene


async def running(
    scene: Scene, tasks: int = 2, interval_s: float | None = 1.0, *, services: dict[str, Any] | None = None, **more: Any
) -> None:
    await scene.job_manager(**(services or {}))
    await scene.leading()
    await scene.task_manager("x", 2)
    await scene.task_manager("y", 2)
    await scene.submit(tasks=tasks, interval_s=interval_s, **more)
    await scene.all_running(tasks)


async def stored(scene: Scene, number: int) -> CompletedCheckpoint:
    """Wait until that checkpoint, or a later one, is stored."""
    for _ in range(10_000):
        latest = (await scene.checkpoints.restorable("j1")).checkpoint
        if latest is not None and latest.checkpoint_id >= number:
            return latest
        await asyncio.sleep(0.01)
    raise AssertionError("no checkpoint")


def restored(order: DeployTask, checkpoint: CompletedCheckpoint) -> bool:
    return bool(order.restore == [checkpoint.checkpoint_id, list(checkpoint.states[order.task_id])])


async def next_leader(scene: Scene) -> int:
    """Let another lead; returns its epoch."""
    epoch = scene.election.epoch
    scene.election.revoke()
    await scene.until(lambda: scene.election.info is not None and scene.election.info.epoch > epoch)
    return scene.election.epoch
