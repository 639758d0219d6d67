"""Clocks that move while code runs, as real ones do: virtual time stands still in a turn of the loop."""

from __future__ import annotations

from actors import DeathCause
from runtime.remote.events import NodeTerminated
from runtime.sim.clocks import Clock
from tests.runtime.remote.nodes import Echo, Nodes, probe, seen_from

WATCHES = 50
LOOK_S = 1e-6


async def test_d74_watches_that_begin_anew_end_together(nodes: Nodes) -> None:
    """D62, D74: watches that nobody has taken when their node is killed are told once a dial finds nobody there.

    They are sent anew one after the other, and the dial that is asked for meanwhile begins after all of them.
    """
    a, b = await nodes.start("a"), await nodes.start("b")
    nodes.net.process("a").clock = Clock(look_s=LOOK_S)
    ended: list[NodeTerminated] = []
    a.event_stream.subscribe(ended.append, NodeTerminated)
    me = probe(a)
    first = me.watch(seen_from(a, b, b.spawn(Echo)))
    await me.expect_no_message(1.0)
    later = [me.watch(seen_from(a, b, b.spawn(Echo))) for _ in range(WATCHES)]
    nodes.kill(b)
    for subject in (first, *later):
        assert (await me.expect_terminated(subject, 3.0)).cause is DeathCause.PROCESS_DEAD
    assert [bool(event.uid) for event in ended] == [True, False]
