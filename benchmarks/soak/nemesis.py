"""What is done to the processes: SIGKILL, SIGSTOP for a while, SIGTERM, and SIGKILL of single slot processes."""

from __future__ import annotations

import asyncio
import contextlib
import os
import random
import signal
import time
from collections import Counter

from benchmarks.soak.victims import Victims

ACTS = ("kill", "kill", "kill", "freeze", "terminate", "kill a slot", "kill all taskmanagers")


class Nemesis:
    """Strikes at random, and puts a new process in the place of each dead one after a while.

    Args:
        victims: The processes.
        chance: Decides what is done to whom, and when.

    Attributes:
        log: What was done, a line each.
    """

    def __init__(self, victims: Victims, chance: random.Random) -> None:
        self._victims = victims
        self._chance = chance
        self._began = time.monotonic()
        self._replacing: set[asyncio.Task[None]] = set()
        self._counted: Counter[str] = Counter()
        self.log: list[str] = []

    def told(self) -> str:
        """How often each act was done."""
        return ", ".join(f"{number} x {act}" for act, number in sorted(self._counted.items()))

    async def rage(self) -> None:
        """Strike until cancelled."""
        try:
            await asyncio.sleep(2.0)
            while True:
                await self._strike()
                await asyncio.sleep(self._chance.uniform(0.1, 1.5))
        finally:
            for task in self._replacing:
                task.cancel()

    async def _strike(self) -> None:
        act = self._chance.choice(ACTS)
        name = self._chance.choice(sorted(self._victims.children))
        child = self._victims.children[name]
        if child.status is not None:
            return
        self._counted[act] += 1
        self.log.append(f"{time.monotonic() - self._began:8.3f} {act}: {name} pid {child.pid}")
        if act == "kill":
            self._end(name, signal.SIGKILL)
        elif act == "terminate":
            self._end(name, signal.SIGTERM)
        elif act == "freeze":
            child.send_signal(signal.SIGSTOP)
            await asyncio.sleep(self._chance.choice((0.05, 0.5, 3.0)))
            child.send_signal(signal.SIGCONT)
        elif act == "kill a slot":
            for pid in self._victims.slots_of(name)[:1]:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)
        else:
            for other in self._victims.children:
                if other.startswith("taskmanager"):
                    self._end(other, signal.SIGKILL)

    def _end(self, name: str, how: signal.Signals) -> None:
        self._victims.children[name].send_signal(how)
        task = asyncio.ensure_future(self._replace(name, self._chance.uniform(0.0, 1.0)))
        self._replacing.add(task)
        task.add_done_callback(self._replacing.discard)

    async def _replace(self, name: str, after_s: float) -> None:
        child = self._victims.children[name]
        await child.wait()
        await asyncio.sleep(after_s)
        if self._victims.children[name] is child:
            self._victims.start(name)
