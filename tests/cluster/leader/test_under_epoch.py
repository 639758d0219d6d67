"""What the leader's actors log can be told from what a former leader's log: each line has its epoch."""

from __future__ import annotations

import io
import json

import structlog

from runtime.observability import configure_logging
from tests.cluster.leader.scene import Scene


async def test_each_line_has_its_epoch(scene: Scene) -> None:
    """Dispatcher, ResourceManager and JobMasters say under which epoch they speak, and of which job."""
    stream = io.StringIO()
    configure_logging(level="info", json=True, stream=stream)
    try:
        await scene.job_manager()
        await scene.job_manager()
        await scene.leading()
        await scene.task_manager("tm")
        await scene.submit("j1")
        await scene.all_running(2)
        scene.system.stop(scene.contenders[0])
        await scene.until(lambda: (info := scene.election.info) is not None and info.epoch == 2)
        await scene.all_running(2)
    finally:
        structlog.reset_defaults()
    lines = [json.loads(line) for line in stream.getvalue().splitlines()]
    leaders = [line for line in lines if "/dispatcher-" in line.get("actor", "")]
    assert {line["epoch"] for line in leaders} == {1, 2}
    assert [line for line in leaders if f"/dispatcher-{line['epoch']}" not in line["actor"]] == []
    assert [line["job"] for line in leaders if line["event"] == "job status"][:1] == ["j1"]
