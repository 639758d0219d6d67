"""What a node that stands still, or whose loop is blocked, makes of the silence of others afterwards."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from runtime import FailureDetectorSettings
from runtime.sim.links import Shape, Uniform
from tests.runtime.remote.nodes import Echo, Nodes, probe, seen_from
from tests.runtime.remote.silences import watched


@pytest.mark.parametrize("who", ["watcher", "subject", "both"])
async def test_stalls_of_a_second_kill_nobody(nodes: Nodes, who: str) -> None:
    """For ten minutes, on either side or both, at random moments: nobody is terminated by the default settings."""
    _a, _b, me, _ = await watched(nodes)
    for _ in range(150):
        stalled = {"watcher": ["a"], "subject": ["b"], "both": ["a", "b"]}[who]
        for name in stalled:
            nodes.net.freeze(name)
        await asyncio.sleep(1.0)
        for name in stalled:
            nodes.net.thaw(name)
        await asyncio.sleep(nodes.random.uniform(1.0, 5.0))
    await me.expect_no_message(1.0)


async def test_a_stalled_watcher_blames_nobody_even_on_a_lan(nodes: Nodes) -> None:
    """Stalls of the watcher of ten times its margin: what came meanwhile is read first, and then nobody is late."""
    _a, _b, me, subject = await watched(nodes, failure_detector=FailureDetectorSettings.lan())
    for _ in range(100):
        await nodes.stand_still("a", nodes.random.uniform(0.1, 3.5))
        await asyncio.sleep(nodes.random.uniform(0.0, 2.0))
    await me.expect_no_message(1.0)
    nodes.net.freeze("b")
    await me.expect_terminated(subject, timeout_s=5.0)


async def test_our_own_stall_condemns_nobody(nodes: Nodes) -> None:
    """A loop that stood still for ten seconds has no right to call others silent, even if they answer slowly."""
    nodes.net.shape("a", "b", Shape(Uniform(0.1, 0.1)))
    a, b = await nodes.start("a"), await nodes.start("b")
    me = probe(a)
    me.watch(seen_from(a, b, b.spawn(Echo)))
    await me.expect_no_message(5.0)
    loop: Any = asyncio.get_running_loop()
    loop.world_s += 10.0  # a handler that blocks the thread
    await me.expect_no_message(5.0)


@pytest.mark.parametrize("stall_s", [30.0, 3600.0])
@pytest.mark.parametrize("is_before", [False, True])
async def test_a_death_is_noticed_soon_after_a_long_stall(nodes: Nodes, stall_s: float, is_before: bool) -> None:
    """Nobody is excused for as long as we stood still, and an answer that we read so late makes no other one late."""
    _a, _b, me, subject = await watched(nodes)
    for _ in range(3):
        await nodes.stand_still("a", stall_s)
        await me.expect_no_message(7.0)
    if is_before:
        nodes.net.freeze("a")
        await asyncio.sleep(stall_s / 2)
        nodes.net.cut("a", "b")
        await asyncio.sleep(stall_s / 2)
        nodes.net.thaw("a")
    else:
        nodes.net.cut("a", "b")
    await me.expect_terminated(subject, 10.0)
