"""`Campaign`: trials of one cell after the other, in batches of subjects that one watcher watches. SHELL.

A batch is started, left alone until heartbeats are regular, and then hurt: one subject after the other where deaths
take milliseconds, all within one heartbeat interval where they take longer. Nothing starts while something is measured.
"""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import random
import time
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from typing import Any

from benchmarks.detection.cells import Cell
from benchmarks.detection.programs.settings import PROFILES
from benchmarks.detection.trials.conversation import Program
from benchmarks.detection.trials.failures import FAILURES, Failure
from benchmarks.detection.trials.memory import resident_kib
from benchmarks.detection.trials.network import Loopback, Namespaces, Place
from benchmarks.detection.trials.peers import Peer
from benchmarks.detection.trials.pressure import Pressure
from benchmarks.detection.trials.scene import Scene, Victim
from benchmarks.detection.trials.scoreboard import Scoreboard, Watched
from benchmarks.detection.trials.slow import slow_link
from benchmarks.detection.trials.trial import Trial

WARM_UP_BEATS = 10
FEW_BEATS = 3  # before a death that no detector has to find
BATCH = 20
TAIL_S = 1.0
PATIENCE_S = {"lan": 4.0, "default": 12.0, "wan": 25.0, "akka": 25.0}


@dataclass(slots=True)
class Going:
    """A subject that is watched.

    Attributes:
        victim: The process.
        watched: Its entry on the scoreboard.
        name: What the watcher calls it.
        pressure: Since a little before it is hurt.
    """

    victim: Victim
    watched: Watched
    name: str
    pressure: Pressure = field(default_factory=Pressure)


