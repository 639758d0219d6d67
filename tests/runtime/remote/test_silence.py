"""What silence leads to: suspicion, its withdrawal, and the judgement, in simulated networks."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from structlog.testing import capture_logs

from actors import DeathCause, Terminated
from runtime import (
    FailureDetectorSettings,
    NodeSuspected,
    NodeTerminated,
    NodeTrusted,
    QuarantinedBy,
)
from runtime.sim.clocks import Clock
from tests.runtime.remote.nodes import DETECTOR, Echo, Nodes, Say, probe, seen_from, until
from tests.runtime.remote.silences import events, watched, watches


@pytest.fixture
def logs() -> Iterator[list[Any]]:
    with capture_logs() as logs:
        yield logs


async def test_f8_a_long_gap_is_logged(logs: list[Any], nodes: Nodes) -> None:
    """F8: a gap of two thirds of the acceptable pause is a warning with address and gap, a shorter one is not."""
    a, b = await nodes.start("a"), await nodes.start("b")
    me = probe(a)
    me.watch(seen_from(a, b, b.spawn(Echo)))
    for freeze_s, warnings in ((1.0, 0), (2.2, 1)):
        await asyncio.sleep(5.0)
        await nodes.stand_still("b", freeze_s)
        await asyncio.sleep(5.0)
        slow = [line for line in logs if line["event"] == "heartbeats come slowly"]
        assert len(slow) == warnings
    assert slow[0]["peer"] == str(b.address)
    assert 2.0 < slow[0]["gap_s"] < 2.8
    await me.expect_no_message(1.0)
    nodes.net.freeze("b")
    await me.expect(Terminated, timeout_s=5.0)


async def test_killed_during_a_short_cut(nodes: Nodes) -> None:
    """The end of the stream is lost and comes again after the cut: certain, and sooner than by silence."""
    _a, b, me, subject = await watched(nodes)
    nodes.net.cut("a", "b")
    await asyncio.sleep(0.2)
    nodes.kill(b)
    await asyncio.sleep(0.8)
    nodes.net.heal("a", "b")
    notice = await me.expect_terminated(subject, timeout_s=1.0)
    assert (notice.cause, notice.is_certain) == (DeathCause.PROCESS_DEAD, True)


async def test_killed_during_a_cut_that_lasts(nodes: Nodes) -> None:
    """Nothing can be known, so silence decides, and it says so."""
    _a, b, me, subject = await watched(nodes)
    nodes.net.cut("a", "b")
    nodes.kill(b)
    notice = await me.expect_terminated(subject, timeout_s=5.0)
    assert (notice.cause, notice.is_certain) == (DeathCause.UNREACHABLE, False)
    assert notice.detail


async def test_restarted_on_the_same_port_during_a_cut(nodes: Nodes) -> None:
    """Before anybody noticed: the new incarnation answers where the old one was, which is certain; it is not blamed."""
    a, b, me, subject = await watched(nodes)
    nodes.net.cut("a", "b")
    nodes.kill(b)
    again = await nodes.start("b", port=7)
    await asyncio.sleep(1.0)
    nodes.net.heal("a", "b")
    notice = await me.expect_terminated(subject, timeout_s=2.0)
    assert (notice.cause, notice.is_certain) == (DeathCause.NEW_INCARNATION, True)
    new = me.watch(seen_from(a, again, again.spawn(Echo)))
    await me.expect_no_message(10.0)
    again.stop(new if not new.path.address.is_remote else again.remote.resolve_text(str(new.path)))
    assert (await me.expect_terminated(new)).cause is DeathCause.STOPPED


async def test_a_host_that_loses_its_power(nodes: Nodes) -> None:
    """Gone for good: silence. On again in time: its kernel knows no connection and refuses, which is certain."""
    a, b, me, subject = await watched(nodes)
    nodes.net.vanish("b")
    nodes.systems.remove(b)
    assert (await me.expect_terminated(subject, timeout_s=5.0)).cause is DeathCause.UNREACHABLE
    nodes.net.come_back("b")
    again = await nodes.start("b", port=7)
    subject = me.watch(seen_from(a, again, again.spawn(Echo)))
    await me.expect_no_message(5.0)
    nodes.net.vanish("b")
    nodes.systems.remove(again)
    await asyncio.sleep(0.5)
    nodes.net.come_back("b")
    assert (await me.expect_terminated(subject, timeout_s=2.0)).cause is DeathCause.PROCESS_DEAD


async def test_a_half_open_connection_is_not_a_death(nodes: Nodes) -> None:
    """A middlebox forgets the connections: the last dial finds the node alive; it is trusted, and still watched."""
    a, b, me, subject = await watched(nodes)
    told = events(a)
    for name in ("a", "b"):
        for connection in nodes.net.holdings(nodes.net.process(name)).connections:
            connection.out.send = lambda data: None  # type: ignore[method-assign]
    await me.expect_no_message(10.0)
    assert [type(event) for event in told] == [NodeSuspected, NodeTrusted]
    b.stop(b.remote.resolve_text(str(subject.path)))
    assert (await me.expect_terminated(subject)).cause is DeathCause.STOPPED


@pytest.mark.parametrize("ours", [True, False])
async def test_a_one_way_cut_is_told_apart(nodes: Nodes, ours: bool) -> None:
    """Either direction ends in a verdict by silence; where the node is still heard, the detail says so."""
    a, b, me, subject = await watched(nodes)
    you = probe(b)
    you.watch(seen_from(b, a, me.ref))
    await me.expect_no_message(5.0)
    nodes.net.cut(*(("a", "b") if ours else ("b", "a")), one_way=True)
    notice = await me.expect_terminated(subject, timeout_s=5.0)
    assert notice.cause is DeathCause.UNREACHABLE
    assert ("it is heard, but has not heard us" in notice.detail) == ours


@pytest.mark.parametrize(("beats_from_s", "is_heard"), [(0.0, False), (0.2, True)])
async def test_a_heartbeat_is_word_enough_during_the_last_dial(
    nodes: Nodes, beats_from_s: float, is_heard: bool
) -> None:
    """A cut of our words ends when the last dial is lost: the node lives if it was heard, if only by a heartbeat."""
    patient = replace(DETECTOR, acceptable_pause_s=30.0)
    a, b = await nodes.start("a"), await nodes.start("b", failure_detector=patient)
    me, at_b = probe(a), probe(b)
    subject = me.watch(seen_from(a, b, at_b.ref))
    await me.expect_no_message(beats_from_s)
    at_b.watch(seen_from(b, a, me.ref))
    await me.expect_no_message(5.0)
    nodes.net.cut("a", "b", one_way=True)
    peer: Any = a.remote.peer(b.address)
    await until(lambda: peer.verdict.is_last_dial)
    beats: list[bytes] = []
    take, words = a.remote.beat_came, a.remote._watcher.counts()
    a.remote.beat_came = lambda *beat: beats.append(beat[-1]) or take(*beat)
    nodes.net.heal("a", "b")
    await until(lambda: beats or a.remote._watcher.counts() != words)
    assert len(beats) == is_heard
    if is_heard:
        await me.expect_no_message(10.0)
        assert not peer.verdict.is_last_dial
    else:
        assert (await me.expect_terminated(subject, 0.1)).cause is DeathCause.UNREACHABLE


async def test_a_freeze_shorter_than_the_margin(nodes: Nodes) -> None:
    """It is suspected, with what the detector showed, and trusted again; nobody dies, and no message is lost."""
    a, b, me, subject = await watched(nodes)
    told = events(a)
    nodes.net.freeze("b")
    subject.tell(Say("while it is frozen"), me.ref)
    await asyncio.sleep(2.4)
    nodes.net.thaw("b")
    assert await me.expect(Say) == Say("while it is frozen")
    await me.expect_no_message(10.0)
    suspected, trusted = told
    assert suspected.address == trusted.address == b.address
    assert 0.5 <= suspected.suspicion < 1.0
    assert 1.5 <= suspected.silence_s < 2.3
    assert suspected.own_lag_s < 0.01
    assert f"after {suspected.silence_s:.2f} s of silence" in suspected.detail


async def test_a_freeze_longer_than_the_margin(nodes: Nodes) -> None:
    """Convicted by silence; when it goes on, that incarnation is told so, and not believed again (D73)."""
    a, b, me, subject = await watched(nodes)
    told = events(a)
    quarantined: list[QuarantinedBy] = []
    b.event_stream.subscribe(quarantined.append, QuarantinedBy)
    nodes.net.freeze("b")
    notice = await me.expect_terminated(subject, timeout_s=5.0)
    assert (notice.cause, notice.is_certain) == (DeathCause.UNREACHABLE, False)
    nodes.net.thaw("b")
    b.remote.resolve_text(f"{a.address}/user/x").tell("I am back")
    await me.expect_no_message(5.0)
    assert [type(event) for event in told] == [NodeSuspected, NodeTerminated]
    assert not told[-1].is_certain
    assert quarantined[0].address == a.address


async def test_a_busy_peer_says_so_and_is_allowed_more(nodes: Nodes) -> None:
    """Hogs on its machine hold it up by 100 ms again and again: on a lan that is no death, and its lag is known."""
    a, b, me, _ = await watched(nodes, failure_detector=FailureDetectorSettings.lan())
    watches(nodes, b, probe(b), seen_from(b, a, me.ref))
    for _ in range(600):
        await nodes.stand_still("b", nodes.random.uniform(0.0, 0.1))
        await asyncio.sleep(nodes.random.uniform(0.0, 0.1))
    await me.expect_no_message(0.2)
    assert 0.03 < a.remote._watcher._monitors[b.address].lag_s < 0.12


async def test_lateness_delays_a_verdict_only_so_far(nodes: Nodes) -> None:
    """However late a peer claims to be, its silence is not allowed more than `max_stretch` times the pause."""
    a, b, me, subject = await watched(nodes)
    a.remote._watcher._monitors[b.address].lag_s = 60.0
    nodes.net.freeze("b")
    since = a.now()
    await me.expect_no_message(5.9)
    await me.expect_terminated(subject, timeout_s=2.0)
    assert 6.0 <= a.now() - since <= 7.0


async def test_akkas_profile_is_not_stretched(nodes: Nodes) -> None:
    """Akka's formula, exactly: 11.58 s of silence in steady state, and up to a tick of a second."""
    a, b, me, subject = await watched(nodes, failure_detector=FailureDetectorSettings.akka())
    await me.expect_no_message(60.0)
    a.remote._watcher._monitors[b.address].lag_s = 60.0
    nodes.net.freeze("b")
    silent_since = a.remote._watcher._monitors[b.address].last
    notice = await me.expect_terminated(subject, timeout_s=20.0)
    assert silent_since is not None
    assert 11.5 < a.now() - silent_since < 12.7
    assert "AkkaPhiAccrual" in notice.detail


