"""Whom a system dials to learn who lives there, where only the lane or the reason of the dial shows that it does."""

from __future__ import annotations

import asyncio
from typing import Any

from actors import DeathCause, Terminated
from runtime.protocol.standing import Standing
from runtime.remote.events import NodeTerminated
from runtime.sim.links import Shape, Uniform
from tests.runtime.remote.nodes import Echo, Nodes, Say, probe, seen_from, until


async def test_who_waits_at_the_door_is_dialled_though_nobody_watches(nodes: Nodes) -> None:
    """All quick dials are too quick for the way; a patient one, for which nothing else asks, lets the newcomer in."""
    a, b = await nodes.start("a"), await nodes.start("b", port=7)
    me, echo = probe(a), b.spawn(Echo, name="echo")
    seen_from(a, b, echo).tell(Say("first"), me.ref)
    assert await me.expect(Say) == Say("first")
    verdict = a.remote.peer(b.address).verdict
    nodes.net.shape("a", "b", Shape(Uniform(0.05, 0.06)))
    nodes.kill(b)
    await until(lambda: verdict.standing is Standing.ABSENT)
    b = await nodes.start("b", port=7)
    seen_from(b, a, me.ref).tell(Say("again"))
    await until(lambda: verdict.standing is Standing.DOUBTED)
    assert await me.expect(Say, 2.0) == Say("again")
    assert verdict.uid == b.uid


async def test_an_inquiry_goes_on_for_the_lane_that_is_needed_more(nodes: Nodes) -> None:
    """It has begun for the ordinary lane; when the other is lost, too, that one is dialled without a pause."""
    a, b = await nodes.start("a"), await nodes.start("b")
    me, echo = probe(a), b.spawn(Echo)
    subject = me.watch(seen_from(a, b, echo))
    subject.tell(Say("both"), me.ref)
    assert await me.expect(Say) == Say("both")
    peer: Any = a.remote.peer(b.address)
    outbox = peer._outbox
    await until(lambda: outbox.control is not None and outbox.ordinary is not None)
    for link in (outbox.ordinary, outbox.control):
        link.connection_lost(ConnectionResetError())
    assert outbox.control is None
    await until(lambda: outbox.control is not None, a.settings.remote.dial_backoff_s / 2)
    assert peer.verdict.standing is Standing.TRUSTED


async def test_nobody_is_put_off_by_those_who_ask_later(nodes: Nodes) -> None:
    """D4: where a dial takes longer than from one watch to the next, the first hears the first refusal all the same."""
    a, b = await nodes.start("a"), await nodes.start("b", port=7)
    subjects = [seen_from(a, b, b.spawn(Echo)) for _ in range(20)]
    nodes.net.shape("a", "b", Shape(Uniform(0.05, 0.05)))
    nodes.kill(b)
    one, began = probe(a), a.now()
    told_after: list[float] = []
    a.event_stream.subscribe(lambda _: told_after.append(a.now() - began), NodeTerminated)
    for subject in subjects:
        one.watch(subject)
        await asyncio.sleep(0.02)
    notices = [await one.expect(Terminated) for _ in subjects]
    assert [notice.ref for notice in notices] == subjects
    assert {notice.cause for notice in notices} == {DeathCause.PROCESS_DEAD}
    assert told_after[0] < 0.25
    assert told_after[-1] < 20 * 0.02 + 0.25


async def test_who_is_watched_beside_others_lives_on_where_they_are_dead(nodes: Nodes) -> None:
    """D7: the first is refused, and told so; the second lives there since, and its watch is taken by the next dial."""
    a, b = await nodes.start("a"), await nodes.start("b", port=7)
    former = seen_from(a, b, b.spawn(Echo))
    nodes.net.shape("a", "b", Shape(Uniform(0.05, 0.05)))
    nodes.kill(b)
    one, other = probe(a), probe(a)
    one.watch(former)
    await asyncio.sleep(0.06)
    b = await nodes.start("b", port=7)
    echo = b.spawn(Echo)
    later = other.watch(seen_from(a, b, echo))
    later.tell(Say("to the second"), other.ref)
    assert (await one.expect_terminated(former)).cause is DeathCause.PROCESS_DEAD
    assert await other.expect(Say) == Say("to the second")
    await other.expect_no_message(5.0)
    b.stop(echo)
    assert (await other.expect_terminated(later)).cause is DeathCause.STOPPED


async def test_what_waits_for_a_dial_is_not_put_off_by_who_watches_again_and_again(nodes: Nodes) -> None:
    """R10: nobody has answered dials for long; each watch is a reason to dial anew, unless a dial has just begun."""
    a, b = await nodes.start("a"), await nodes.start("b", port=7)
    me, other, echo = probe(a), probe(a), b.spawn(Echo)
    subject = seen_from(a, b, echo)
    subject.tell(Say("first"), me.ref)
    assert await me.expect(Say) == Say("first")
    verdict = a.remote.peer(b.address).verdict
    nodes.net.cut("a", "b")
    nodes.net.reset("a", "b")
    await until(lambda: verdict.standing is Standing.ABSENT)
    nodes.net.heal("a", "b")
    nodes.net.shape("a", "b", Shape(Uniform(0.05, 0.05)))
    subject.tell(Say("second"), me.ref)
    answer = asyncio.ensure_future(me.expect(Say, 5.0))
    while not answer.done():  # whoever has no patience never sees a dial end
        other.watch(subject)
        other.unwatch(subject)
        await asyncio.sleep(0.02)
    assert await answer == Say("second")
