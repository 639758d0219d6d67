"""`Scene` and `Victim`: where a failure happens, and to whom. SHELL of the router's rules.

Deliberately not here: the ways to fail (`failures`, and `combined` for those of several blows).
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

from benchmarks.detection.trials.conversation import Program
from benchmarks.detection.trials.network import LOSSES, Loopback, Namespaces, Place


@dataclass(slots=True)
class Scene:
    """Where failures happen.

    Attributes:
        network: Of the trial.
        watcher: The program that watches.
        replace: Makes a subject at a place, which waits to be told to start.
        delay: The relay of a slow link; `None` if there is none.
        tasks: What goes on after an injection; waited for at the end.
    """

    network: Namespaces | Loopback
    watcher: Program
    replace: Callable[[Place], Program]
    delay: Program | None = None
    tasks: list[asyncio.Task[None]] = field(default_factory=list)

    def meanwhile(self, work: Awaitable[None]) -> None:
        """Let something go on."""

        async def go_on() -> None:
            await work

        self.tasks.append(asyncio.get_running_loop().create_task(go_on()))

    async def change(self, place: Place, action: str, directions: str, which: str = "cuts") -> float:
        """Add to, or delete from, a set of the router. Returns the time just before."""
        network = self.network
        if not isinstance(network, Namespaces):
            raise TypeError("loopback cannot be divided")
        pairs = [network.pair(place, towards=way == "in") for way in directions.split()]
        rules = await network.rules([f"{action} element inet harness {which} {{ {', '.join(pairs)} }}"])
        before = time.monotonic()
        await rules.apply()
        return before

    def heal_after(self, place: Place, seconds: float) -> None:
        """Let everything between a place and the watcher through again, later."""
        network = self.network
        if not isinstance(network, Namespaces):
            raise TypeError("loopback cannot be divided")
        until = time.monotonic() + seconds

        async def heal() -> None:
            pairs = [network.pair(place, towards=towards) for towards in (True, False)]
            rules = await network.rules([f"delete element inet harness cuts {{ {', '.join(pairs)} }}"])
            await asyncio.sleep(max(0.0, until - time.monotonic()))
            await rules.apply()

        self.meanwhile(heal())

    async def mend(self) -> None:
        """Let everything through again."""
        if isinstance(self.network, Namespaces):
            names = ["cuts", *(f"loss{share}" for share in LOSSES)]
            rules = await self.network.rules([f"flush set inet harness {name}" for name in names])
            await rules.apply()


@dataclass(slots=True)
class Victim:
    """A subject of a trial.

    Attributes:
        program: Its process.
        place: Where it lives.
        address: Where it listens, as it has said.
        start: The order with which it was started.
    """

    program: Program
    place: Place
    address: str
    start: dict[str, object]

    @property
    def port(self) -> int:
        """Where it listens."""
        return int(self.address.rpartition(":")[2])


Harm = Callable[[Scene, Victim], Awaitable[float]]
"""Does it. Returns the time of the injection on CLOCK_MONOTONIC."""
