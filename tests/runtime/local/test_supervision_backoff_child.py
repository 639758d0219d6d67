"""What Akka's backoff supervisor is for, done by a directive: the child stays itself while it waits."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from actors import ActorRef, Backoff, DeadLetter, DeathCause, Directive, Props
from runtime import ActorSystem, TestProbe
from tests.runtime.local.puppets import Puppet, child_of, one_for_one, quiet, raising, supervisor


def restarting(backoff: Backoff, **limits: Any) -> Props[Any]:
    """A supervisor whose restarts wait so."""
    return supervisor([], [ValueError], backoff=backoff, **limits)


def restarts(diary: list[str]) -> int:
    """How often it was restarted."""
    return sum("post_restart" in entry for entry in diary)


async def delay_of(child: ActorRef[Any], diary: list[str]) -> float:
    """Let the child fail, and return how long its restart takes."""
    lives, failed_at = restarts(diary), asyncio.get_running_loop().time()
    child.tell(raising(ValueError()))
    while restarts(diary) == lives:
        await quiet(0.01)
    return round(asyncio.get_running_loop().time() - failed_at, 1)


async def test_a_child_that_backs_off_stays_itself(actor_system: ActorSystem) -> None:
    """S82: the same reference answers after the delay, the restart hooks have run, and nobody hears of a death."""
    diary: list[str] = []
    probe = TestProbe(actor_system)
    parent = actor_system.spawn(restarting(Backoff(2.0, 2.0, 0.0)))
    child = probe.watch(await child_of(parent, Props(Puppet, diary)))
    assert await delay_of(child, diary) == 2.0

    assert [entry for entry in diary if "restart" in entry] == ["a1 pre_restart", "a2 post_restart"]
    parent.tell(lambda actor: probe.tell(actor.context.children))
    await probe.expect((child,))


async def test_a_child_that_stops_is_not_restarted(actor_system: ActorSystem) -> None:
    """S82: only failures back off; a child that stops is gone, and its name is free."""
    probe = TestProbe(actor_system)
    parent = actor_system.spawn(restarting(Backoff(1.0, 1.0, 0.0)))
    child = probe.watch(await child_of(parent, Props(Puppet, []), "child"))
    child.tell(lambda actor: actor.context.stop(actor.ref))
    await probe.expect_terminated(child)
    await quiet(10.0)

    assert await child_of(parent, Props(Puppet, []), "child") != child


async def test_messages_wait_with_the_child(actor_system: ActorSystem) -> None:
    """S83: what is sent during the delay is handled by the next instance, in order; nothing is a dead letter."""
    diary: list[str] = []
    letters: list[DeadLetter] = []
    actor_system.event_stream.subscribe(letters.append, DeadLetter)
    parent = actor_system.spawn(restarting(Backoff(5.0, 5.0, 0.0)))
    child = await child_of(parent, Props(Puppet, diary))
    child.tell(raising(ValueError()))
    for number in range(3):
        await quiet(1.0)
        child.tell(number)
    await quiet(10.0)

    assert diary[-3:] == ["a2 0", "a2 1", "a2 2"]
    assert letters == []


async def test_a_backoff_begins_again_by_hand(actor_system: ActorSystem) -> None:
    """S84: `reset_backoff` makes the next delay the shortest, like a quiet time; for a dead child it does nothing."""
    diary: list[str] = []
    parent = actor_system.spawn(restarting(Backoff(1.0, 64.0, 0.0, reset_after_s=1000.0)))
    child = await child_of(parent, Props(Puppet, diary))
    assert [await delay_of(child, diary) for _ in range(3)] == [1.0, 2.0, 4.0]
    parent.tell(lambda actor: actor.context.reset_backoff(child))
    await quiet()
    assert [await delay_of(child, diary) for _ in range(2)] == [1.0, 2.0]
    await quiet(1001.0)
    assert await delay_of(child, diary) == 1.0

    actor_system.stop(parent)
    parent = actor_system.spawn(restarting(Backoff(1.0, 1.0)))
    parent.tell(lambda actor: actor.context.reset_backoff(child))
    parent.tell(lambda actor: actor.context.reset_backoff(actor.ref))
    await quiet()
    assert actor_system.find_local(parent.path) is parent


@pytest.mark.parametrize("limit", [0, 2])
async def test_beyond_its_limit_a_child_is_stopped(actor_system: ActorSystem, limit: int) -> None:
    """S84: after as many restarts as are allowed the next failure stops the child, and its watchers hear of which."""
    probe = TestProbe(actor_system)
    parent = actor_system.spawn(restarting(Backoff(1.0, 1.0, 0.0), max_nr_of_retries=limit))
    child = probe.watch(await child_of(parent, Props(Puppet, [])))
    for _ in range(limit + 1):
        child.tell(raising(ValueError("ill")))
    terminated = await probe.expect_terminated(child, timeout_s=10.0)

    assert (terminated.cause, terminated.detail) == (DeathCause.FAILED, "ValueError: ill")


async def test_a_supervisor_without_a_rule_does_not_wait(actor_system: ActorSystem) -> None:
    """S82: the delay is for restarts only; what is resumed goes on at once."""
    diary: list[str] = []
    strategy = one_for_one(lambda error: Directive.RESUME, backoff=Backoff(50.0, 50.0))
    parent = actor_system.spawn(Props(Puppet, [], "p", strategy))
    child = await child_of(parent, Props(Puppet, diary))
    child.tell(raising(ValueError()))
    child.tell("after")
    await quiet()

    assert diary[-1] == "a1 after"