class Campaign:
    """Runs trials on one network.

    Args:
        network: Where.
        peer: Whose detection.
        seed: Of the moments of injection.
    """

    def __init__(self, network: Namespaces | Loopback, peer: Peer, seed: int = 1) -> None:
        self._network = network
        self._peer = peer
        self._rng = random.Random(seed)
        self._numbers = itertools.count(1)

    async def run(self, cell: Cell, count: int) -> AsyncIterator[Trial]:
        """The trials of a cell.

        Args:
            cell: The cell.
            count: How many trials.

        Raises:
            Unsupported: If the system cannot do what the cell asks for.
            ProgramFailed: If a process does not do as it is told.
        """
        failure = FAILURES[cell.failure]
        board = Scoreboard()
        async with AsyncExitStack() as stack:
            watcher = Program(self._network.watcher.argv(list(self._peer.watcher)), board.hear)
            stack.callback(watcher.end)
            start = {"profile": cell.profile, "carriage": cell.carriage, "detector": cell.detector}
            host = self._network.watcher.host
            await watcher.ask("start", "ready", host=host, watchers=cell.watchers, **start)
            places, delay = self._network.subjects, None
            if failure.is_slow and isinstance(self._network, Namespaces):
                place, delay = await stack.enter_async_context(slow_link(self._network))
                places = [place]
            done = 0
            while done < count:
                batch = Batch(self, cell, failure, board, watcher, places)
                replacements: list[Program] = []

                def replace(place: Place, kept: list[Program] = replacements) -> Program:
                    kept.append(Program(place.argv(self.command(cell))))
                    return kept[-1]

                scene = Scene(self._network, watcher, replace, delay)
                try:
                    for trial in await batch.run(min(count - done, self._batch_size(cell, failure)), scene):
                        done += 1
                        yield trial
                finally:
                    for program in replacements:
                        program.end()
                    if delay is not None:
                        await delay.ask("delay", "delaying", seconds=0.0)

    def _batch_size(self, cell: Cell, failure: Failure) -> int:
        if cell.watched > 10_000:
            return 2
        if failure.mib:
            return max(2, 1024 // failure.mib)
        if failure.is_divided and not failure.is_slow:
            return len(self._network.subjects)
        return BATCH

    def uniform(self) -> float:
        """A share of a heartbeat's phase."""
        return self._rng.random()

    def next_name(self) -> str:
        """A name that no other subject has."""
        return f"s{next(self._numbers)}"

    def command(self, cell: Cell) -> list[str]:
        """That of a subject."""
        return self._peer.command(cell.subject)


class Batch:
    """Some subjects that are watched, hurt and forgotten together."""

    def __init__(
        self, campaign: Campaign, cell: Cell, failure: Failure, board: Scoreboard, watcher: Program, places: list[Place]
    ) -> None:
        self._campaign = campaign
        self._cell = cell
        self._failure = failure
        self._board = board
        self._watcher = watcher
        self._places = places
        self._interval_s = PROFILES[cell.profile]().heartbeat_interval_s
        self._programs: list[Program] = []

    async def run(self, count: int, scene: Scene) -> list[Trial]:
        """Their trials."""
        try:
            going = [await self._watch(one) for one in await self._start(count)]
            beats = FEW_BEATS if self._failure.one_by_one else WARM_UP_BEATS
            await asyncio.sleep(beats * self._interval_s)
            if self._failure.one_by_one:
                for one in going:
                    await self._hurt(one, scene, self._campaign.uniform())
                    await self._wait_for_death(one)
            elif self._failure.is_shared:
                await asyncio.sleep(self._campaign.uniform() * self._interval_s)
                began = await self._failure.harm(scene, going[0].victim)
                for one in going:
                    one.watched.injected_t = began
            else:
                await asyncio.gather(*(self._hurt(one, scene, self._campaign.uniform()) for one in going))
            await self._observe(going, scene)
            now = time.monotonic()
            mended_s = self._failure.lasts_s or None
            return [self._settled(one, now, mended_s) for one in going]
        finally:
            await self._end(scene)

    async def _start(self, count: int) -> list[Going]:
        starting = (self._start_one(number) for number in range(count))
        started = await asyncio.gather(*starting, return_exceptions=True)
        for one in started:
            if isinstance(one, BaseException):
                raise one
        return [one for one in started if isinstance(one, Going)]

    async def _start_one(self, number: int) -> Going:
        place = self._places[number % len(self._places)]
        program = Program(place.argv(self._campaign.command(self._cell)))
        self._programs.append(program)
        start: dict[str, Any] = {"host": place.host, "profile": self._cell.profile, "carriage": self._cell.carriage}
        start.update(watched=self._cell.watched, mib=self._failure.mib)
        ready = await program.ask("start", "ready", 60.0, **start)
        victim = Victim(program, place, ready["address"], {"do": "start", **start})
        trial = Trial(self._cell, self._failure.truth, 0)
        name = self._campaign.next_name()
        trial.number = int(name[1:])
        return Going(victim, self._board.open(name, trial), name)

    async def _watch(self, one: Going) -> Going:
        order = {"id": one.name, "address": one.victim.address, "watched": self._cell.watched}
        await self._watcher.ask("watch", "watching", 120.0, **order)
        return one

    async def _hurt(self, one: Going, scene: Scene, phase: float) -> None:
        trial = one.watched.trial
        trial.phase = phase
        one.pressure = Pressure()
        await asyncio.sleep(phase * self._interval_s)
        trial.rss_kib, trial.anon_kib = resident_kib(one.victim.program.pid)
        one.watched.injected_t = await self._failure.harm(scene, one.victim)

    async def _wait_for_death(self, one: Going) -> None:
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(PATIENCE_S[self._cell.profile]):
                await one.watched.is_dead.wait()
                if self._failure.truth == "dead" and self._failure.name != "raise":
                    await one.victim.program.exit()
        one.watched.trial.pressure = one.pressure.share()

    async def _observe(self, going: list[Going], scene: Scene) -> None:
        """Until all are convicted, or those that are only disturbed have been left in peace for a while."""
        failure = self._failure
        if failure.truth == "alive":
            await asyncio.sleep(failure.lasts_s + TAIL_S)
        elif not failure.one_by_one:
            await asyncio.gather(*(self._wait_for_death(one) for one in going))
            left_s = max(failure.lasts_s + TAIL_S - (time.monotonic() - (one.watched.injected_t or 0)) for one in going)
            if failure.lasts_s:
                await asyncio.sleep(max(0.0, left_s))
        for task in scene.tasks:
            await task

    def _settled(self, one: Going, now: float, mended_s: float | None) -> Trial:
        exited_t, watched = one.victim.program.exited_t, one.watched
        trial = watched.settle(now, mended_s)
        if exited_t is not None and watched.injected_t is not None:
            trial.exit_s = exited_t - watched.injected_t
        self._board.close(one.name)
        return trial

    async def _end(self, scene: Scene) -> None:
        for task in scene.tasks:
            task.cancel()
        await asyncio.gather(*scene.tasks, return_exceptions=True)
        for program in self._programs:
            program.end()
        if isinstance(scene.network, Namespaces) and self._failure.is_divided:
            await scene.mend()
