"""Offers of slots that no release of ours makes."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from cluster.protocol import RegisterTaskManager, TaskManagerRefused
from runtime import TestProbe
from tests.cluster.leader.scene import Scene


@pytest.mark.parametrize(
    "wrong",
    [
        {"slots": "2"},
        {"slots": 0},
        {"slots": 2_000_000_000},
        {"lease_s": float("inf")},
        {"resource_id": None},
        {"lease_s": "long"},
        {"running": None},
        {"running": [["j1", "count[0]", 1, 1]]},
        {"running": [["j1", "count[0]", 1, 1, 2]]},
        {"running": [["j1", ["count"], 1, 1, 0]]},
        {"session": None},
        {"task_manager": "x"},
    ],
    ids=str,
)
async def test_what_nobody_can_make_sense_of_is_refused_and_ends_no_leader(scene: Scene, wrong: dict[str, Any]) -> None:
    """It is offered to each next leader, too."""
    await scene.job_manager()
    epoch, stranger = await scene.leading(), TestProbe(scene.system)
    sound = {"task_manager": stranger.ref, "resource_id": "x", "slots": 2, "pid": 1, "running": []}
    scene.dispatcher.tell(RegisterTaskManager(**{"epoch": epoch, **sound, **wrong}), stranger.ref)
    if "task_manager" not in wrong:
        refused = await stranger.expect(TaskManagerRefused)
        assert refused.epoch == epoch
        assert "slots" in refused.reason
    await scene.task_manager("y")
    await scene.until(lambda: scene.inside["y"].epochs == [epoch])
    await asyncio.sleep(60.0)
    assert await scene.leading() == epoch
