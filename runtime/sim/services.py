"""`Services`: programs of yours on machines of a `World`, which suffer mishaps, and live again when they end. SHELL.

Stands for what starts the programs of a real machine: whatever ends (a program that returns or raises, a process that
is killed) lives again after a moment, as another incarnation at the same address. Each machine has one process with one
actor system. Deliberately not here: which mishaps there are (`runtime.sim.mishaps`), what has to hold, which your test
says; doing any of them (`runtime.sim.misfortune`); several processes on a machine, which a scenario with a `Nemesis` of
its own can have.
"""

from __future__ import annotations

import asyncio
import inspect
from collections.abc import Callable, Coroutine, Iterable, Mapping, Sequence
from typing import Any, Self

from runtime.settings import Settings
from runtime.sim import mishaps
from runtime.sim.failures import reason
from runtime.sim.misfortune import Misfortune
from runtime.sim.process import SimProcess
from runtime.sim.schedule import Fault
from runtime.sim.trace import ENDED, RETURNED, SYSTEM_ENDED
from runtime.sim.world import World
from runtime.system import ActorSystem

Program = Callable[[ActorSystem], Coroutine[Any, Any, None]]
"""What a machine runs: it gets its started actor system, and the process ends when it returns or raises."""
AGAIN_AFTER_S = 0.2
"""Between the end of a program and its next start."""


