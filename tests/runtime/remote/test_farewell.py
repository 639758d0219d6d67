"""The last words of who leaves, to a peer that was not there before: they reach whoever lives there by now."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from actors import DeadLetter, DeathCause
from runtime import ActorSystem, NodeTerminated
from runtime.protocol.handshake import Lane
from runtime.protocol.standing import Standing
from runtime.remote.association import Association
from runtime.testkit import TestProbe
from tests.runtime.remote.lanes import counted, deaf
from tests.runtime.remote.nodes import Echo, Nodes, Say, probe, seen_from, until


def standing(system: ActorSystem, peer: ActorSystem) -> Standing:
    """What one believes about the other."""
    believed: Standing = system.remote.peer(peer.address).verdict.standing
    return believed


async def bereaved(nodes: Nodes) -> tuple[ActorSystem, TestProbe, Any]:
    """A system that knows that another is dead, and a reference to somebody who lived there."""
    a, b = await nodes.start("a"), await nodes.start("b", port=7)
    me, at_b = probe(a), probe(b)
    subject = me.watch(seen_from(a, b, at_b.ref))
    await me.expect_no_message(1.0)
    nodes.kill(b)
    assert (await me.expect_terminated(subject)).cause is DeathCause.PROCESS_DEAD
    assert standing(a, b) is Standing.DEAD
    return a, me, subject


@pytest.mark.parametrize("seed", range(5))
async def test_who_leaves_waits_for_whoever_lives_where_somebody_is_dead(nodes: Nodes, seed: int) -> None:
    """D3: what was said to the next incarnation is on no connection yet when its author leaves, and is not lost."""
    nodes.random.seed(seed)
    a, me, _ = await bereaved(nodes)
    b = await nodes.start("b", port=7)
    at_b = probe(b)
    seen_from(a, b, at_b.ref).tell(Say("farewell"), me.ref)
    assert standing(a, b) is Standing.DEAD
    await a.terminate()
    assert await at_b.expect(Say) == Say("farewell")


async def test_who_leaves_waits_for_whoever_can_be_reached_again(nodes: Nodes) -> None:
    """D3: nobody answered any dial, and nobody has asked since; a word is the reason for one, and waits for it."""
    a, b = await nodes.start("a"), await nodes.start("b", port=7)
    me, at_b = probe(a), probe(b)
    seen_from(a, b, at_b.ref).tell(Say("first"), me.ref)
    assert await at_b.expect(Say) == Say("first")
    nodes.net.cut("a", "b")
    nodes.net.reset("a", "b")
    await until(lambda: standing(a, b) is Standing.ABSENT)
    await asyncio.sleep(60.0)
    nodes.net.heal("a", "b")
    seen_from(a, b, at_b.ref).tell(Say("farewell"), me.ref)
    assert standing(a, b) is Standing.ABSENT
    await a.terminate()
    assert await at_b.expect(Say) == Say("farewell")


async def test_who_leaves_does_not_wait_for_the_dead(nodes: Nodes) -> None:
    """R8: a dial is refused, so nobody lives there: what was said becomes a dead letter, and nothing is waited for."""
    a, me, subject = await bereaved(nodes)
    letters: list[DeadLetter] = []
    a.event_stream.subscribe(letters.append, DeadLetter)
    subject.tell(Say("to nobody"), me.ref)
    began = a.now()
    await a.terminate()
    assert a.now() - began < 0.1
    assert [letter.message for letter in letters] == [Say("to nobody")]
    await nodes.start("b", port=7)  # a loop on which nobody lives is searched for what is left, also of who was killed


async def test_who_comes_while_others_are_waited_for_is_told_goodbye(nodes: Nodes) -> None:
    """R8: whoever dials a node that is leaving hears that it has left, and not that it died."""
    a, b, c = await nodes.start("a", port=1), await nodes.start("b", port=2), await nodes.start("c", port=3)
    subject, at_b, at_c = a.spawn(Echo), probe(b), probe(c)
    probe(a).watch(seen_from(a, b, at_b.ref))
    at_b.watch(seen_from(b, a, subject))
    await asyncio.sleep(1.0)
    deaf(b, Lane.CONTROL)  # so the death of the subject is not acknowledged
    nodes.systems.remove(a)
    ending = asyncio.ensure_future(a.terminate())
    await asyncio.sleep(0.5)
    told = counted(c, NodeTerminated)
    at_c.watch(c.remote.resolve_text(str(subject.path.at(a.address))))
    await asyncio.sleep(0.5)
    assert not ending.done()
    await ending
    await until(lambda: told)
    assert told[0].cause is DeathCause.NODE_SHUTDOWN


@pytest.mark.parametrize("is_known", [False, True])
async def test_who_comes_when_all_others_have_been_told_is_told_goodbye(
    nodes: Nodes, monkeypatch: pytest.MonkeyPatch, is_known: bool
) -> None:
    """R8: somebody's connection is full, so what was said is still on its way: whoever dials now is told, too.

    Also if there was an association with it, but no connection, when the others were told.
    """
    a, b, c = await nodes.start("a", port=1), await nodes.start("b", port=2), await nodes.start("c", port=3)
    subject, at_c = a.spawn(Echo), probe(c)
    seen_from(a, b, at_c.ref).tell(Say("hello"))
    if is_known:
        a.remote.keep(a.remote.peer(c.address))
    until_s, is_open = a.now() + 0.5, Association.is_open.fget
    is_full = lambda one: one.address == b.address and a.now() < until_s  # noqa: E731 - as long as b does not read
    monkeypatch.setattr(Association, "is_open", property(lambda one: is_full(one) or is_open(one)))
    nodes.systems.remove(a)
    ending = asyncio.ensure_future(a.terminate())
    await asyncio.sleep(0.2)
    told = counted(c, NodeTerminated)
    at_c.watch(c.remote.resolve_text(str(subject.path.at(a.address))))
    await until(lambda: told)
    assert told[0].cause is DeathCause.NODE_SHUTDOWN
    assert not ending.done()
    await ending
