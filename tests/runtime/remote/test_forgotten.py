"""What is remembered of a peer whose association was forgotten: numbers go on where they ended (R6, R16, D57)."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from actors import ActorRef
from runtime import ActorSystem
from runtime.remote.events import MessagesLost
from runtime.testkit import TestProbe
from tests.runtime.remote.lanes import counted
from tests.runtime.remote.nodes import Burst, Echo, Nodes, Say, probe, seen_from

IDLE_S = 10.0


async def forget(system: ActorSystem, other: ActorSystem) -> None:
    """Wait until the association is idle, and nobody refers to it: then it is garbage."""
    assert other.address not in system.remote._associations
    # Simulated wires lead from one side to the other, so the collector would not take it.
    system.remote._resting.pop(other.address)
    system.remote._directory._refs.clear()


async def used(nodes: Nodes) -> tuple[ActorSystem, ActorSystem, TestProbe, ActorRef[Any]]:
    """Two systems that have sent each other messages and signals, and then nothing for long."""
    a, b = await nodes.start("a", idle_close_s=IDLE_S), await nodes.start("b", idle_close_s=IDLE_S)
    me, subject = probe(a), b.spawn(Echo)
    for number in range(3):
        far = me.watch(seen_from(a, b, subject))
        far.tell(Say(number), me.ref)
        assert await me.receive_one() == Say(number)
        me.unwatch(far)
    await asyncio.sleep(4 * IDLE_S)
    return a, b, me, subject


FORGETFUL = pytest.mark.parametrize("who", ["watcher", "subject", "both"])


@FORGETFUL
async def test_a_watch_after_a_long_rest_is_not_lost(nodes: Nodes, who: str) -> None:
    """R16: one side has forgotten the other's association, or both have: system messages still come, once.

    Whoever had forgotten began to number again, so the other took a new message for one that it had got; or it had
    forgotten what it got, and asked for what had been acknowledged, again and again.
    """
    a, b, me, subject = await used(nodes)
    if who != "subject":
        await forget(a, b)
    if who != "watcher":
        await forget(b, a)
    far = me.watch(seen_from(a, b, subject))
    await asyncio.sleep(2.0)
    b.stop(subject)
    notice: Any = await me.expect_terminated(far)
    assert notice.existence_confirmed


@FORGETFUL
async def test_a_death_after_a_long_rest_does_not_overtake_messages(nodes: Nodes, who: str) -> None:
    """D57: the last words of an actor come before its Terminated, and none is reported as lost that came."""
    a, b, me, subject = await used(nodes)
    lost = counted(a, MessagesLost)
    if who != "subject":
        await forget(a, b)
    if who != "watcher":
        await forget(b, a)
    far = me.watch(seen_from(a, b, subject))
    far.tell(Burst(2000, me.ref))
    assert [await me.receive_one() for _ in range(2000)] == list(range(2000))
    await me.expect_terminated(far)
    assert not lost


@FORGETFUL
async def test_a_peer_that_was_started_again_is_not_taken_for_the_one_that_was_known(nodes: Nodes, who: str) -> None:
    """R18: numbers belong to a pair of incarnations; what is remembered of another is of no use."""
    a, b, me, _ = await used(nodes)
    if who != "subject":
        await forget(a, b)
    nodes.kill(b)
    b = await nodes.start("b", port=b.address.port or 0, idle_close_s=IDLE_S)
    subject = b.spawn(Echo)
    far = me.watch(seen_from(a, b, subject))
    far.tell(Say("hello"), me.ref)
    assert await me.receive_one() == Say("hello")
    b.stop(subject)
    notice: Any = await me.expect_terminated(far)
    assert notice.existence_confirmed