async def test_clocks_do_not_matter(nodes: Nodes) -> None:
    """A peer whose clock shows another time, and runs 5 % fast: no false death, and a real one as fast as ever."""
    nodes.net.transport("b", clock=Clock(offset_s=1e6, rate=1.05))
    a, b, me, subject = await watched(nodes, failure_detector=FailureDetectorSettings.lan())
    you = probe(b)
    mine = watches(nodes, b, you, seen_from(b, a, me.ref))
    await me.expect_no_message(60.0)
    await you.expect_no_message(60.0)
    since = a.now()
    nodes.net.cut("a", "b")
    await me.expect_terminated(subject, timeout_s=1.0)
    assert a.now() - since < 0.5
    await you.expect_terminated(mine, timeout_s=1.0)


async def test_the_operators_word(nodes: Nodes) -> None:
    """A node that is declared dead is dead for its watchers at once and for certain, though it lives, and stays so."""
    a, b, me, subject = await watched(nodes)
    a.remote.declare_dead(b.address, "switched off by fencing agent 7")
    notice = await me.expect_terminated(subject, timeout_s=0.1)
    assert (notice.cause, notice.is_certain) == (DeathCause.PROCESS_DEAD, True)
    assert notice.detail == "switched off by fencing agent 7"
    again = me.watch(seen_from(a, b, b.spawn(Echo)))
    assert (await me.expect_terminated(again, timeout_s=2.0)).cause is DeathCause.QUARANTINED


