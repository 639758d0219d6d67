"""The death of an own child process, known by its pidfd."""

from __future__ import annotations

import asyncio
import os
import sys
import time

from actors import Props, Terminated
from benchmarks.detection.kill import Kill, Witness, first_line, kill
from runtime import ActorSystem
from runtime.process import ChildProcess, GetPid

PROGRAM = "import time; print('ready', flush=True); time.sleep(600)"


async def child_deaths(count: int) -> list[Kill]:
    """Kill that many child processes, one after the other."""
    deaths: asyncio.Queue[tuple[float, Terminated]] = asyncio.Queue()
    kills = []
    async with ActorSystem("bench") as system:
        witness = system.spawn(Props(Witness, deaths))
        for _ in range(count):
            reading, writing = os.pipe()
            process = system.spawn(Props(ChildProcess, [sys.executable, "-c", PROGRAM], stdout=writing))
            pid = await process.ask(GetPid())
            os.close(writing)
            await witness.ask(process)  # type: ignore[arg-type]
            await first_line(reading)
            gone = watch(pid)
            kills.append(await kill(pid, gone, deaths))
            os.close(reading)
    return kills


def watch(pid: int) -> asyncio.Future[float]:
    """When a process ends, by a pidfd of our own beside the actor's."""
    loop = asyncio.get_running_loop()
    gone: asyncio.Future[float] = loop.create_future()
    pidfd = os.pidfd_open(pid)

    def ended() -> None:
        gone.set_result(time.perf_counter())
        loop.remove_reader(pidfd)
        os.close(pidfd)

    loop.add_reader(pidfd, ended)
    return gone
