"""What is done to the processes: SIGKILL, SIGTERM, SIGSTOP for a while, cuts, and the same to slots and the ensemble.

Deliberately not here: the processes (`victims`), and what must come of it (`benchmarks.ledger`).
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import random
import signal
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any

from benchmarks.soak.victims import Victims

ACTS = {  # how often, in relation to each other
    "kill": 3,
    "terminate": 1,
    "freeze": 2,
    "kill the leader": 2,
    "kill all taskmanagers": 1,
    "kill a slot": 1,
    "freeze a slot": 1,
}
ENSEMBLE_ACTS = {"kill a member": 1, "freeze a member": 1}
NETWORK_ACTS = {"cut": 2}
LASTS_S = (0.05, 0.5, 3.0, 8.0)
"""A freeze or a cut: shorter than anybody notices, and longer than the lease, the session and the detector allow."""


class Nemesis:
    """Strikes at random, and puts a new process in the place of each dead one after a while.

    Args:
        victims: The processes.
        chance: Decides what is done to whom, and when.
        leader_pid: Asks who leads; `None` if nobody says so in time.

    Attributes:
        log: What was done, a line each.
        blows: How often what was done.
    """

    def __init__(
        self, victims: Victims, chance: random.Random, leader_pid: Callable[[], Awaitable[int | None]]
    ) -> None:
        self._victims = victims
        self._chance = chance
        self._leader_pid = leader_pid
        self._began = time.monotonic()
        self._running: set[asyncio.Task[None]] = set()
        self.blows: Counter[str] = Counter()
        self.log: list[str] = []
        self._acts = dict(ACTS)
        if victims.ensemble is not None:
            self._acts |= ENSEMBLE_ACTS
        if victims.network is not None:
            self._acts |= NETWORK_ACTS

    async def rage(self, blows: int, mean_pause_s: float) -> None:
        """Strike so many blows; then wait until all that was hurt is mended."""
        while self.blows.total() < blows:
            await asyncio.sleep(self._chance.uniform(0.1, 2 * mean_pause_s - 0.1))
            self._strike()
        await asyncio.gather(*self._running, return_exceptions=True)

    def _strike(self) -> None:
        (act,) = self._chance.choices(list(self._acts), list(self._acts.values()))
        name = self._chance.choice(sorted(self._victims.children))
        child, lasts_s = self._victims.children[name], self._chance.choice(LASTS_S)
        if act in ENSEMBLE_ACTS:
            self._spawn(self._hurt_member(act, lasts_s))
        elif act == "kill the leader":
            self._spawn(self._kill_leader())
        elif act == "kill all taskmanagers":
            self._note(act, "")
            for other in [other for other in self._victims.children if other.startswith("taskmanager")]:
                self._end(other, signal.SIGKILL)
        elif child.status is not None:
            return
        elif act in ("kill", "terminate"):
            self._note(act, f"{name} pid {child.pid}")
            self._end(name, signal.SIGKILL if act == "kill" else signal.SIGTERM)
        elif act == "freeze":
            self._note(act, f"{name} pid {child.pid} for {lasts_s:g} s")
            self._spawn(self._freeze(child.pid, lasts_s))
        elif act == "cut":
            self._note(act, f"{name} pid {child.pid} for {lasts_s:g} s")
            self._spawn(self._cut(name, lasts_s))
        elif slots := self._victims.slots_of(name):
            pid = self._chance.choice(slots)
            self._note(act, f"{name} slot pid {pid} for {lasts_s:g} s")
            if act == "freeze a slot":
                self._spawn(self._freeze(pid, lasts_s))
            else:
                _signal(pid, signal.SIGKILL)

    def _note(self, act: str, whom: str) -> None:
        self.blows[act] += 1
        self.log.append(f"{time.monotonic() - self._began:8.3f} {act} {whom}")

    def _spawn(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.ensure_future(work)
        self._running.add(task)
        task.add_done_callback(self._running.discard)

    async def _freeze(self, pid: int, lasts_s: float) -> None:
        _signal(pid, signal.SIGSTOP)
        try:
            await asyncio.sleep(lasts_s)
        finally:
            self._victims.thaws.setdefault(pid, []).append(time.monotonic())
            _signal(pid, signal.SIGCONT)

    async def _cut(self, name: str, lasts_s: float) -> None:
        network = self._victims.network
        assert network is not None
        place = network.places[int(name.rpartition("-")[2])]
        if await network.cut(place):
            await asyncio.sleep(lasts_s)
            await network.heal(place)

    async def _kill_leader(self) -> None:
        pid = await self._leader_pid()
        for name, child in self._victims.children.items():
            if child.pid == pid and child.status is None:
                self._note("kill the leader", f"{name} pid {pid}")
                self._end(name, signal.SIGKILL)

    async def _hurt_member(self, act: str, lasts_s: float) -> None:
        ensemble = self._victims.ensemble
        assert ensemble is not None
        member = self._chance.choice(ensemble.members)
        if not member.runs or member.is_frozen:
            return
        self._note(act, f"{member.number} for {lasts_s:g} s")
        if act == "freeze a member":
            member.freeze()
        else:
            await asyncio.to_thread(member.kill)
        await asyncio.sleep(lasts_s)
        member.thaw()
        if not member.runs:
            member.start()

    def _end(self, name: str, how: signal.Signals) -> None:
        self._victims.children[name].send_signal(how)
        self._spawn(self._replace(name, self._chance.uniform(0.0, 1.0)))

    async def _replace(self, name: str, after_s: float) -> None:
        child = self._victims.children[name]
        await child.wait()
        await asyncio.sleep(after_s)
        if self._victims.children[name] is child:
            self._victims.start(name)


def _signal(pid: int, number: int) -> None:
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, number)
