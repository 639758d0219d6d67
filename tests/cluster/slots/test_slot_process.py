"""What a slot process does when it cannot say how its task has ended."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
import sys
from unittest.mock import AsyncMock, Mock

import pytest

from cluster.model.job_source import JobSource
from cluster.slots.slot_channel import SlotChannel
from cluster.slots.slot_link import LinkMessage, Run, Running
from cluster.slots.slot_process import Slot
from runtime.process import Child

STOPS_THE_LOOP = b"""
import asyncio, threading, time
from cluster.model.job import Job, Task, TaskSpec

class Stops(Task):
    async def run(self, context):
        threading.Thread(target=time.sleep, args=(1000.0,)).start()
        asyncio.get_running_loop().stop()

job = Job("stops", [TaskSpec("a", Stops)])
"""


@pytest.mark.asyncio(loop_factories=["asyncio"])
async def test_an_end_that_cannot_be_said_is_the_end_of_the_process(monkeypatch: pytest.MonkeyPatch) -> None:
    """Its TaskManager sees that; a process that lived on would be a task that runs for ever."""
    ended = Mock(side_effect=SystemExit)
    monkeypatch.setattr(os, "_exit", ended)
    ours, theirs = socket.socketpair()
    slot = Slot(theirs, asyncio.get_running_loop())
    with ours, pytest.raises(SystemExit):
        await slot._run(Mock(run=AsyncMock(side_effect=UnicodeEncodeError("utf-8", "\ud800", 0, 1, "surrogates"))))
    ended.assert_called_once_with(1)
    slot._channel.close()


@pytest.mark.real
@pytest.mark.asyncio(loop_factories=["asyncio"])
async def test_a_task_that_stops_the_loop_ends_its_process() -> None:
    """A thread that it has left behind would keep the process for ever, with nobody to hear its TaskManager."""
    ours, theirs = socket.socketpair()
    pipes = [os.pipe() for _ in range(2)]
    ends = (theirs.fileno(), *(read for read, _ in pipes))
    command = [sys.executable, "-m", "cluster.slots.slot_process", *map(str, ends)]
    process = Child(command, lambda _: None, pass_fds=ends, stdout=2)
    said: list[LinkMessage] = []
    channel = SlotChannel(ours, said.append, lambda _: None, asyncio.get_running_loop())
    try:
        source = JobSource(file_name="stops.py", code=STOPS_THE_LOOP).to_wire()
        channel.send(Run(1, "j", "a[0]", 1, source, "a", 0, 1, None, "memory://stops", 1000))
        async with asyncio.timeout(30):
            assert (await process.wait()).code == 1
        channel.drain()
        assert Running() in said
    finally:
        process.send_signal(signal.SIGKILL)
        await process.wait()
        channel.close()
        theirs.close()
        for descriptor in (end for pipe in pipes for end in pipe):
            os.close(descriptor)
