"""What the simulated ensemble does with the sessions of its clients, beyond what the suite of elections asks of it."""

from __future__ import annotations

import asyncio
import random

import pytest

from cluster.election.zookeeper.client import ClientEvent, Unanswered
from cluster.election.zookeeper.settings import ZookeeperSettings
from cluster.election.zookeeper.transaction import create, set_data
from cluster.simulation.ensemble import SimEnsemble
from cluster.simulation.zookeeper_client import SimZookeeperClient
from runtime.sim.links import Shape, Uniform
from runtime.sim.world import World

SLOW_S = 5.0


async def beside_the_leader(ensemble: SimEnsemble, client: SimZookeeperClient) -> str:
    """Connect a client to a member that does not lead, and tell which."""
    while True:
        await client.connected.wait()
        here = next(name for name, member in ensemble.members.items() if member.clients)
        if here != ensemble.leader:
            return here
        client.drop()
        await asyncio.sleep(0.2)


def test_a_write_that_comes_after_its_session_has_moved_is_refused() -> None:
    """ZooKeeper's SessionMoved: what is still on its way when a client has come back elsewhere changes nothing."""

    async def story(world: World) -> tuple[bytes, int]:
        ensemble = SimEnsemble(world, random.Random(1))
        ensemble.start()
        events: list[ClientEvent] = []
        settings = ZookeeperSettings("zk1:2181", session_timeout_s=3.0)
        transport = world.network.transport("client")
        client = SimZookeeperClient(ensemble, transport, random.Random(1), settings, events.append)
        client.start()
        here = await beside_the_leader(ensemble, client)
        await client.multi(create("/register", b"0"))
        sessions, leader = list(ensemble.sessions), ensemble.leader or ""
        world.network.shape(here, leader, Shape(Uniform(SLOW_S, SLOW_S)), one_way=True)
        with pytest.raises(Unanswered):
            await client.multi(set_data("/register", b"1"))
        while client.connected.is_set():  # noqa: ASYNC110 - it is given up, which takes a turn, and tells nobody
            await asyncio.sleep(0.0)
        await client.connected.wait()
        await client.multi(set_data("/register", b"2"))
        await asyncio.sleep(SLOW_S)
        await client.stop(gracefully=False)
        await ensemble.close()
        assert list(ensemble.sessions) == sessions
        data, stat = ensemble.tree.get("/register")
        return data, stat.version

    assert World.run(story) == (b"2", 1)
