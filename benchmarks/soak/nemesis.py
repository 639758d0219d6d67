"""`Nemesis`: performs a schedule of faults on real processes: signals, new processes for dead ones, and cuts. SHELL.

As in simulation (`cluster.simulation.nemesis`), each fault is taken back after its time, and `leader` is whoever leads
at that moment. Deliberately not here: drawing (`schedule`), the processes (`victims`), and what must come of it
(`benchmarks.ledger`).
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Iterable

from benchmarks.soak.schedule import LEADER
from benchmarks.soak.victims import Victims
from runtime.sim.schedule import Fault


class Nemesis:
    """Does what a schedule says, and puts a new process in the place of each dead one.

    Args:
        victims: The processes.
        leader_pid: Asks who leads; `None` if nobody says so in time.

    Attributes:
        log: What was done, a line each.
        blows: How often what was done.
    """

    def __init__(self, victims: Victims, leader_pid: Callable[[], Awaitable[int | None]]) -> None:
        self._victims = victims
        self._leader_pid = leader_pid
        self._began = time.monotonic()
        self.blows: Counter[str] = Counter()
        self.log: list[str] = []

    async def perform(self, faults: Iterable[Fault]) -> None:
        """Do all of them, and take each back; returns when all is mended."""
        self._began = time.monotonic()
        await asyncio.gather(*(self._one(fault) for fault in faults))

    async def _one(self, fault: Fault) -> None:
        await asyncio.sleep(fault.at_s)
        targets = [await self._who(target) for target in fault.targets]
        if None in targets or len(set(targets)) < len(targets):
            return
        await getattr(self, f"_{fault.kind.replace('-', '_')}")(fault, *targets)

    async def _who(self, target: str) -> str | None:
        if target != LEADER:
            return target
        pid = await self._leader_pid()
        for name, child in self._victims.children.items():
            if child.pid == pid and child.status is None:
                return name
        return None

    def _note(self, fault: Fault, more: str) -> None:
        self.blows[fault.kind] += 1
        self.log.append(f"{time.monotonic() - self._began:8.3f} {fault}: {more}")

    # --- what can happen ----------------------------------------------------------------------------------------------

    async def _kill(self, fault: Fault, name: str, how: signal.Signals = signal.SIGKILL) -> None:
        child = self._victims.children[name]
        if child.status is not None:
            return
        self._note(fault, f"{name} pid {child.pid}")
        child.send_signal(how)
        await child.wait()
        await asyncio.sleep(fault.for_s)
        if self._victims.children[name] is child:
            self._victims.start(name)

    _kill_leader = _kill

    async def _stop(self, fault: Fault, name: str) -> None:
        await self._kill(fault, name, signal.SIGTERM)

    _stop_leader = _stop

    async def _freeze(self, fault: Fault, name: str) -> None:
        child = self._victims.children[name]
        if child.status is None:
            self._note(fault, f"{name} pid {child.pid}")
            await self._stand_still(child.pid, fault.for_s)

    _freeze_leader = _freeze

    async def _stand_still(self, pid: int, seconds: float) -> None:
        _signal(pid, signal.SIGSTOP)
        try:
            await asyncio.sleep(seconds)
        finally:
            self._victims.thaws.setdefault(pid, []).append(time.monotonic())
            _signal(pid, signal.SIGCONT)

    async def _kill_slot(self, fault: Fault, name: str) -> None:
        pid = self._slot(fault, name)
        if pid is not None:
            _signal(pid, signal.SIGKILL)

    async def _freeze_slot(self, fault: Fault, name: str) -> None:
        pid = self._slot(fault, name)
        if pid is not None:
            await self._stand_still(pid, fault.for_s)

    def _slot(self, fault: Fault, name: str) -> int | None:
        slots = self._victims.slots_of(name) if self._victims.children[name].status is None else []
        if not slots:
            return None
        pid = slots[int(fault.number("index")) % len(slots)]
        self._note(fault, f"{name} slot pid {pid}")
        return pid

    async def _cut(self, fault: Fault, one: str, other: str) -> None:
        network = self._victims.divided
        places = [self._victims.place(name) for name in (one, other)]
        pairs = network.between(*places, one_way=fault.number("one_way") > 0)
        await self._drop(fault, f"{one} and {other}", pairs)

    async def _isolate(self, fault: Fault, name: str) -> None:
        network, place = self._victims.divided, self._victims.place(name)
        only_members = fault.number("from_members_only") > 0
        await self._drop(fault, name, network.around(place, the_middle_only=only_members))

    async def _vanish(self, fault: Fault, name: str) -> None:
        network = self._victims.divided
        pairs = network.around(self._victims.place(name))
        await network.drop(pairs)
        try:
            await self._kill(fault, name)
        finally:
            await network.let_through(pairs)

    async def _drop(self, fault: Fault, whom: str, pairs: list[str]) -> None:
        network = self._victims.divided
        self._note(fault, whom)
        await network.drop(pairs)
        try:
            await asyncio.sleep(fault.for_s)
        finally:
            await network.let_through(pairs)

    async def _kill_member(self, fault: Fault, name: str) -> None:
        if not await self._all_members_serve():
            return
        member = self._victims.member(name)
        self._note(fault, name)
        await asyncio.to_thread(member.kill)
        await asyncio.sleep(fault.for_s)
        if not member.runs:
            member.start()

    async def _freeze_member(self, fault: Fault, name: str) -> None:
        if not await self._all_members_serve():
            return
        member = self._victims.member(name)
        self._note(fault, name)
        member.freeze()
        try:
            await asyncio.sleep(fault.for_s)
        finally:
            member.thaw()

    async def _all_members_serve(self) -> bool:
        """Else nothing is done to one: a release that forgets would be judged, and not us (decision 18)."""
        ensemble = self._victims.ensemble
        if ensemble is None or any(not one.runs or one.is_frozen for one in ensemble.members):
            return False
        modes = await asyncio.to_thread(lambda: [ensemble.mode(one) for one in ensemble.members])
        return all(modes) and not any(not one.runs or one.is_frozen for one in ensemble.members)


def _signal(pid: int, number: int) -> None:
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, number)