class Services:
    """Programs on machines; as long as `async with` lasts they run, and are started again.

    Args:
        world: Where the machines are.
        programs: What each machine runs, by its name.
        settings: Of all actor systems.
        spared: Machines that never die, because what they hold in memory is not meant to outlive them; they stand still
            and are cut off like any other.

    Raises:
        TypeError: If a program cannot be called with an actor system, or `spared` is a text.
        ValueError: If a spared machine is none of those that have a program.
    """

    def __init__(
        self,
        world: World,
        programs: Mapping[str, Program],
        *,
        settings: Settings | None = None,
        spared: Sequence[str] = (),
    ) -> None:
        for name, program in programs.items():
            _check_program(name, program)
        if isinstance(spared, str):
            raise TypeError(f"spared is a list of machines: [{spared!r}]")
        if unknown := sorted(set(spared) - set(programs)):
            raise ValueError(f"no program runs on {', '.join(unknown)}: name machines of {', '.join(programs)}")
        self._world = world
        self._programs = dict(programs)
        self._settings = settings
        self._spared = tuple(spared)
        self._starting: set[asyncio.Task[None]] = set()
        self._is_open = False
        self._nemesis = Misfortune(self, world)

    async def __aenter__(self) -> Self:
        """Start all of them, in the order in which they were named; each actor system is up then.

        A program that needs another one waits until it is there, as it has to when that one starts again.
        """
        self._is_open = True
        self._world.set_clocks(mishaps.clocks(self._world.stream("clocks"), self.names))
        for name in self._programs:
            await self._start(name)
        return self

    async def __aexit__(self, *_: object) -> None:
        """What ends from now on is not started again; what runs is ended with the world."""
        self._is_open = False
        for task in self._starting:
            task.cancel()

    async def suffer(self, faults: Iterable[Fault] | None = None, *, most: int = 8, within_s: float = 20.0) -> None:
        """Let mishaps happen; when this returns, all is well again, and every machine is up or about to be.

        Args:
            faults: Which. By default the world's `chance` draws them, so that they follow from the seed.
            most: Mishaps to draw.
            within_s: Those that are drawn begin within so many seconds. The last may end later.

        Raises:
            TypeError: If `faults` is a text, which `runtime.sim.schedule.parsed` reads, or a number.
            ValueError: If there is no such kind of fault, or no such machine, or nothing is to be drawn.
            RuntimeError: Outside of `async with`, where no machine is up.
        """
        if isinstance(faults, str):
            raise TypeError("a schedule is a list of faults: suffer(parsed(...)), with runtime.sim.schedule.parsed")
        given: tuple[Any, Any] = faults, most
        if isinstance(given[0], int) or not isinstance(given[1], int):
            raise TypeError("how many mishaps are drawn at most is a whole number: suffer(most=5)")
        if not self._is_open:
            raise RuntimeError("the machines are up within `async with Services(...) as services` alone")
        if most < 1 or within_s < 0:
            raise ValueError(f"1 mishap at least, within no less than 0 s; not {most} within {within_s:g} s")
        takes_s = 0.0
        if faults is None:
            drawn = mishaps.draw(self._world.chance, self.names, self._spared, self.disks, most=most, within_s=within_s)
            faults = self._left(drawn)
            if len(faults) < len(drawn):  # what goes on meanwhile shall go on for as long as it did with all of them
                takes_s = max(fault.at_s + fault.for_s for fault in drawn)
        faults = list(faults)
        self._nemesis.check(faults)
        self._world.suffered += faults
        begun_s = self._world.network.now()
        await self._nemesis.perform(faults)
        if (left_s := begun_s + takes_s - self._world.network.now()) > 0:
            await asyncio.sleep(left_s)
        self._nemesis.heal()

    def _left(self, drawn: Iterable[Fault]) -> list[Fault]:
        """What happens of that: all of it, unless a seed is played again with fewer mishaps."""
        world, happen = self._world, []
        for fault in drawn:
            if world.only is None or world.drawn in world.only:
                happen.append(fault)
                self._nemesis.is_drawn(fault, world.stream(f"mishap {world.drawn}"))
            world.drawn += 1
        return happen

    # --- for the nemesis ----------------------------------------------------------------------------------------------

    @property
    def names(self) -> list[str]:
        """All machines."""
        return list(self._programs)

    @property
    def disks(self) -> list[str]:
        """The machines whose disk somebody has asked for."""
        return [name for name in self._programs if name in self._world.disks]

    def begin(self, name: str, after_s: float = 0.0) -> None:
        """Start the program of a machine, soon, unless its process lives."""

        async def begin() -> None:
            await asyncio.sleep(after_s)
            if name not in self._world.nodes and self._is_open:
                await self._start(name)

        task = asyncio.get_running_loop().create_task(begin())
        self._starting.add(task)
        task.add_done_callback(self._starting.discard)

    def process(self, name: str) -> SimProcess | None:
        """The process of a machine; `None` if there is none that can be ended now."""
        return self._world.network.process(name) if name in self._world.nodes else None

    def system(self, name: str) -> ActorSystem:
        """The actor system of a machine.

        Raises:
            KeyError: If its process does not live.
        """
        if name not in self._world.nodes:
            raise KeyError(f"no machine {name} is up; up are {', '.join(self._world.nodes) or 'none'}")
        return self._world.nodes[name]

    def forget(self, name: str) -> None:
        """Its process is dead."""
        self._world.nodes.pop(name, None)

    async def _start(self, name: str) -> None:
        system = await self._world.start(name, self._settings)
        process = self._world.network.process(name)
        process.run(lambda: process.call(asyncio.get_running_loop().create_task, self._live(name, process, system)))

    async def _live(self, name: str, process: SimProcess, system: ActorSystem) -> None:
        """One life of a program, in its own process: after its end nothing of it is left."""
        is_program, why = True, ""

        def system_has_ended() -> None:
            if not why:
                self._world.tell(name, SYSTEM_ENDED, system.coordinated_shutdown.reason or "")

        system.on_termination(system_has_ended)
        try:
            life: Any = self._programs[name](system)
            if is_program := inspect.isawaitable(life):
                await life
            why = RETURNED
        except (Exception, SystemExit, asyncio.CancelledError) as error:  # any of them ends a real process
            why = reason(error)
        if not is_program:  # an error of the whole test, since no next life would be another
            raise TypeError(f"the program of {name} has to be an async function, of its actor system")
        self._world.tell(name, ENDED, why)
        await system.terminate()
        if self._world.nodes.get(name) is system:
            self._world.network.at(self._world.network.now(), self._is_over, name, process)

    def _is_over(self, name: str, process: SimProcess) -> None:
        """In nobody's name, since it outlives that process."""
        if process.alive:
            self._world.network.kill(name)
            self.forget(name)
            if not self._nemesis.is_ending(name):
                self.begin(name, AGAIN_AFTER_S)


def _check_program(name: str, program: Any) -> None:
    try:
        inspect.signature(program).bind(None)
    except (TypeError, ValueError) as error:
        raise TypeError(f"the program of {name} has to be an async function of its actor system: {error}") from None
