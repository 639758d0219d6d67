"""An election while its ensemble suffers: members killed, frozen and wiped, no quorum, no ensemble, lost answers."""

from __future__ import annotations

import asyncio
import contextlib
import uuid
from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio

from benchmarks.ensemble import Ensemble
from cluster.election.driver import ElectionUnavailable, StaleEpoch
from cluster.election.zookeeper.client import Unanswered
from cluster.election.zookeeper.driver import ZookeeperElectionDriver
from cluster.election.zookeeper.settings import ZookeeperSettings
from tests.conformance.election.suite import Candidate, until

pytestmark = [pytest.mark.real, pytest.mark.timeout(240)]
LONG_S = 20.0
"""A session that no busy machine ends."""


class Stage:
    """Drivers of one cluster in the ensemble."""

    def __init__(self, ensemble: Ensemble) -> None:
        self.ensemble = ensemble
        self.cluster = uuid.uuid4().hex
        self.all: list[Candidate] = []

    async def follower(self, name: str, **settings: Any) -> Candidate:
        where: dict[str, Any] = {"hosts": self.ensemble.hosts, "cluster_id": self.cluster, "session_timeout_s": LONG_S}
        one = Candidate(name, ZookeeperElectionDriver(ZookeeperSettings(**{**where, **settings})))
        self.all.append(one)
        await one.driver.start(one.heard)
        return one

    async def candidate(self, name: str, **settings: Any) -> Candidate:
        one = await self.follower(name, **settings)
        await one.driver.stand(name)
        return one

    async def led(self, **settings: Any) -> tuple[Candidate, Candidate, Candidate]:
        """A published leader, a standby and a follower that has seen it."""
        leader = await self.candidate("leader", **settings)
        await until(lambda: leader.heard.leads)
        await leader.publish()
        standby = await self.candidate("standby", **settings)
        follower = await self.follower("follower", **settings)
        await until(lambda: standby.heard.info and follower.heard.info)
        return leader, standby, follower

    async def blocking(self, work: Any, *arguments: Any) -> Any:
        return await asyncio.get_running_loop().run_in_executor(None, work, *arguments)


@pytest_asyncio.fixture
async def stage(ensemble: Ensemble) -> AsyncIterator[Stage]:
    stage = Stage(ensemble)
    yield stage
    await asyncio.gather(*(one.driver.close() for one in stage.all))


def changes(one: Candidate) -> list[object]:
    """What it heard, without pauses."""
    return [event for event in one.heard.events if event not in ("suspended", "resumed")]


@pytest.mark.parametrize("how", ["killed", "frozen"])
async def test_the_ensembles_leader_does_not_take_ours_with_it(stage: Stage, how: str) -> None:
    """FLINK-10052, I9: SUSPENDED is not LOST. Nobody hears of a change, and the leader writes again."""
    leader, standby, follower = await stage.led(session_timeout_s=15.0)
    before = [changes(one) for one in (leader, standby, follower)]
    member = stage.ensemble.leader()
    if how == "killed":
        await stage.blocking(member.kill)
    else:
        member.freeze()

    await leader.driver.pointers.put("k", how.encode(), leader.heard.leads)
    await stage.blocking(stage.ensemble.wait, 2)
    member.thaw()

    assert leader.driver.holds(leader.heard.leads)
    # A leader of the ensemble that was frozen may answer for a moment as if it still led, also after a `sync`.
    async with asyncio.timeout(50.0):
        while await follower.driver.pointers.get("k") != how.encode():  # noqa: ASYNC110 - it has no event for that
            await asyncio.sleep(0.05)
    assert [changes(one) for one in (leader, standby, follower)] == before
    await until(lambda: leader.heard.events.count("suspended") == leader.heard.events.count("resumed"))


