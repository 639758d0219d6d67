"""A TaskManager that stands still for longer than the detector allows, and wakes up again."""

from __future__ import annotations

import signal
from pathlib import Path
from typing import Any

import pytest

from tests.integration.machine import Machine, until

pytestmark = [pytest.mark.real, pytest.mark.timeout(240)]


async def test_a_frozen_task_manager_comes_back(tmp_path: Path) -> None:
    """Judged dead by its silence, it finds itself refused when it wakes up, and registers as a new incarnation."""
    storage = f"high-availability: sqlite\nhigh-availability.storageDir: {tmp_path}/store\nfailure-detector: lan"
    machine = Machine(tmp_path, storage)
    try:
        await machine.member("jobmanager")
        frozen = await machine.member("taskmanager")
        async with machine.client() as client:

            async def members(count: int) -> list[dict[str, Any]] | None:
                found: list[dict[str, Any]] = (await client.cluster())["task_managers"]
                return [{}, *found] if len(found) == count else None

            before = await until(lambda: members(1))
            frozen.send_signal(signal.SIGSTOP)
            await until(lambda: members(0))
            frozen.send_signal(signal.SIGCONT)
            after = await until(lambda: members(1))
        assert after[1]["pid"] == before[1]["pid"] == frozen.pid
        assert after[1]["path"] != before[1]["path"]
    finally:
        await machine.clean_up()
