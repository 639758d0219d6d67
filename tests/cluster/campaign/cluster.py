"""A whole cluster on a simulated network: JobManagers and TaskManagers as processes that can be killed."""

from __future__ import annotations

import asyncio
import itertools
import random
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from cluster.assembly import JobManagerParts, TaskManagerParts
from cluster.client import ClusterClient
from cluster.config import ClusterConfig
from cluster.election.driver import ElectionListener, ElectionUnavailable, Succession
from cluster.election.memory import MemoryElection, MemoryElectionDriver
from cluster.remoting import system_settings
from cluster.store.places import MemoryPlace, StorageError
from runtime import ActorSystem, living
from runtime.sim.network import SimTransport
from runtime.sim.process import SimProcess
from runtime.sim.world import PORT, World


class Backend(MemoryElection):
    """The election of a campaign: it can be out of reach, and looks at what is written."""

    def __init__(self, ttl_s: float) -> None:
        super().__init__(ttl_s)
        self.away = False
        self.numbers: dict[str, int] = {}

    def expire(self, epoch: int) -> None:
        """The holder of `epoch` has not renewed its lease."""
        if epoch == self.epoch and self._holder is not None:
            self._vacate(Succession.LEASE_EXPIRED)

    def look(self, key: str) -> None:
        """Numbers of checkpoints never go back."""
        prefix, _, number = key.rpartition("/")
        if prefix.startswith("checkpoints/"):
            assert int(number) > self.numbers.get(prefix, 0), f"{key} after {self.numbers[prefix]}"
            self.numbers[prefix] = int(number)


class HomeDriver(MemoryElectionDriver):
    """A driver whose listener is told as its own process, or not at all when that is dead."""

    def __init__(self, backend: Backend, process: SimProcess) -> None:
        super().__init__(backend)
        self._backend = backend
        self._process = process
        self._deaf = False

    def deafen(self) -> None:
        """It is cut off from the backend: it hears nothing new."""
        self._deaf = True

    def hear_again(self) -> None:
        """The contact is back; it hears who leads now."""
        self._deaf = False
        self.tell_leader(self._backend.info)

    def _later(self, tell: Callable[[ElectionListener], None]) -> None:
        if self._deaf:
            return
        loop = asyncio.get_running_loop()
        self._process.run(lambda: loop.call_soon(self._tell, tell))

    async def put(self, key: str, value: bytes, epoch: int) -> None:
        self._check()
        if epoch == self._backend.epoch:
            self._backend.look(key)
        await super().put(key, value, epoch)

    async def delete(self, key: str, epoch: int) -> bool:
        self._check()
        return await super().delete(key, epoch)

    async def get(self, key: str) -> bytes | None:
        self._check()
        return await super().get(key)

    async def list(self, prefix: str) -> dict[str, bytes]:
        self._check()
        return await super().list(prefix)

    def _check(self) -> None:
        if self._backend.away:
            raise ElectionUnavailable("the backend is away")


class Disk(MemoryPlace):
    """A storage directory that fails when it is told to."""

    away = False

    def write(self, name: str, data: bytes) -> None:
        self._check()
        super().write(name, data)

    def read(self, name: str) -> bytes | None:
        self._check()
        return super().read(name)

    def delete(self, name: str) -> None:
        self._check()
        super().delete(name)

    def size_bytes(self, name: str) -> int | None:
        self._check()
        return super().size_bytes(name)

    def _check(self) -> None:
        if Disk.away:
            raise StorageError("the disk is away")


class Member:
    """One process of the cluster.

    Attributes:
        name: Of the process.
        driver: Its connection to the election.
        parts: What runs in it, from its start on.
    """

    def __init__(self, name: str) -> None:
        self.name = name
        self.driver: HomeDriver | None = None
        self.parts: Any = None
        self.system: ActorSystem | None = None
        self.frozen = self.leaving = False


class Cluster:
    """JobManagers, TaskManagers, and what can happen to them.

    Args:
        world: The network.
        config: Of all processes.
        chance: For what is not told.
    """

    def __init__(self, world: World, config: ClusterConfig, chance: random.Random) -> None:
        self.world = world
        self.config = config
        self.chance = chance
        self.backend = Backend(config.lease_ttl_s)
        self.members: dict[str, Member] = {}
        self.clients: dict[str, ActorSystem | None] = {}
        self._numbers = itertools.count(1)

    async def start(self, role: str) -> Member:
        """One more process of that role."""
        member = Member(f"{role}-{next(self._numbers)}")

        async def main(transport: SimTransport) -> None:
            settings = system_settings(self.config, member.name, PORT)
            system = ActorSystem(member.name, settings, transport=transport, random=random.Random(self.chance.random()))
            await system.start()
            member.system = system
            member.driver = HomeDriver(self.backend, transport.process)
            if role == "jobmanager":
                member.parts = JobManagerParts(self.config, system, member.driver, candidate=member.name)
            else:
                config = replace(self.config, taskmanager_resource_id=member.name)
                member.parts = TaskManagerParts(config, system, member.driver, lambda _: None)
            await member.parts.start()

        self.members[member.name] = member
        await self.world.launch(member.name, main)
        return member

    def of(self, role: str) -> list[Member]:
        """The living ones of that role."""
        return [one for one in self.members.values() if one.name.startswith(role) and not one.leaving]

    @property
    def leader(self) -> Member | None:
        """Who holds the office."""
        held = [one for one in self.members.values() if one.driver is not None and one.driver is self.backend._holder]
        return held[0] if held else None

    def kill(self, member: Member) -> None:
        """SIGKILL."""
        del self.members[member.name]
        self._bury(member.name, member.system)
        if member.driver is not None:
            self.backend.leave(member.driver, abandoned=True)

    async def stop(self, member: Member) -> None:
        """SIGTERM: it leaves in good order."""
        member.leaving = True
        process = self.world.network.process(member.name)
        await process.call(asyncio.get_running_loop().create_task, member.parts.stop())
        del self.members[member.name]
        self._bury(member.name, member.system)

    def freeze(self, member: Member) -> None:
        """SIGSTOP; if it leads, its office is free after the lease."""
        member.frozen = True
        self.world.network.freeze(member.name)
        if member is self.leader:
            asyncio.get_running_loop().call_later(self.config.lease_ttl_s, self._expire, member, self.backend.epoch)

    def thaw(self, member: Member) -> None:
        """SIGCONT."""
        if member.frozen and member.name in self.members:
            member.frozen = False
            self.world.network.thaw(member.name)

    def _expire(self, member: Member, epoch: int) -> None:
        if member.frozen:
            self.backend.expire(epoch)

    def end(self) -> None:
        """Everything is over."""
        systems = {name: member.system for name, member in self.members.items()} | self.clients
        for name, system in systems.items():
            self._bury(name, system)

    def _bury(self, name: str, system: ActorSystem | None) -> None:
        living.forget(system)
        self.world.network.kill(name)

    async def client(self) -> ClusterClient:
        """A client in a process of its own."""

        async def main(transport: SimTransport) -> ClusterClient:
            system = ActorSystem("client", system_settings(self.config, "client", PORT), transport=transport)
            await system.start()
            self.clients["client"] = system
            client = ClusterClient(self.config, system, HomeDriver(self.backend, transport.process))
            await client.__aenter__()
            return client

        self.clients["client"] = None
        return await self.world.launch("client", main)