async def test_without_a_quorum_a_leader_resigns_in_time(stage: Stage) -> None:
    """CURATOR-460: it pauses, gives up before its session can have ended, and followers distrust it (FLINK-18677)."""
    session_s = 3.0
    leader, _, follower = await stage.led(session_timeout_s=session_s, connection_timeout_s=1.0)
    first, loop = leader.heard.leads, asyncio.get_running_loop()
    for member in stage.ensemble.members:
        member.freeze()
    frozen_at = loop.time()
    for one in stage.all:
        one.heard.failures.clear()  # a busy machine may have had an outage before

    def has_revoked() -> bool:
        """Asked of what the driver goes by, rather than of how soon it comes to say so on a busy machine."""
        before = loop.time()
        assert before - frozen_at < session_s or not leader.driver.holds(first)
        return not leader.heard.leads

    await until(has_revoked)
    assert leader.heard.events[-2:] == ["suspended", "revoked"] or leader.heard.events[-1] == "revoked"
    assert not leader.driver.holds(first)
    with pytest.raises(ElectionUnavailable):
        await leader.driver.pointers.put("k", b"late", first)
    await until(lambda: follower.heard.info is None)
    await until(lambda: all(one.heard.failures for one in stage.all))
    await asyncio.sleep(1.0)  # as long again as until it was said
    # Before they are healed, which may take a second outage: all members are started again if they decide nothing.
    assert [len(one.heard.failures) for one in stage.all] == [1, 1, 1], "said once in each process"

    await stage.blocking(stage.ensemble.heal)
    candidates = [one for one in stage.all if one is not follower]
    await until(lambda: any(one.heard.leads > first for one in candidates))
    assert await follower.driver.pointers.get("k") is None


async def test_no_ensemble_at_the_start_is_waited_for(stage: Stage) -> None:
    """It is said once, with the reason, and when the ensemble comes the election begins."""
    await stage.blocking(stage.ensemble.stop)
    one = await stage.candidate("early", session_timeout_s=2.0)
    await until(lambda: one.heard.failures)
    with pytest.raises(ElectionUnavailable, match="no connection"):
        await one.driver.pointers.get("k")
    (failure,) = one.heard.failures  # while it comes, a busy ensemble may be lost sight of once more

    await stage.blocking(stage.ensemble.start)
    await until(lambda: one.heard.leads)
    assert stage.ensemble.members[0].address in str(failure)
    assert "refused" in str(failure)


async def test_an_ensemble_that_was_wiped_is_used_again(stage: Stage) -> None:
    """No member takes a client that has seen more than it has: who was there before begins anew, and epochs rise."""
    leader = await stage.candidate("leader", session_timeout_s=1.0)
    await until(lambda: leader.heard.leads)
    for number in range(100):
        with contextlib.suppress(StaleEpoch, ElectionUnavailable):  # its short session may end on a busy machine
            await leader.driver.pointers.put("k", str(number).encode(), leader.heard.leads)
    await stage.blocking(stage.ensemble.stop)
    last = leader.heard.epochs[-1]
    for member in stage.ensemble.members:
        member.wipe()
    await stage.blocking(stage.ensemble.start)
    await until(lambda: leader.heard.leads > last)
    assert leader.heard.epochs == sorted(set(leader.heard.epochs))


async def test_a_member_that_has_lost_its_disk_is_no_loss(stage: Stage) -> None:
    """One of three comes back empty, another one dies: epoch and values are there, and the leader leads."""
    leader, *_ = await stage.led()
    epoch = leader.heard.leads
    await leader.driver.pointers.put("k", b"v", epoch)
    first = stage.ensemble.leader()
    wiped, killed = [one for one in stage.ensemble.members if one is not first]
    await stage.blocking(wiped.kill)
    wiped.wipe()
    wiped.start()
    await stage.blocking(stage.ensemble.wait)
    await stage.blocking(killed.kill)

    late = await stage.follower("late")
    assert await late.driver.pointers.get("k") == b"v"
    await leader.driver.pointers.put("k", b"w", epoch)
    assert leader.heard.epochs == [epoch]


