"""A cluster with a leader, for tests."""

from __future__ import annotations

from tests.cluster.leader.scene import Scene


async def leader_with(scene: Scene, **task_managers: int) -> None:
    await scene.job_manager()
    await scene.leading()
    for name, slots in task_managers.items():
        await scene.task_manager(name, slots)
