"""Tasks of real processes that write down each step: none is lost, and no two attempts of a task write at a time."""

from __future__ import annotations

import asyncio
import signal
import sys
from itertools import groupby
from pathlib import Path
from typing import Any

import pytest

from cluster.commands.jobs import make_record
from cluster.slots.lifeline import Lifeline
from tests.integration.machine import Machine, checkpoints_of, until

pytestmark = [pytest.mark.real, pytest.mark.timeout(240)]

WRITER = """
import os, time, asyncio
from cluster import FixedDelay, Job, Task, TaskSpec

class Write(Task):
    def __init__(self):
        self.n = 0

    async def run(self, context):
        with open(context.config["file"], "a", buffering=1) as file:
            while not os.path.exists(context.config["enough"]):
                self.n += 1
                file.write(f"{os.getpid()} {self.n} {time.monotonic()}\\n")
                await asyncio.sleep(0.01)
        return self.n

    def snapshot(self):
        return self.n

    def restore(self, state):
        self.n = state

def job(arguments):
    config = {"file": arguments["file"], "enough": arguments["enough"]}
    return Job("writer", [TaskSpec("write", Write, config=config)], checkpoint_interval_s=0.1,
               restart_strategy=FixedDelay(attempts=100, delay_s=0.0))
"""


class Lines:
    """What the tasks have written: process, number and time of each step."""

    def __init__(self, file: Path) -> None:
        self.file = file

    def read(self) -> list[tuple[int, int, float]]:
        if not self.file.exists():
            return []
        words = [line.split() for line in self.file.read_text().splitlines()]
        return [(int(pid), int(number), float(at)) for pid, number, at in words if at]

    def writers(self) -> list[int]:
        """Processes, in the order of their steps."""
        return [pid for pid, _ in groupby(pid for pid, _, _ in sorted(self.read(), key=lambda line: line[2]))]


def writing(tmp_path: Path, more: str) -> tuple[Machine, Lines, list[str]]:
    storage = f"high-availability: sqlite\nhigh-availability.storageDir: {tmp_path}/store\n{more}"
    machine = Machine(tmp_path, storage)
    machine.job.write_text(WRITER, encoding="utf-8")
    lines = Lines(tmp_path / "lines")
    return machine, lines, [f"file={lines.file}", f"enough={machine.enough}"]


async def test_tasks_outlive_their_leader(tmp_path: Path) -> None:
    """Section 8.10: with `keep`, kill -9 of the leader costs no task a step; checkpoints go on; the result is exact."""
    machine, lines, words = writing(
        tmp_path, "jobmanager.failover.tasks: keep\ntaskmanager.task-lease: 60 s\nfailure-detector: wan\n"
    )
    try:
        jobmanagers = [await machine.member("jobmanager") for _ in range(2)]
        await machine.member("taskmanager")
        record = make_record(str(machine.job), words)
        async with machine.client() as client:
            await client.submit(record.job_id, record.to_bytes())

            async def checkpointed() -> bool:
                return await checkpoints_of(client, record.job_id) > 1

            await until(checkpointed)
            leader = machine.leader_pid(await client.election())
            next(one for one in jobmanagers if one.pid == leader).kill()
            await until(checkpointed)
            details = await client.job(record.job_id)
            machine.enough.touch()
            outcome = await client.result(record.job_id)
        steps = [number for _, number, _ in lines.read()]
        assert outcome["results"] == {"write[0]": len(steps)}
        assert details["restarts"] == 0
        assert len(lines.writers()) == 1
        assert steps == list(range(1, len(steps) + 1))
    finally:
        await machine.clean_up()


async def test_the_slots_of_a_frozen_task_manager_end_first(tmp_path: Path) -> None:
    """A TaskManager that is stopped cannot end its tasks; they end themselves before others start (`flink-ha` S10)."""
    machine, lines, words = writing(tmp_path, "failure-detector: lan\ntaskmanager.task-lease: 1 s\n")
    try:
        await machine.member("jobmanager")
        members = {one.pid: one for one in [await machine.member("taskmanager") for _ in range(2)]}
        record = make_record(str(machine.job), words)
        async with machine.client() as client:
            await client.submit(record.job_id, record.to_bytes())

            async def writers(count: int) -> list[int]:
                return lines.writers() if len(lines.writers()) >= count else []

            async def holder() -> Any:
                found = (await client.cluster())["task_managers"]
                return [one["pid"] for one in found if one["tasks"]]

            await until(lambda: writers(1))
            (frozen,) = await until(holder)
            members[frozen].send_signal(signal.SIGSTOP)
            await until(lambda: writers(2))
            await asyncio.sleep(0.5)
            members[frozen].send_signal(signal.SIGCONT)
            await asyncio.sleep(0.5)
            await client.cancel(record.job_id)
        # There may be more than two: a busy machine may keep others from running for as long as the detector allows.
        assert len(lines.writers()) == len(set(lines.writers())), "steps of two attempts between each other"
    finally:
        await machine.clean_up()


HELD = """
import os, sys
from cluster.slots.lifeline import watch_lifeline
watch_lifeline(int(sys.argv[1]))
print("up", flush=True)
while True:
    pass
"""


@pytest.mark.parametrize("how", ["deadline", "closed"])
async def test_a_slot_ends_itself_though_user_code_holds_it(how: str) -> None:
    """Whatever its loop does: when the deadline has passed, or the TaskManager's end of the pipe is closed."""
    lifeline = Lifeline()
    with lifeline.other_end() as theirs:
        held = await asyncio.create_subprocess_exec(
            *(sys.executable, "-c", HELD, str(theirs)), pass_fds=(theirs,), stdout=asyncio.subprocess.PIPE
        )
    assert held.stdout is not None
    assert await held.stdout.readline() == b"up\n"
    loop = asyncio.get_running_loop()
    lifeline.run_until(loop.time() + 3600.0)
    assert held.returncode is None
    if how == "deadline":
        lifeline.run_until(loop.time())
    else:
        lifeline.close()
    assert await held.wait() == -signal.SIGKILL
    lifeline.close()