async def test_a_write_whose_answer_was_lost_is_made_again(stage: Stage) -> None:
    """I7: the same write twice is one write; however often the connection breaks, all are there and none is doubled."""
    leader, *_ = await stage.led()
    epoch, pointers = leader.heard.leads, leader.driver.pointers
    client = leader.driver._client
    for number in range(12):
        writing = asyncio.ensure_future(pointers.put(f"n/{number:02}", b"x", epoch))
        await asyncio.sleep(0.0005 * number)
        client.drop()
        await writing
    deleting = asyncio.ensure_future(pointers.delete("n/03", epoch))
    await asyncio.sleep(0.001)
    client.drop()

    assert await deleting
    assert not await pointers.delete("n/03", epoch)
    assert list(await pointers.list("n/")) == [f"n/{number:02}" for number in range(12) if number != 3]
    assert leader.heard.epochs == [epoch]
    assert "revoked" not in leader.heard.events


async def test_a_refusal_after_a_lost_answer_is_not_certain(stage: Stage) -> None:
    """I6, I7: the first try was in time, its answer was lost, the second is refused: "nothing was written" were wrong.

    Found by the campaign. The stores delete the bytes of a write that was refused for certain.
    """
    leader, standby, _ = await stage.led()
    epoch, client = leader.heard.leads, leader.driver._client
    send = client.multi

    async def lossy(*ops: Any) -> Any:
        await send(*ops)  # may be refused: the node is not there yet
        client.multi = send
        await standby.driver.challenge(epoch)
        await until(lambda: standby.heard.leads and not leader.heard.leads)
        raise Unanswered

    await leader.driver.pointers.put("n/0", b"", epoch)
    client.multi = lossy
    with pytest.raises(ElectionUnavailable, match="not known"):
        await leader.driver.pointers.put("n/1", b"v", epoch)

    assert await standby.driver.pointers.get("n/1") == b"v"
    with pytest.raises(StaleEpoch):
        await leader.driver.pointers.put("n/2", b"v", epoch)


async def test_curator_696_a_node_of_an_old_session_is_not_ours(stage: Stage) -> None:
    """CURATOR-696: after a restart with the same nonce the old node is still there: it is removed, and not led by."""
    settings = ZookeeperSettings(stage.ensemble.hosts, cluster_id=stage.cluster, session_timeout_s=60.0)
    old = Candidate("old", ZookeeperElectionDriver(settings, nonce="same"))
    await old.driver.start(old.heard)
    await old.driver.stand("old")
    await until(lambda: old.heard.leads)
    await old.driver.abandon()

    new = Candidate("new", ZookeeperElectionDriver(settings, nonce="same"))
    stage.all.append(new)
    await new.driver.start(new.heard)
    await new.driver.stand("new")
    await until(lambda: new.heard.leads)

    assert new.heard.epochs == [2], "long before the old session ends, and by a node of its own"
    assert await new.publish()
    with pytest.raises(StaleEpoch):
        await new.driver.pointers.put("k", b"v", 1)


async def test_two_clusters_do_not_disturb_each_other(stage: Stage) -> None:
    """Different ids: two leaders, and values that the other does not see."""
    one = await stage.candidate("one")
    other = await stage.candidate("other", cluster_id=f"{stage.cluster}-other")
    await until(lambda: one.heard.leads and other.heard.leads)
    await one.driver.pointers.put("jobs/x", b"1", one.heard.leads)

    assert await other.driver.pointers.list("") == {}
    assert await one.driver.pointers.list("") == {"jobs/x": b"1"}


async def test_values_of_any_shape(stage: Stage) -> None:
    """Keys that are folders of others, empty and strange parts, and names that are taken; folders are tidied up."""
    leader = await stage.candidate("leader")
    await until(lambda: leader.heard.leads)
    epoch, pointers = leader.heard.leads, leader.driver.pointers
    keys = sorted(["a", "a/b", "a/b/c", "leader", "leader/epoch", "jobgraphs/x", "jobs/x", "x//y", "..", "./é %", "a/"])
    for key in keys:
        await pointers.put(key, key.encode(), epoch)

    assert await pointers.list("") == {key: key.encode() for key in keys}
    assert list(await pointers.list("a/b")) == ["a/b", "a/b/c"]
    for key in keys:
        assert await pointers.delete(key, epoch)
    assert await pointers.list("") == {}
    with pytest.raises(ValueError, match="too many"):
        await pointers.put("big", bytes(2**20), epoch)
    assert leader.heard.epochs == [epoch]
