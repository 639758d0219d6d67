"""JobManager processes without their processes: contenders, with one election, for tests."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

from actors import Actor, ActorRef, Props
from cluster.election.driver import ElectionUnavailable, LeaderInfo
from cluster.election.memory import MemoryElection, MemoryElectionDriver
from cluster.election.office import LeaderOffice
from cluster.election.protocol import LeaderIs, WhoLeads
from cluster.election.service import Contender
from runtime import ActorSystem


class Leader(Actor[Any]):
    """Stands for the Dispatcher: says when it is ready, and does as it is told."""

    def __init__(self, process: Process, epoch: int) -> None:
        self.process = process
        self.epoch = epoch

    def pre_start(self) -> None:
        self.process.living.append(self.epoch)
        if self.process.recovers:
            self.process.office.reachable(self.epoch, self.ref)

    def receive(self, message: Any) -> None:
        if message == "break":
            self.process.office.broken(self.epoch, RuntimeError("stores are gone"))
        elif message == "raise":
            raise RuntimeError("a bug")

    async def post_stop(self) -> None:
        await asyncio.sleep(self.process.stopping_takes_s)
        self.process.living.remove(self.epoch)
        self.process.all_living.append(sum(len(process.living) for process in self.process.others()))


class BrokenDriver(MemoryElectionDriver):
    """A driver whose publications can be made to fail."""

    outage = 0
    refuses = False

    async def publish(self, info: LeaderInfo) -> bool:
        if self.refuses:
            return False
        if self.outage:
            self.outage -= 1
            raise ElectionUnavailable("cut off")
        return await super().publish(info)


class Process:
    """One JobManager process, without the process."""

    def __init__(self, world: World, name: str) -> None:
        self.world = world
        self.name = name
        self.living: list[int] = []
        self.all_living: list[int] = []
        self.recovers = True
        self.stopping_takes_s = 0.0
        self.driver = BrokenDriver(world.election)
        self.office = LeaderOffice(self.driver, str, asyncio.get_running_loop().time)
        self.contender: ActorRef[Any] = world.system.dead_letters

    def others(self) -> list[Process]:
        return self.world.processes

    async def start(self, *, by_evidence: bool = True) -> Process:
        self.contender = self.world.system.spawn(
            Props(
                Contender,
                self.office,
                self.driver,
                self.name,
                lambda epoch: Props(Leader, self, epoch),
                by_evidence=by_evidence,
            ),
            f"contender-{self.name}",
        )
        await self.driver.start(self.office)
        await self.driver.stand(self.name)
        return self

    async def leader(self) -> LeaderInfo | None:
        reply: LeaderIs = await self.contender.ask(WhoLeads())
        return reply.info

    def dispatcher(self) -> ActorRef[Any]:
        assert self.office.leader is not None
        found = self.world.system.ref_for(self.contender.path.child(f"dispatcher-{self.living[-1]}"))
        assert found is not None
        return found


class World:
    """Several of them, with one election."""

    def __init__(self, system: ActorSystem) -> None:
        self.system = system
        self.election = MemoryElection(lease_ttl_s=100.0)
        self.processes: list[Process] = []

    def process(self, name: str) -> Process:
        self.processes.append(Process(self, name))
        return self.processes[-1]

    def leaders(self) -> list[str]:
        return [process.name for process in self.processes if process.living]


async def until(condition: Callable[[], object]) -> None:
    async with asyncio.timeout(1000):
        while not condition():  # noqa: ASYNC110 - virtual time
            await asyncio.sleep(0.01)
