"""Scenarios whose code does what no scenario should, each in one seed, for what the command says of them."""

from __future__ import annotations

import asyncio
import os
import random
import signal
import sys

from runtime.sim.campaign import Record
from runtime.sim.schedule import Fault
from runtime.sim.world import World


class Odd:
    """Does it in seed 1, on its own or in a task."""

    def draw(self, chance: random.Random) -> list[Fault]:
        return []

    async def story(self, world: World, seed: int, faults: list[Fault], record: Record) -> None:
        record.tell("a\udcff", "said", "two\nlines\x0c and\u2028more \ud800")
        record.tell("a", "counted", 17)  # type: ignore[arg-type]
        await asyncio.sleep(1.0)
        if seed == 1:
            await self.do()

    async def do(self) -> None:
        """What no scenario should."""


class Leaves(Odd):
    async def do(self) -> None:
        sys.exit(0)


class LeavesElsewhere(Odd):
    async def do(self) -> None:
        await asyncio.gather(asyncio.create_task(Leaves().do()))


class Cancelled(Odd):
    async def do(self) -> None:
        raise asyncio.CancelledError


class Dies(Odd):
    async def do(self) -> None:
        os._exit(3)


class Grouped(Odd):
    async def do(self) -> None:
        async with asyncio.TaskGroup() as group:
            for number in range(2):
                group.create_task(self.fail(number))

    async def fail(self, number: int) -> None:
        error = ValueError(f"the real reason\nand more of it: {number}")
        error.add_note("a note")
        raise error


class Interrupted(Odd):
    async def do(self) -> None:
        raise KeyboardInterrupt


class Deaf(Odd):
    """Ctrl-C is pressed meanwhile, and its own code makes something else of it."""

    async def do(self) -> None:
        try:
            signal.raise_signal(signal.SIGINT)
        except KeyboardInterrupt:
            raise ValueError("another error") from None


class Impatient(Odd):
    """Fails in seed 1; Ctrl-C is pressed while that is played again, to be made smaller."""

    def draw(self, chance: random.Random) -> list[Fault]:
        return [Fault(1.0, "kill", ("a",)), Fault(2.0, "kill", ("a",))]

    async def story(self, world: World, seed: int, faults: list[Fault], record: Record) -> None:
        if seed == 1 and len(faults) < 2:
            await Deaf().do()
        record.require(seed != 1, "R1", "a rule")


class Idle:
    """Is no scenario."""


class Particular(Odd):
    """Cannot be made."""

    def __init__(self, what: str) -> None:
        self.what = what
