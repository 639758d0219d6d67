"""The election among machines, with a simulated ensemble of three: the unmodified driver, on virtual time."""

from __future__ import annotations

import asyncio
import itertools
import random
from collections.abc import AsyncIterator
from functools import partial

import pytest
import pytest_asyncio

from cluster.election.zookeeper.driver import ZookeeperElectionDriver
from cluster.election.zookeeper.settings import ZookeeperSettings
from cluster.simulation.ensemble import SimEnsemble
from cluster.simulation.zookeeper_client import SimZookeeperClient
from runtime.sim.world import World
from tests.conformance.election.suite import ElectionConformance, Scene, until

pytestmark = pytest.mark.asyncio(loop_factories=["sim"])


class SimulatedBackend:
    """A cluster in an ensemble of its own; each driver is on a host of its own."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.chance = random.Random(1)
        self.ensemble = SimEnsemble(world, self.chance, report_s=0.15)
        self.ensemble.start()
        self.settings = ZookeeperSettings("zk1:2181", session_timeout_s=1.0)
        self.numbers = itertools.count(1)

    def driver(self) -> ZookeeperElectionDriver:
        """A connection as of a new process."""
        number = next(self.numbers)
        transport = self.world.network.transport(f"candidate{number}")
        connect = partial(SimZookeeperClient, self.ensemble, transport, self.chance)
        return ZookeeperElectionDriver(self.settings, f"nonce{number}", asyncio.get_running_loop().time, connect)

    def let_lease_run_out(self) -> None:
        """Nothing to do: sessions are short, and the ensemble has its own clock."""


@pytest_asyncio.fixture
async def scene() -> AsyncIterator[Scene]:
    """A stage for the test's candidates."""
    async with World() as world:
        backend = SimulatedBackend(world)
        scene = Scene(backend)
        yield scene
        await scene.close()
        await backend.ensemble.close()


class TestSimulatedElection(ElectionConformance):
    """All of the suite."""

    async def test_a_takeover_is_one_piece_of_news(self, scene: Scene) -> None:
        """Who is deposed is shown until its successor is: followers look once, and stop and start their tasks once."""
        leader, challenger = await scene.leader("a"), await scene.candidate("b")
        follower = await scene.follower("f")
        await leader.publish()
        await until(lambda: follower.heard.info and challenger.heard.info)
        await leader.driver.abandon()
        await challenger.driver.challenge(leader.heard.leads)
        await until(lambda: challenger.heard.leads)
        assert await challenger.publish()
        await until(lambda: follower.heard.info and follower.heard.info.candidate == "b")
        assert follower.heard.events == [("leader", 1), ("leader", 2)]

    async def test_who_comes_to_a_member_that_is_behind_sees_the_present_leader(self, scene: Scene) -> None:
        """What is read first on a connection is no older than the moment of asking, whatever its member has seen."""
        backend, former = scene.backend, await scene.leader("a")
        assert isinstance(backend, SimulatedBackend)
        assert await former.publish()
        network, ensemble = backend.world.network, backend.ensemble
        behind = next(name for name in ensemble.members if name != ensemble.leader)
        for candidate in ("candidate1", "candidate2"):  # whose writes would bring it up to date
            network.cut(candidate, behind)
        for member in ensemble.members:  # the follower, which comes third, reaches no other
            if member != behind:
                network.cut("candidate3", member)
        ensemble.lagging.add(behind)
        heir = await scene.candidate("b")
        await until(lambda: heir.heard.info)
        await heir.driver.challenge(former.heard.leads)
        await until(lambda: heir.heard.leads)
        assert await heir.publish()
        seen = ensemble.members[behind].tree.zxid
        assert seen < ensemble.tree.zxid
        follower = await scene.follower("f")
        await until(lambda: follower.heard.info)
        assert follower.heard.events == [("leader", 2)]
