"""The contender starts a leader on a grant, shows it when it is ready, and takes over from one that is surely dead."""

from __future__ import annotations

import asyncio

import pytest

from actors import Kill
from actors.address import Address
from cluster.election.driver import LeaderInfo
from cluster.election.office import LeaderSeen
from cluster.election.protocol import GetElection, StandingBy
from runtime import graceful_stop
from runtime.remote.events import NodeSuspected, NodeTrusted
from tests.cluster.election.contenders import World, until


async def test_a_grant_becomes_a_published_leader(world: World) -> None:
    """The leader part is started under the granted epoch, and shown with its address when it has recovered."""
    a = await world.process("a").start()
    b = await world.process("b").start()
    await until(lambda: b.office.leader)

    assert world.leaders() == ["a"]
    info = await b.leader()
    assert info is not None
    assert (info.epoch, info.candidate, info.contender) == (1, "a", str(a.contender))
    assert info.address.startswith(f"{a.contender.path.without_uid()}/dispatcher-1#")
    assert a.office.may_act(1)
    assert not b.office.may_act(1)
    assert a.office.takeover(1) is None


async def test_a_leader_that_has_not_recovered_is_not_shown(world: World) -> None:
    """Nobody sees a leader whose recovery is under way."""
    a = world.process("a")
    a.recovers = False
    await a.start()
    await until(lambda: a.living)
    assert await a.leader() is None

    a.office.reachable(1, a.contender)
    await until(lambda: a.office.leader)


async def test_a_certain_death_is_answered_by_a_takeover(world: World) -> None:
    """A standby whose DeathWatch is certain leads long before the lease runs out, and knows why it leads."""
    a = await world.process("a").start()
    b = await world.process("b").start()
    await until(lambda: b.office.leader)
    began = asyncio.get_running_loop().time()

    await a.driver.abandon()
    world.system.stop(a.contender)
    await until(lambda: b.living)

    assert asyncio.get_running_loop().time() - began < 1
    takeover = b.office.takeover(2)
    assert takeover is not None
    assert (takeover.predecessor, takeover.cause) == ("a (epoch 1)", "stopped")
    assert takeover.convicted_at is not None
    await until(lambda: b.office.leader and b.office.leader.epoch == 2)
    assert not a.office.may_act(1)


async def test_a_lease_that_runs_out_hands_over_too(world: World) -> None:
    """Without any verdict the lease decides, and the takeover says so."""
    a = await world.process("a").start()
    b = await world.process("b").start()
    await until(lambda: b.office.leader)
    await a.driver.abandon()
    await until(lambda: b.living)

    takeover = b.office.takeover(2)
    assert takeover is not None
    assert (takeover.cause, takeover.convicted_at) == ("lease-expired", None)


@pytest.mark.parametrize(
    ("signs", "first"),
    [
        ([(NodeSuspected, 0.1), (NodeTrusted, 0.2), (NodeSuspected, 0.3)], 0.3),
        ([(NodeSuspected, 0.1), (NodeTrusted, 0.2)], None),
        ([], None),
    ],
)
async def test_the_first_sign_of_a_death_is_remembered(
    world: World, signs: list[tuple[type, float]], first: float | None
) -> None:
    """A suspicion of the leader's process that is not withdrawn is the beginning of the failover's timeline."""
    a = await world.process("a").start()
    b = await world.process("b").start()
    await until(lambda: b.office.leader)
    loop, address = asyncio.get_running_loop(), world.system.address
    began = loop.time()
    for sign, at in signs:
        await asyncio.sleep(began + at - loop.time())
        world.system.event_stream.publish(sign(address, "silent") if sign is NodeSuspected else sign(address))
    world.system.event_stream.publish(NodeSuspected(Address("elsewhere", "h", 1), "silent"))
    await a.driver.abandon()
    await until(lambda: b.living)

    takeover = b.office.takeover(2)
    assert takeover is not None
    assert takeover.suspected_at == (None if first is None else pytest.approx(began + first))


async def test_a_revoked_leader_is_stopped_before_it_starts_again(world: World) -> None:
    """In one process two leader parts never live at a time: the new one waits until the old one has stopped."""
    a = world.process("a")
    a.stopping_takes_s = 2.0
    await a.start()
    await until(lambda: a.office.leader)
    world.election.revoke()
    await until(lambda: not a.office.may_act(1))
    assert a.living == [1]
    await until(lambda: a.office.leader and a.office.leader.epoch == 2)

    assert a.living == [2]
    assert a.all_living == [0]


async def test_revocation_is_seen_before_any_message(world: World) -> None:
    """From the driver's word on the leader may not act, though its actors have not heard of it yet."""
    a = await world.process("a").start()
    await until(lambda: a.office.leader)
    a.office.revoked()

    assert not a.office.may_act(1)


async def test_leaving_hands_over_at_once(world: World) -> None:
    """A process that leaves in good order stops its leader part and then frees the office."""
    a = await world.process("a").start()
    b = await world.process("b").start()
    await until(lambda: b.office.leader)
    began = asyncio.get_running_loop().time()
    await graceful_stop(a.contender)
    assert a.living == []
    await a.driver.close()
    await until(lambda: world.leaders() == ["b"])
    assert asyncio.get_running_loop().time() - began < 1


async def test_the_leader_knows_its_standbys(world: World) -> None:
    """Standbys make themselves known to each new leader; those that are gone are forgotten."""
    a = await world.process("a").start()
    for name in ("c", "b"):
        await world.process(name).start()
    b = world.processes[2]
    await until(lambda: b.office.leader)
    election = await a.contender.ask(GetElection())
    assert (election["role"], election["epoch"], election["standbys"]) == ("leading", 1, ["b", "c"])
    assert (await b.contender.ask(GetElection()))["role"] == "standing"

    b.contender.tell(Kill())
    world.system.stop(b.contender)
    await asyncio.sleep(0.1)
    assert (await a.contender.ask(GetElection()))["standbys"] == ["c"]


async def test_a_former_leader_that_stands_by_at_once_is_watched(world: World) -> None:
    """It may see who leads before the new leader sees itself shown, and does not watch it as its leader any more."""
    a = await world.process("a").start()
    b = await world.process("b").start()
    await until(lambda: b.office.leader)
    shown = a.office.leader
    assert shown is not None
    former = LeaderInfo(0, shown.address, str(b.contender.path), "b")
    for news in (LeaderSeen(former), StandingBy(1, b.contender, "b"), LeaderSeen(shown)):
        a.contender.tell(news)
    assert (await a.contender.ask(GetElection()))["standbys"] == ["b"]
    b.contender.tell(Kill())
    world.system.stop(b.contender)
    await asyncio.sleep(0.1)
    assert (await a.contender.ask(GetElection()))["standbys"] == []


async def test_a_certain_death_need_not_be_believed(world: World) -> None:
    """With `high-availability.takeover: timeout` the same death is answered when the lease is over, and not before."""
    a = await world.process("a").start()
    b = await world.process("b").start(by_evidence=False)
    await until(lambda: b.office.leader)
    began = asyncio.get_running_loop().time()

    await a.driver.abandon()
    world.system.stop(a.contender)
    await until(lambda: b.living)

    assert asyncio.get_running_loop().time() - began > 1
