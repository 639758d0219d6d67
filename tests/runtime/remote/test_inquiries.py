"""Whom a system dials to learn who lives there, where only the lane or the reason of the dial shows that it does."""

from __future__ import annotations

from typing import Any

from runtime.protocol.standing import Standing
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
