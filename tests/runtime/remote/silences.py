"""Watches across systems and what is heard of nodes, for tests."""

from __future__ import annotations

from typing import Any

from actors import ActorRef
from runtime import (
    ActorSystem,
    NodeSuspected,
    NodeTerminated,
    NodeTrusted,
    TestProbe,
)
from tests.runtime.remote.nodes import Echo, Nodes, probe, seen_from


async def watched(nodes: Nodes, **options: Any) -> tuple[ActorSystem, ActorSystem, TestProbe, ActorRef[Any]]:
    """Two systems, and a probe of the first that watches an actor of the second, in steady state."""
    a, b = await nodes.start("a", **options), await nodes.start("b", port=7, **options)
    me = probe(a)
    subject = watches(nodes, a, me, seen_from(a, b, b.spawn(Echo)))
    await me.expect_no_message(10.0)
    return a, b, me, subject


def watches(nodes: Nodes, system: ActorSystem, who: TestProbe, subject: ActorRef[Any]) -> ActorRef[Any]:
    """Watch in the name of that process, so that its heartbeats and looks freeze with it, and go by its clock."""
    return nodes.net.process(system.name).call(who.watch, subject)


def events(system: ActorSystem) -> list[Any]:
    """From now on, what the event stream says of nodes."""
    told: list[Any] = []
    for kind in (NodeSuspected, NodeTrusted, NodeTerminated):
        system.event_stream.subscribe(told.append, kind)
    return told
