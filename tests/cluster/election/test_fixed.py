"""Without an election others ask the one JobManager who leads."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import pytest

from actors import Actor
from cluster.election.driver import ElectionUnavailable, LeaderInfo
from cluster.election.fixed import FixedLeader
from cluster.election.protocol import LeaderIs, WhoLeads
from runtime import ActorSystem, graceful_stop


class Answering(Actor[WhoLeads]):
    """The JobManager's contender."""

    info: LeaderInfo | None = None
    asked = 0

    def receive(self, message: WhoLeads) -> None:
        Answering.asked += 1
        self.reply(LeaderIs(Answering.info))


class Heard:
    def __init__(self) -> None:
        self.news: list[int] = []

    def granted(self, epoch: int) -> None: ...
    def revoked(self) -> None: ...
    def suspended(self) -> None: ...
    def resumed(self) -> None: ...
    def leader_changed(self, info: LeaderInfo | None) -> None:
        self.news.append(info.epoch if info is not None else 0)

    def failed(self, error: Exception) -> None: ...


async def until(condition: Callable[[], object]) -> None:
    async with asyncio.timeout(100):
        while not condition():  # noqa: ASYNC110 - virtual time
            await asyncio.sleep(0.05)


async def asked_again(times: int) -> None:
    """The contender has answered so often from now on."""
    before = Answering.asked
    await until(lambda: Answering.asked >= before + times)


async def test_the_leader_is_followed_through_its_restarts(actor_system: ActorSystem) -> None:
    """News are told once each: a leader, nobody while it is gone, the new one at the same address."""
    heard = Heard()
    follower = FixedLeader(actor_system, "actor://test/user/contender")
    await follower.start(heard)
    for epoch in (7, 9):
        Answering.info = None
        contender = actor_system.spawn(Answering, "contender")
        await asked_again(1)  # and does not lead yet
        Answering.info = LeaderInfo(epoch, "d", str(contender.path), "a")
        await until(lambda epoch=epoch: heard.news[-1:] == [epoch])  # type: ignore[misc]
        await asked_again(5)  # and still does
        await graceful_stop(contender)
        await until(lambda: heard.news[-1:] == [0])
    await follower.close()

    assert heard.news == [7, 0, 9, 0]


async def test_it_never_leads_and_keeps_nothing(actor_system: ActorSystem) -> None:
    """Whoever follows a fixed leader cannot stand, and has no values to write."""
    follower = FixedLeader(actor_system, "actor://test/user/contender")
    with pytest.raises(ElectionUnavailable):
        await follower.stand("x")
    with pytest.raises(ElectionUnavailable):
        await follower.pointers.put("k", b"", 1)
    with pytest.raises(ElectionUnavailable):
        await follower.pointers.delete("k", 1)
    assert not await follower.publish(LeaderInfo(1, "d", "c", "x"))
    assert await follower.pointers.get("k") is None
    assert await follower.pointers.list("") == {}
    await follower.close()
