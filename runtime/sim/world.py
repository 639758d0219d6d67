"""`World`: several actor systems on one simulated network, in one thread, from one seed. SHELL; made by tests.

Each node is an unmodified `ActorSystem`; only loop, transport and randomness are simulated. A node has a name, and its
address is `actor://NAME@NAME:2552`. Deliberately not here: faults by schedule, and invariants; those are a test's.
"""

from __future__ import annotations

import asyncio
import dataclasses
import random
from collections.abc import Callable, Coroutine, Iterable
from typing import Any, Self, TypeVar

from runtime.remote.events import NodeSuspected, NodeTerminated, NodeTrusted, QuarantinedBy
from runtime.settings import RemoteSettings, Settings
from runtime.sim.clocks import EVERYBODY, Clock, clocks
from runtime.sim.disk import SimDisk
from runtime.sim.garbage import EVERY_S, collected_by_the_clock
from runtime.sim.loop import SimLoop
from runtime.sim.network import SimNetwork, SimTransport
from runtime.sim.schedule import Fault
from runtime.sim.stuck import unstuck
from runtime.system import ActorSystem

T = TypeVar("T")

PORT = 2552
DAY_S = 86_400.0


class World:
    """A cluster under test; to be made on a running loop, best by `World.run` or in an async test on `SimLoop`.

    Args:
        seed: All chance of the network and of the nodes; each has a stream of its own, so that a further node does not
            shift those of the others.
        network_options: For `SimNetwork`.

    Attributes:
        seed: As given.
        network: To cut, heal, freeze and thaw.
        nodes: The living systems by name.
        suffered: What `runtime.sim.services` has let its machines suffer, for who tells of it.
        drawn: How many mishaps it has drawn for them.
        only: Which of these happen, by their number from 0; `None` for all. So a seed is played again with fewer.
        disks: Of the machines that have been asked for one, by name.
        chance: For a story's own choices, such as when it kills whom; the seed replays them.
    """

    def __init__(self, seed: int = 0, **network_options: Any) -> None:
        self.seed = seed
        self._lives: dict[str, int] = {}
        self.network: SimNetwork = SimNetwork(
            asyncio.get_running_loop(), random.Random(f"{seed}/network"), **network_options
        )
        self.nodes: dict[str, ActorSystem] = {}
        self.disks: dict[str, SimDisk] = {}
        self.suffered: list[Fault] = []
        self.drawn = 0
        self.only: frozenset[int] | None = None
        self._clocks: dict[str, Clock] = {}
        self.chance = random.Random(f"{seed}/story")
        self._programs: list[asyncio.Task[Any]] = []

    @staticmethod
    def run(
        main: Callable[[World], Coroutine[Any, Any, T]],
        seed: int = 0,
        *,
        shuffle: bool = True,
        limit_s: float | None = DAY_S,
    ) -> T:
        """Run a story on a loop of its own, from a seed to its end.

        Args:
            main: The story.
            seed: Replays it.
            shuffle: Whether the seed also orders what is ready at the same instant.
            limit_s: Virtual seconds after which it fails, since it waits for what never happens; `None` for no limit.

        Returns:
            What the story returns.

        Raises:
            BaseException: What the story raises; run it again with the same seed.
        """

        async def story() -> T:
            async with World(seed) as world:
                return await main(world)

        loop = SimLoop(seed if shuffle else None, limit_s=limit_s, collect_s=EVERY_S)
        with collected_by_the_clock(), unstuck(loop), asyncio.Runner(loop_factory=lambda: loop) as runner:
            return runner.run(story())

    def launch(
        self,
        name: str,
        main: Callable[[SimTransport], Coroutine[Any, Any, T]],
        *,
        host: str | None = None,
        clock: Clock | None = None,
    ) -> asyncio.Task[T]:
        """Start a process that runs any program, on the network like a node.

        Args:
            name: Of the process.
            main: The program; gets the transport of its process. All that it starts belongs to the process.
            host: The machine that it runs on; one of its own by default.
            clock: Of that machine; by default that of `set_clocks`, or the world's own.

        Returns:
            The program; it never ends if its process is killed.
        """
        transport = self.network.transport(name, host, clock or self.clock(host or name))
        program = transport.process.call(asyncio.get_running_loop().create_task, main(transport))
        self._programs.append(program)
        return program

    async def start(
        self, name: str, settings: Settings | None = None, *, host: str | None = None, clock: Clock | None = None
    ) -> ActorSystem:
        """Start a node, or start it again after a crash, as another incarnation at the same address.

        Args:
            name: Of the node and its actor system.
            settings: Host and port are set to the node's own.
            host: The machine that it runs on; one of its own by default.
            clock: Of that machine; by default that of `set_clocks`, or the world's own.

        Returns:
            The running system; its address is `actor://NAME@NAME:2552`.

        Raises:
            ValueError: If it lives.
        """
        if name in self.nodes:
            raise ValueError(f"node {name} lives already")
        life = self._lives[name] = self._lives.get(name, 0) + 1
        settings = settings or Settings()
        remote = dataclasses.replace(settings.remote or RemoteSettings(), host=name, port=PORT)
        settings = dataclasses.replace(settings, remote=remote)
        chance = random.Random(f"{self.seed}/{name}/{life}")

        async def main(transport: SimTransport) -> ActorSystem:
            system = ActorSystem(name, settings, transport=transport, random=chance)
            self.listen(name, system)
            await system.start()
            return system

        # A program whose process is killed never ends: who waits for it, and is cancelled, must not wait for that.
        system = await asyncio.shield(self.launch(name, main, host=host, clock=clock))
        self.nodes[name] = system
        return system

    def set_clocks(self, faults: Iterable[Fault]) -> None:
        """Set the clocks that a schedule names; they count for who is started after that."""
        for host, clock in clocks(faults).items():
            self._set_clock(host, clock)

    def switch_on(self, host: str) -> None:
        """A machine has been without power: its clock shows 0 now, for who is started there after that."""
        self._set_clock(host, self._clocks.get(host, Clock()).anew(self.network.now()))

    def clock(self, host: str) -> Clock | None:
        """The clock of a machine; `None` if it is the world's own."""
        own, common = self._clocks.get(host), self._clocks.get(EVERYBODY)
        if own is None or common is None:
            return own or common
        return dataclasses.replace(own, look_s=own.look_s or common.look_s)

    def stream(self, name: str) -> random.Random:
        """Chance of a part's own, from this world's seed: what it draws does not shift what others do."""
        return random.Random(f"{self.seed}/{name}")

    def _set_clock(self, host: str, clock: Clock) -> None:
        self._clocks[host] = clock
        self.tell(host, "clock", str(clock))

    def disk(self, host: str) -> SimDisk:
        """The disk of a machine, for the programs that run there; what is on it outlives them.

        Args:
            host: The machine; a node that was given none has one of its own name.
        """
        if host not in self.disks:
            self.disks[host] = SimDisk(self.stream(f"{host}/disk"))
        return self.disks[host]

    def tell(self, where: str, what: str, more: str = "") -> None:
        """Something has happened that the timeline of this run shall show.

        Args:
            where: A process or a host.
            what: In a word.
            more: About it.
        """
        self.network.told(where, what, more)

    def listen(self, where: str, system: ActorSystem) -> None:
        """Tell of the verdicts of a system about other nodes."""
        stream = system.event_stream
        stream.subscribe(lambda event: self.tell(where, "suspected", f"{event.address}: {event.detail}"), NodeSuspected)
        stream.subscribe(lambda event: self.tell(where, "trusted", f"{event.address}"), NodeTrusted)
        stream.subscribe(lambda event: self.tell(where, "convicted", _verdict(event)), NodeTerminated)
        stream.subscribe(lambda event: self.tell(where, "quarantined", f"by {event.address}"), QuarantinedBy)

    def abandon(self) -> None:
        """All is over: every process is killed, and nothing is ended in good order."""
        self.network.kill_all()
        self.nodes.clear()

    async def crash(self, name: str, *, listeners_linger_s: float = 0.0) -> None:
        """Kill a node as SIGKILL does: none of its actors does anything any more, and no hook of theirs is called.

        Args:
            name: Which.
            listeners_linger_s: See `SimNetwork.kill`, in seconds.

        Raises:
            KeyError: If no such node lives.
        """
        if name not in self.nodes:
            raise KeyError(f"no node {name} lives; there are {', '.join(self.nodes) or 'none'}")
        del self.nodes[name]
        self.network.kill(name, listeners_linger_s=listeners_linger_s)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        for system in reversed(list(self.nodes.values())):
            self.network.thaw(system.name)
            await system.terminate()
        self.abandon()
        self._programs.clear()


def _verdict(event: NodeTerminated) -> str:
    return f"{event.address}: {event.cause.value}, {'certain' if event.is_certain else 'by silence'}; {event.detail}"
