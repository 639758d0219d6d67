"""`Performer`: does a schedule's faults when they are due, takes each back, and heals everything in the end. SHELL.

What can be done is a method for each kind, in a subclass (`runtime.sim.nemesis`): it strikes its targets, and returns
how that is taken back, or `None` if there was nothing to strike. What may come between hosts is noted in a `Weather`,
for judges. Deliberately not here: any fault; when one is due that waits for a moment (`runtime.sim.moments`).
"""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import Callable, Iterable
from typing import Any

from runtime.sim.campaign import Record
from runtime.sim.network import SimNetwork
from runtime.sim.schedule import Fault
from runtime.sim.weather import Spell, Weather

Undo = Callable[[], None]
HARMLESS = frozenset({"delay", "datagrams", "no-datagrams", "clock"})
"""What keeps nobody from hearing another for long."""


class Performer:
    """Does what a schedule says.

    Args:
        network: Whose processes and links.
        record: Is told.
        weather: Is told what may come between whom.

    Attributes:
        unnoted: Kinds that are no matter for the weather.
    """

    unnoted = HARMLESS

    def __init__(self, network: SimNetwork, record: Record, weather: Weather) -> None:
        self._network = network
        self._record = record
        self._weather = weather
        self._strikes: dict[int, tuple[str, str, str, Undo]] = {}
        self._numbers = itertools.count()

    def who(self, target: str) -> str:
        """The process that a target means; empty if there is none now."""
        return target

    def due(self, fault: Fault) -> Fault:
        """What happens in its place, now that it is due."""
        return fault

    def check(self, faults: Iterable[Fault]) -> None:
        """Whether all of them can be done; a schedule may be written by hand.

        Raises:
            ValueError: If there is no fault of that kind here, or not with so many targets.
        """
        for fault in faults:
            takes = 1 if fault.kind == "clock" else self._takes(fault)
            if takes != len(fault.targets):
                raise ValueError(f"{fault}: {fault.kind} happens to {takes}, not to {len(fault.targets)}; name {takes}")

    def _takes(self, fault: Fault) -> int:
        """How many targets a kind has: so many parameters has its method, beside itself and the fault."""
        method: Any = getattr(self, _method(fault), None)
        if method is None:
            raise ValueError(f"{fault}: there is no fault {fault.kind} here")
        takes: int = method.__code__.co_argcount - 2
        return takes

    async def perform(self, faults: Iterable[Fault]) -> None:
        """Do all of them, and take each back; returns when all is over.

        Raises:
            ValueError: Before anything is done, if one cannot be done; see `check`.
        """
        faults = list(faults)
        self.check(faults)
        async with asyncio.TaskGroup() as group:
            for fault in faults:
                if fault.kind != "clock":
                    group.create_task(self._one(fault))

    def heal(self) -> None:
        """Everything is well again: nobody is cut off, frozen or dead."""
        strikes = list(self._strikes.values())
        self._strikes.clear()
        for *_, undo in strikes:
            undo()

    async def _one(self, fault: Fault) -> None:
        await asyncio.sleep(fault.at_s)
        fault = self.due(fault)
        targets = tuple(self.who(target) for target in fault.targets)
        undo = self._struck(fault, targets)
        if asyncio.iscoroutine(undo):
            undo = await undo
        if undo is not None:
            number = self._note(fault, targets, undo)
            await asyncio.sleep(fault.for_s)
            self._take_back(number)

    def _struck(self, fault: Fault, targets: tuple[str, ...]) -> Any:
        """Strike. How it is taken back, or a coroutine that says so; `None` if there is nothing to strike."""
        if "" in targets or len(set(targets)) < len(targets):
            return None
        return getattr(self, _method(fault))(fault, *targets)

    def _note(self, fault: Fault, targets: tuple[str, ...], undo: Undo, why: str = "") -> int:
        """What was struck is told, and will be taken back under this number."""
        where, others = (targets or ("",))[0], " ".join(targets[1:])
        self._record.tell(where, fault.kind, f"{others} for {fault.for_s:g} s{why}".strip())
        number = next(self._numbers)
        self._strikes[number] = where, fault.kind, others, self._noted(fault, targets, undo)
        return number

    def _take_back(self, number: int) -> None:
        """What a strike has done is over; nothing happens if everything was healed before."""
        if number in self._strikes:
            where, kind, others, undo = self._strikes.pop(number)
            undo()
            self._record.tell(where, f"end of {kind}", others)

    def _noted(self, fault: Fault, targets: tuple[str, ...], undo: Undo) -> Undo:
        """How it is taken back, with what the weather is told of it."""
        if fault.kind in self.unnoted:
            now = self._network.now()
            self._weather.ripples.append(Spell(fault.kind, targets, now, now + fault.for_s))
            return undo
        spell = self._weather.begin(fault.kind, targets, self._network.now())
        if fault.kind == "reset" and not fault.number("cut"):
            spell.begin += fault.for_s  # nothing happens before

        def end() -> None:
            spell.end = self._network.now()
            undo()

        return end


def _method(fault: Fault) -> str:
    """The name of the one that does it."""
    return f"_{fault.kind.replace('-', '_')}"
