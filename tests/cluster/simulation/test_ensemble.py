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


@pytest.mark.parametrize("is_asked_first", [False, True])
def test_a_member_that_does_not_greet_is_left_as_soon_as_by_the_real_client(is_asked_first: bool) -> None:
    """After a sixth of a session's time, at the next look of the driver; not after all of it."""

    async def story(world: World) -> tuple[float, bool]:
        ensemble = SimEnsemble(world, random.Random(1))
        ensemble.start()
        while ensemble.leader is None:  # noqa: ASYNC110 - nobody tells when there is one
            await asyncio.sleep(0.01)
        frozen = next(name for name in ensemble.members if name != ensemble.leader)
        chance = next(
            chance for chance in map(random.Random, range(100)) if is_asked_first == (first(chance) == frozen)
        )
        world.network.freeze(frozen)
        settings = ZookeeperSettings("zk1:2181", session_timeout_s=3.0)
        client = SimZookeeperClient(ensemble, world.network.transport("client"), chance, settings, lambda _: None)
        began = asyncio.get_running_loop().time()
        client.start()
        while not client.connected.is_set():
            await asyncio.sleep(settings.session_timeout_s / 12)
            client.drop_if_stuck()
        took_s = asyncio.get_running_loop().time() - began
        await client.stop(gracefully=False)
        await ensemble.close()
        return took_s, client.silent == frozen

    def first(chance: random.Random) -> str:
        state, names = chance.getstate(), ["zk1", "zk2", "zk3"]
        chance.shuffle(names)
        chance.setstate(state)
        return names[0]

    took_s, is_passed_over = World.run(story)
    assert (took_s < 0.3, is_passed_over) == (not is_asked_first, is_asked_first)
    assert took_s < 3.0 / 6 + 3.0 / 12 + 0.3
