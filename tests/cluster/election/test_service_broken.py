"""A leader part that breaks, fails or is refused lets another lead."""

from __future__ import annotations

import asyncio
from typing import Any

from actors import ActorRef
from cluster.election.driver import LeaderInfo
from cluster.election.office import Perform
from cluster.model.leadership import StopLeader
from runtime import graceful_stop
from tests.cluster.election.contenders import Process, World, until


async def test_a_broken_leader_lets_another_lead(world: World) -> None:
    """A leader part that cannot go on is stopped and its office given back; later the process is a standby again."""
    a = await world.process("a").start()
    b = await world.process("b").start()
    await until(lambda: b.office.leader)
    a.dispatcher().tell("break")
    await until(lambda: world.leaders() == ["b"])
    await until(lambda: b.office.leader and b.office.leader.candidate == "b")
    await asyncio.sleep(2)

    await graceful_stop(b.contender)
    await b.driver.close()
    await until(lambda: world.leaders() == ["a"])


async def test_a_leader_part_that_fails_lets_another_lead(world: World) -> None:
    """A bug in the leader part is no restart on the spot: the office goes to the next."""
    a = await world.process("a").start()
    b = await world.process("b").start()
    await until(lambda: b.office.leader)
    a.dispatcher().tell("raise")
    await until(lambda: world.leaders() == ["b"])


async def test_a_failing_contender_lets_another_lead(world: World) -> None:
    """When the contender itself fails and is restarted, its leader part is gone and its office free."""
    a = await world.process("a").start()
    b = await world.process("b").start()
    await until(lambda: b.office.leader)
    a.contender.tell(Perform(None))  # type: ignore[arg-type]
    await until(lambda: world.leaders() == ["b"])
    await asyncio.sleep(2)
    await graceful_stop(b.contender)
    await b.driver.close()
    await until(lambda: world.leaders() == ["a"])


async def test_a_publication_is_tried_again_through_an_outage(world: World) -> None:
    """A backend that cannot be reached when the leader is ready gets the publication when it is back."""
    a = world.process("a")
    a.driver.outage = 5
    await a.start()
    await until(lambda: a.office.leader)
    assert a.living == [1]


async def test_who_is_refused_to_be_shown_does_not_lead(world: World) -> None:
    """The epoch is another's by then, whether that has been heard of or not: the leader part is stopped."""
    a = world.process("a")
    a.driver.refuses = True
    await a.start()
    await until(lambda: a.all_living)
    assert (a.living, a.office.leader) == ([], None)


async def test_a_contender_that_begins_anew_watches_nobody_from_before(world: World) -> None:
    """Watches outlive a restart (D54), and it knows nothing of those who stood by for it before that."""
    a = await world.process("a").start()
    b = await world.process("b").start()
    c = await world.process("c").start()
    await until(lambda: c.office.leader and len(watched_by(a)) == 3)
    a.contender.tell(Perform(None))  # type: ignore[arg-type]
    await until(lambda: world.leaders() == ["b"] and watched_by(b))
    assert watched_by(a) == {b.contender}
    assert watched_by(c) == {b.contender}


def watched_by(process: Process) -> set[ActorRef[Any]]:
    book = process.contender.sink.book  # type: ignore[attr-defined]
    return set() if book is None else set(book.watching)


async def test_an_office_that_a_restart_has_lost_has_no_leader_part(world: World) -> None:
    """What waits in the mailbox of a contender that fails is of an office that it gives back, and is not done."""
    a = await world.process("a").start()
    b = await world.process("b").start()
    await until(lambda: b.office.leader)
    b.contender.tell(Perform(None))  # type: ignore[arg-type]
    b.office.granted(2)  # before it has looked
    await asyncio.sleep(2)
    assert (a.living, b.living) == ([1], [])


async def test_an_effect_of_an_earlier_office_ends_no_later_one(world: World) -> None:
    """An end that was meant for a leader part of before is not that of the present one."""
    a = await world.process("a").start()
    await until(lambda: a.office.leader)
    a.contender.tell(Perform((StopLeader(0),)))
    await a.leader()
    await asyncio.sleep(0.1)
    assert a.living == [1]


async def test_a_leader_whose_contender_has_no_address_is_not_watched(world: World) -> None:
    """Somebody has written that; a contender that fails at it fails at it again, and its process could never lead."""
    a = await world.process("a").start()
    await until(lambda: a.office.leader)
    b = await world.process("b").start()
    await until(lambda: watched_by(b))
    world.election.confirm(a.driver, LeaderInfo(1, "dispatcher", "nowhere", "a"))
    b.contender.tell(Perform(None))  # type: ignore[arg-type]
    await asyncio.sleep(2)
    assert watched_by(b) == set()
    await a.driver.close()
    await until(lambda: b.living == [2])
