"""The simulated ensemble is no kinder than ZooKeeper: what it watches, when it hears of a session, and who notices."""

from __future__ import annotations

import asyncio
import contextlib
import random
from collections.abc import Awaitable, Callable

import pytest
from kazoo.exceptions import NoNodeError

from cluster.election.zookeeper.client import ClientEvent, Connected
from cluster.election.zookeeper.settings import ZookeeperSettings
from cluster.election.zookeeper.transaction import check, create
from cluster.simulation.ensemble import SimEnsemble
from cluster.simulation.zookeeper_client import SimZookeeperClient
from runtime.sim.world import World

SESSION_S = 3.0
REPORT_S = 0.65


class Scene:
    """An ensemble, and a client that is connected to a member that does not lead.

    Args:
        world: That they are in.
        lingers_s: Of the ensemble.
    """

    def __init__(self, world: World, lingers_s: float = 0.0) -> None:
        self.world = world
        self.ensemble = SimEnsemble(world, random.Random(1), report_s=REPORT_S, lingers_s=lingers_s)
        self.events: list[ClientEvent] = []
        self.client = self._client("client", self.events.append)
        self.other = self._client("other", lambda _: None)
        self.member = ""

    def _client(self, name: str, tell: Callable[[ClientEvent], None]) -> SimZookeeperClient:
        settings = ZookeeperSettings("zk1:2181", session_timeout_s=SESSION_S)
        return SimZookeeperClient(self.ensemble, self.world.network.transport(name), random.Random(1), settings, tell)

    async def play(self, story: Callable[[Scene], Awaitable[None]]) -> None:
        self.ensemble.start()
        self.client.start()
        await self.client.connected.wait()
        while self.client._member == self.ensemble.leader:
            self.client.drop()
            await asyncio.sleep(0.2)
            await self.client.connected.wait()
        self.member = self.client._member
        await story(self)
        for client in (self.client, self.other):
            await client.stop(gracefully=False)
        await self.ensemble.close()


def played(story: Callable[[Scene], Awaitable[None]], lingers_s: float = 0.0) -> None:
    async def whole(world: World) -> None:
        await Scene(world, lingers_s).play(story)

    World.run(whole)


def test_only_a_question_whether_it_exists_leaves_a_watch_on_a_node_that_is_missing() -> None:
    """As in ZooKeeper's `DataTree`: `getData` fails before it watches."""

    async def story(scene: Scene) -> None:
        heard: list[str] = []
        for name in ("read", "both"):
            with contextlib.suppress(NoNodeError):
                await scene.client.get(f"/{name}", lambda name=name: heard.append(f"{name} by get"))
        await scene.client.exists("/both", lambda: heard.append("both by exists"))
        for name in ("read", "both"):
            await scene.client.multi(create(f"/{name}"))
        await asyncio.sleep(0.1)
        assert heard == ["both by exists"]

    played(story)


def test_a_write_is_no_word_of_its_session_until_the_member_reports() -> None:
    """The session of who has written just before its member died ends by what was reported before."""

    async def story(scene: Scene) -> None:
        (session,) = scene.ensemble.sessions.values()
        before = session.heard_at
        while session.heard_at == before:  # noqa: ASYNC110 - until the next report
            await asyncio.sleep(0.01)
        reported_at = session.heard_at
        await asyncio.sleep(REPORT_S * 0.9)
        await scene.client.multi(check("/"))
        assert session.heard_at == reported_at
        scene.world.network.kill(scene.member)
        scene.client.drop()
        for member in scene.ensemble.members:
            scene.world.network.cut("client", member)
        while session.id in scene.ensemble.sessions:  # noqa: ASYNC110 - the ensemble tells nobody
            await asyncio.sleep(0.05)
        lived_s = scene.world.network.now() - reported_at
        assert SESSION_S < lived_s < SESSION_S + 0.25

    played(story)


def test_a_member_that_was_left_tells_of_the_session_once_more() -> None:
    """As on a real ensemble, whose members differ in what they allow: the time that it allows counts again."""

    async def story(scene: Scene) -> None:
        (session,) = scene.ensemble.sessions.values()
        (left,) = set(scene.ensemble.members) - {scene.member, scene.ensemble.leader}
        scene.ensemble.heard(scene.ensemble.members[left], session.id, SESSION_S / 2)
        scene.ensemble.touch(session.id, SESSION_S)
        while session.timeout_s == SESSION_S:  # noqa: ASYNC110 - until it is asked
            await asyncio.sleep(0.01)
        assert session.timeout_s == SESSION_S / 2

    played(story)


@pytest.mark.parametrize("away", ["still", "cut off"])
def test_a_member_that_was_asked_meanwhile_reports_before_it_answers_a_later_write(away: str) -> None:
    """As in ZooKeeper, where the question is on the connection that brings what was decided, before it."""

    async def story(scene: Scene) -> None:
        (session,) = scene.ensemble.sessions.values()
        network, before = scene.world.network, session.heard_at
        others = [other for other in scene.ensemble.members if other != scene.member]
        while session.heard_at == before:  # noqa: ASYNC110 - until it was asked
            await asyncio.sleep(0.01)
        if away == "still":
            network.freeze(scene.member)
        else:
            for other in others:
                network.cut(scene.member, other)
        await asyncio.sleep(REPORT_S + 0.15)
        assert network.now() - session.heard_at > REPORT_S
        back_at = network.now()
        network.thaw(scene.member)
        for other in others:
            network.heal(scene.member, other)
        await scene.client.multi(check("/"))
        network.kill(scene.member)  # what it has sent comes
        await asyncio.sleep(0.01)
        assert session.heard_at >= back_at

    played(story, lingers_s=2.0)


def test_a_member_that_stands_still_sends_nobody_away() -> None:
    """Its clients find out by its silence; when it goes on in time, it serves on."""

    async def story(scene: Scene) -> None:
        scene.events.clear()
        scene.world.network.freeze(scene.member)
        await asyncio.sleep(0.3)
        assert scene.client.connected.is_set()
        scene.world.network.thaw(scene.member)
        await scene.client.multi(check("/"))
        assert not scene.events
        scene.world.network.freeze(scene.member)
        began = scene.world.network.now()
        while scene.client.connected.is_set():  # noqa: ASYNC110 - or hear of it, which says as much
            await asyncio.sleep(0.01)
        silent_s = scene.world.network.now() - began
        assert SESSION_S / 3 < silent_s < SESSION_S * 2 / 3 + 0.1
        await scene.client.connected.wait()
        assert [type(event) for event in scene.events].count(Connected) == 1
        assert len(scene.ensemble.sessions) == 1

    played(story)


def test_a_member_that_is_cut_off_answers_what_it_knows_until_it_notices() -> None:
    """As long as ZooKeeper's `syncLimit`: reads are old, pings are answered, writes are not."""

    async def story(scene: Scene) -> None:
        await scene.client.multi(create("/old"))
        for other in scene.ensemble.members:
            if other != scene.member:
                scene.world.network.cut(scene.member, other)
        scene.other.start()
        scene.world.network.cut("other", scene.member)
        await scene.other.connected.wait()
        await scene.other.multi(create("/new"))
        await asyncio.sleep(1.0)
        assert await scene.client.exists("/old") is not None
        assert await scene.client.exists("/new") is None
        await asyncio.sleep(1.5)
        assert scene.client._member != scene.member or not scene.client.connected.is_set()

    played(story, lingers_s=2.0)
