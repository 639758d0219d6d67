"""A scenario that fails on purpose: it takes the death of a node for impossible."""

from __future__ import annotations

import asyncio
import random

from actors import Actor, Props
from runtime import TestProbe
from runtime.sim.campaign import Record
from runtime.sim.schedule import Fault
from runtime.sim.world import World


class Silent(Actor[object]):
    def receive(self, message: object) -> None:
        """Say nothing."""


class Flawed:
    """Fails whenever a node is killed; freezes do it no harm."""

    def draw(self, chance: random.Random) -> list[Fault]:
        return [
            Fault(1.0, "freeze", ("b",), 0.2),
            *([Fault(2.0, "kill", ("b",))] if chance.random() < 0.5 else []),
            Fault(3.0, "freeze", ("a",), 0.1),
        ]

    async def story(self, world: World, seed: int, faults: list[Fault], record: Record) -> None:
        a, b = await world.start("a"), await world.start("b")
        b.spawn(Props(Silent), name="silent")
        probe = TestProbe(a)
        probe.watch(await a.resolve(f"{b.address}/user/silent"))
        for fault in faults:
            await asyncio.sleep(fault.at_s - asyncio.get_running_loop().time())
            if fault.kind == "kill":
                await world.crash(*fault.targets)
                await probe.receive_one()
                record.require(False, "X1", '<b> & its "death"')
            elif fault.targets[0] in world.nodes:
                world.network.freeze(fault.targets[0])
                await asyncio.sleep(fault.for_s)
                world.network.thaw(fault.targets[0])


def flawed() -> Flawed:
    """See `Flawed`."""
    return Flawed()


class Sound(Flawed):
    """Freezes, and nothing worse."""

    def draw(self, chance: random.Random) -> list[Fault]:
        return [fault for fault in super().draw(chance) if fault.kind == "freeze"]


def sound() -> Sound:
    """Nothing fails."""
    return Sound()


class Forgetful:
    """Fails the first time that it is played in a process, and never again: no scenario should be so."""

    played = 0

    def draw(self, chance: random.Random) -> list[Fault]:
        return [Fault(1.0, "freeze", ("a",), 0.1)]

    async def story(self, world: World, seed: int, faults: list[Fault], record: Record) -> None:
        await world.start("a")
        Forgetful.played += 1
        record.require(Forgetful.played > 1, "X2", "it was never played before")


class Torn:
    """Fails while many tasks wait in a group, which cancels them in an order that no seed decides."""

    def draw(self, chance: random.Random) -> list[Fault]:
        return []

    async def story(self, world: World, seed: int, faults: list[Fault], record: Record) -> None:
        async with asyncio.TaskGroup() as group:
            for number in range(20):
                group.create_task(self.wait(number))
            await asyncio.sleep(1.0)
            record.require(False, "X3", "torn")

    async def wait(self, number: int) -> None:
        try:
            await asyncio.sleep(10.0)
        finally:
            for _ in range(number):
                await asyncio.sleep(0.0)