async def test_where_refusals_prove_nothing(nodes: Nodes) -> None:
    """With `refusal_is_certain=False` a killed process is found by silence only: a firewall may have spoken for it."""
    settings = replace(FailureDetectorSettings.default(), refusal_is_certain=False)
    _a, b, me, subject = await watched(nodes, failure_detector=settings)
    nodes.kill(b)
    await me.expect_no_message(2.4)
    notice = await me.expect_terminated(subject, timeout_s=5.0)
    assert (notice.cause, notice.is_certain) == (DeathCause.UNREACHABLE, False)


@pytest.mark.parametrize("is_dialled", [False, True])
async def test_whoever_waits_for_nobody_any_more_judges_nobody(nodes: Nodes, is_dialled: bool) -> None:
    """The last watch ends when its node is suspected, or is dialled for the last time. That one watches us."""
    patient = replace(DETECTOR, acceptable_pause_s=30.0)
    a, b = await nodes.start("a"), await nodes.start("b", port=7, failure_detector=patient)
    me, at_b = probe(a), probe(b)
    subject = watches(nodes, a, me, seen_from(a, b, b.spawn(Echo)))
    watches(nodes, b, at_b, seen_from(b, a, me.ref))
    await me.expect_no_message(10.0)
    verdict, told = a.remote.peer(b.address).verdict, events(a)
    nodes.net.cut("a", "b")
    await until(lambda: verdict.is_last_dial if is_dialled else told)
    me.unwatch(subject)
    await until(lambda: len(told) == 2)
    await asyncio.sleep(8.0)
    nodes.net.heal("a", "b")
    await asyncio.sleep(20.0)
    assert [type(event) for event in told[:2]] == [NodeSuspected, NodeTrusted]
    # Who was dialled goes on to be, in vain, which is told: no dial has come to anything for long.
    assert [event.ground for event in told[2:] if isinstance(event, NodeSuspected)] == ["no-connection"] * is_dialled
    assert isinstance(told[-1], NodeTrusted)
