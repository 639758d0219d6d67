"""Actor systems on a simulated network, for the tests of remoting. Fakes of processes and links are `runtime.sim`'s.

`Nodes` starts systems by name, kills them as SIGKILL does, and ends whatever lives when the test is over.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable
from typing import Any

from actors import Actor, ActorRef, Request, message
from runtime import ActorSystem, FailureDetectorSettings, RemoteSettings, Settings, living
from runtime.sim.network import SimNetwork
from runtime.testkit import TestProbe

DETECTOR = FailureDetectorSettings.default()


@message(name="test.remote.say")
class Say(Request[Any]):
    text: Any


@message(name="test.remote.fail")
class Fail:
    pass


@message(name="test.remote.burst")
class Burst:
    """Send `count` numbers to `to`, then stop."""

    count: int
    to: ActorRef[Any]


class Echo(Actor[Any]):
    """Answers what it is told; stops or fails when asked to."""

    def receive(self, message: Any) -> None:
        match message:
            case Fail():
                raise ValueError("on demand")
            case Burst(count, to):
                for number in range(count):
                    to.tell(number)
                self.context.stop(self.ref)
            case _:
                self.sender.tell(message, self.ref)


class Fails(Actor[Any]):
    """Answers everything with an exception."""

    def receive(self, message: Any) -> None:
        self.sender.tell(KeyError("no such thing"), self.ref)


class Nodes:
    """The systems of one test."""

    def __init__(self, seed: int = 1) -> None:
        self.random = random.Random(seed)
        self.net = SimNetwork(asyncio.get_running_loop(), self.random)
        self.systems: list[ActorSystem] = []

    async def start(self, name: str, port: int = 0, **remote: Any) -> ActorSystem:
        """Start a system in a process of its name; a killed one starts again as a new incarnation."""
        settings = RemoteSettings(host=name, port=port, **({"failure_detector": DETECTOR} | remote))
        transport = self.net.transport(name)
        system = ActorSystem(name, Settings(remote=settings), transport=transport, random=self.random)
        await transport.process.call(asyncio.ensure_future, system.start())
        self.systems.append(system)
        return system

    def kill(self, system: ActorSystem, **options: Any) -> None:
        """End its process; nothing of it does anything any more."""
        living.forget(system)
        self.net.kill(system.name, **options)
        self.systems.remove(system)

    async def stand_still(self, name: str, for_s: float) -> None:
        """Let its process stand still for so long, as SIGSTOP and SIGCONT do."""
        self.net.freeze(name)
        await asyncio.sleep(for_s)
        self.net.thaw(name)

    async def end(self) -> None:
        """Terminate everything."""
        for system in self.systems:
            self.net.thaw(system.name)
            await system.terminate()
        self.net.kill_all()


def here(system: ActorSystem, ref: ActorRef[Any]) -> str:
    """The text by which other systems know an actor."""
    return str(ref.path.at(system.address))


def seen_from(system: ActorSystem, other: ActorSystem, ref: ActorRef[Any]) -> ActorRef[Any]:
    """The reference that `system` has of `other`'s actor."""
    found: ActorRef[Any] = system.remote.resolve_text(here(other, ref))
    return found


def probe(system: ActorSystem) -> TestProbe:
    """A probe in that system."""
    return TestProbe(system)


async def until(condition: Callable[[], object], within_s: float = 60.0) -> None:
    """Wait, on virtual time, until a condition holds."""
    async with asyncio.timeout(within_s):
        while not condition():  # noqa: ASYNC110 - any condition of any part
            await asyncio.sleep(0.001)
