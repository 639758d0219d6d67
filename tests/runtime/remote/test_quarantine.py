"""Convicted incarnations stay out, and their successors come in."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import Any

import pytest

from actors import DeadLetter, DeathCause, PoisonPill
from actors.address import Address
from runtime.remote.events import NodeSuspected, NodeTerminated, NodeTrusted, QuarantinedBy
from runtime.sim.links import Shape, Uniform
from tests.runtime.remote.nodes import DETECTOR, Echo, Nodes, Say, probe, seen_from, until


def events(system: Any, kind: type) -> list[Any]:
    """The events of that class, as they come."""
    seen: list[Any] = []
    system.event_stream.subscribe(seen.append, kind)
    return seen


async def test_d73_r23_the_verdict_never_reverses(nodes: Nodes) -> None:
    """D73, R21, R23, R24: a condemned node that wakes up is refused and told; what it sends reaches nobody."""
    a, b = await nodes.start("a"), await nodes.start("b")
    me, at_b = probe(a), probe(b)
    told_b = events(b, QuarantinedBy)
    subject = me.watch(seen_from(a, b, at_b.ref))
    seen_from(b, a, me.ref).tell(Say("before"))
    assert await me.expect(Say) == Say("before")
    nodes.net.freeze("b")
    assert (await me.expect_terminated(subject, 20.0)).cause is DeathCause.UNREACHABLE
    nodes.net.thaw("b")
    seen_from(b, a, me.ref).tell(Say("from the grave"))
    await me.expect_no_message(10.0)
    assert told_b
    assert told_b[0].address == a.address
    assert "unreachable" in told_b[0].detail


async def test_who_is_not_listened_to_any_more_is_named_so(nodes: Nodes) -> None:
    """D73: it is told that nothing lives there, which is true for us alone, and why; not so of its next life."""
    a, b = await nodes.start("a"), await nodes.start("b", port=7)
    me, path = probe(a), f"{b.address}/user/nobody"
    subject = me.watch(await a.resolve(echo_of(b)))
    nodes.net.freeze("b")
    await me.expect_terminated(subject, 20.0)
    nodes.net.thaw("b")
    with pytest.raises(LookupError, match="user/nobody: its node was declared dead here, and has not started again"):
        await a.resolve(path)
    nodes.kill(b)
    await nodes.start("b", port=7)
    with pytest.raises(LookupError, match=r"^nothing lives at .*/user/nobody$"):
        await a.resolve(path)


async def test_d74_a_new_watch_on_a_node_that_came_back_is_judged_afresh(nodes: Nodes) -> None:
    """D74: after a death the next incarnation can be watched, and its silence is reported again."""
    a, b = await nodes.start("a"), await nodes.start("b", port=7)
    me = probe(a)
    for _ in range(3):
        subject = me.watch(await a.resolve(echo_of(b)))
        await me.expect_no_message(3.0)
        nodes.net.freeze("b")
        assert (await me.expect_terminated(subject, 20.0)).cause is DeathCause.UNREACHABLE
        nodes.net.thaw("b")
        nodes.kill(b)
        b = await nodes.start("b", port=7)


async def test_d74_a_watch_that_was_never_taken_is_not_ended_by_the_silence_before_it(nodes: Nodes) -> None:
    """D74: whoever is watched first in the last moments of another's silence is judged by a silence of its own."""
    a, b = await nodes.start("a"), await nodes.start("b", port=7)
    me, other = probe(a), probe(a)
    ended = events(a, NodeTerminated)
    former = me.watch(await a.resolve(echo_of(b)))
    await me.expect_no_message(3.0)
    nodes.net.cut("a", "b")
    nodes.kill(b)
    b = await nodes.start("b", port=7)
    await me.expect_no_message(3.0)
    later = me.watch(seen_from(a, b, b.spawn(Echo, name="echo")))
    alone = other.watch(later)
    assert (await me.expect_terminated(former, 2.0)).cause is DeathCause.UNREACHABLE
    nodes.net.heal("a", "b")
    await me.expect_no_message(10.0)
    await other.expect_no_message(0.0)
    later.tell(PoisonPill())
    assert (await me.expect_terminated(later)).cause is DeathCause.STOPPED
    assert (await other.expect_terminated(alone)).cause is DeathCause.STOPPED
    assert [event.cause for event in ended] == [DeathCause.UNREACHABLE]


async def test_d74_a_watch_that_was_never_taken_is_ended_by_a_silence_that_lasts(nodes: Nodes) -> None:
    """D74, D90: nobody knows whom it is meant for, so it gets the time of a watch that is made when that was told."""
    a, b = await nodes.start("a"), await nodes.start("b", port=7)
    me = probe(a)
    former = me.watch(await a.resolve(echo_of(b)))
    await me.expect_no_message(3.0)
    nodes.net.cut("a", "b")
    await me.expect_no_message(1.0)
    later = me.watch(seen_from(a, b, b.spawn(Echo)))
    await me.expect_terminated(former, 4.0)
    told_at = a.now()
    assert (await me.expect_terminated(later, 20.0)).cause is DeathCause.UNREACHABLE
    assert a.now() - told_at <= DETECTOR.expected_response_after_s + DETECTOR.acceptable_pause_s + 2.0


async def test_d75_r23_a_quarantined_incarnation_cannot_be_watched_again(nodes: Nodes) -> None:
    """D75, R23: watching a condemned but living incarnation is answered at once; messages to it are dead letters."""
    a, b = await nodes.start("a"), await nodes.start("b")
    me = probe(a)
    letters = events(a, DeadLetter)
    subject = me.watch(seen_from(a, b, b.spawn(Echo)))
    await me.expect_no_message(1.0)
    nodes.net.cut("a", "b")
    await me.expect_terminated(subject, 20.0)
    nodes.net.heal("a", "b")
    me.watch(subject)
    notice = await me.expect_terminated(subject, 5.0)
    assert (notice.cause, notice.address_terminated) == (DeathCause.QUARANTINED, True)
    subject.tell(Say("to the dead"))
    await until(lambda: [letter for letter in letters if letter.message == Say("to the dead")])


async def test_r22_without_a_known_incarnation_nobody_is_quarantined(nodes: Nodes) -> None:
    """R22, D67: the event of an address that never introduced itself carries no uid, and the address stays usable."""
    a = await nodes.start("a")
    ended = events(a, NodeTerminated)
    me = probe(a)
    nodes.net.transport("b")
    await me.expect_terminated(me.watch(a.remote.resolve_text("actor://b@b:7/user/echo#5")))
    assert ended == [NodeTerminated(Address("b", "b", 7), 0, DeathCause.PROCESS_DEAD, ended[0].detail)]
    b = await nodes.start("b", port=7)
    subject = me.watch(await a.resolve(echo_of(b)))
    subject.tell(PoisonPill())
    assert not (await me.expect_terminated(subject)).address_terminated


async def test_r26_r28_a_new_incarnation_lifts_the_quarantine(nodes: Nodes) -> None:
    """R26, R28: the node that was condemned is welcome as soon as it has started again."""
    a, b = await nodes.start("a"), await nodes.start("b", port=7)
    me = probe(a)
    subject = me.watch(await a.resolve(echo_of(b)))
    nodes.net.freeze("b")
    await me.expect_terminated(subject, 20.0)
    nodes.net.thaw("b")
    nodes.kill(b)
    b = await nodes.start("b", port=7)
    again = await a.resolve(echo_of(b))
    assert await again.ask(Say(1)) == Say(1)


async def test_d76_r15_a_watch_made_during_a_partition_takes_effect(nodes: Nodes) -> None:
    """D76, R15: system messages survive a cut that the detector tolerates; a later stop is seen."""
    a, b = await nodes.start("a"), await nodes.start("b")
    me = probe(a)
    echo = b.spawn(Echo)
    subject = seen_from(a, b, echo)
    assert await subject.ask(Say(1)) == Say(1)
    nodes.net.cut("a", "b")
    me.watch(subject)
    await me.expect_no_message(2.0)
    nodes.net.heal("a", "b")
    await until(lambda: b.remote.watch_counts())
    subject.tell(PoisonPill())
    assert (await me.expect_terminated(subject)).cause is DeathCause.STOPPED


async def test_d77_r19_too_many_unacknowledged_signals_end_the_relation(nodes: Nodes) -> None:
    """D77, R19, R21, R27: at the bound of system messages the peer is quarantined and its watchers are told."""
    a, b = await nodes.start("a", system_queue_messages=20), await nodes.start("b")
    me = probe(a)
    subjects = [seen_from(a, b, b.spawn(Echo)) for _ in range(30)]
    assert await subjects[0].ask(Say(1)) == Say(1)
    nodes.net.cut("a", "b")
    for subject in subjects[:20]:
        me.watch(subject)
    me.watch(subjects[20])
    told = [await me.receive_one() for _ in range(21)]
    assert {notice.cause for notice in told} == {DeathCause.QUARANTINED}
    assert {notice.ref for notice in told} == set(subjects[:21])


async def test_r14_r18_nothing_of_an_old_incarnation_reaches_the_new_one(nodes: Nodes) -> None:
    """R14, R18: unacknowledged signals to the dead are dropped; the new incarnation's numbers start at one."""
    a, b = await nodes.start("a"), await nodes.start("b", port=7)
    me = probe(a)
    subject = me.watch(await a.resolve(echo_of(b)))
    nodes.net.cut("a", "b")
    for _ in range(5):
        me.unwatch(subject)
        me.watch(subject)
    await me.expect_no_message(0.5)
    nodes.kill(b)
    b = await nodes.start("b", port=7)
    nodes.net.heal("a", "b")
    # Nobody knows for which of the two the last watch was meant; the new one says that it does not know the subject.
    assert (await me.expect_terminated(subject, 20.0)).cause is DeathCause.NEVER_EXISTED
    new = me.watch(await a.resolve(echo_of(b)))
    new.tell(PoisonPill())
    await me.expect_terminated(new)
    assert b.remote.watch_counts() == {}


@pytest.mark.parametrize("resend_s", [0.05, 1000.0])
async def test_r16_r17_lost_connections_cost_no_signal(nodes: Nodes, resend_s: float) -> None:
    """R7, R16, R17: with connections broken at random each signal arrives in order and once."""
    a, b = await nodes.start("a", resend_s=resend_s), await nodes.start("b", resend_s=resend_s)
    me = probe(a)
    subjects = [seen_from(a, b, b.spawn(Echo)) for _ in range(200)]
    reception = b.remote._reception
    take, taken = reception.take_signal, []

    def count(peer: Any, recipient: Any, signal: Any) -> None:
        taken.append(str(signal.watchee.path.elements))
        take(peer, recipient, signal)

    reception.take_signal = count
    for number, subject in enumerate(subjects):
        me.watch(subject)
        if number % 10 == 0:
            await asyncio.sleep(0.002 * nodes.random.random())
            for link in list(b.remote._inbound):
                link.drop()
    await until(lambda: len(taken) >= 200)
    assert taken == [str(subject.path.elements) for subject in subjects]
    for subject in subjects:
        b.stop(b.remote.resolve_text(str(subject.path)))
        if nodes.random.random() < 0.05:
            await asyncio.sleep(0.002 * nodes.random.random())
            for link in list(a.remote._inbound):
                link.drop()
    told = [await me.receive_one(20.0) for _ in subjects]
    assert {notice.ref for notice in told} == set(subjects)
    assert {(notice.cause, notice.address_terminated) for notice in told} == {(DeathCause.STOPPED, False)}
    await me.expect_no_message(20.0)
    assert len(taken) == 200


async def test_an_answer_that_waits_in_the_socket_saves_its_node(nodes: Nodes) -> None:
    """Conviction has two steps: what arrives between them counts, however often the detector is asked meanwhile."""
    nodes.net.shape("a", "b", Shape(Uniform(0.004, 0.004)))
    a = await nodes.start("a", failure_detector=replace(DETECTOR, check_interval_s=0.001))
    b = await nodes.start("b")
    me = probe(a)
    me.watch(seen_from(a, b, b.spawn(Echo)))
    await me.expect_no_message(5.0)
    look_again = a.remote.look_again
    looks: list[Any] = []

    def thaw(address: Address) -> None:
        looks.append(address)
        nodes.net.thaw("b")
        look_again(address)

    a.remote.look_again = thaw
    nodes.net.freeze("b")
    await until(lambda: looks)
    await me.expect_no_message(5.0)


async def test_a_suspicion_is_told_and_withdrawn(nodes: Nodes) -> None:
    """A silence that ends in time is a suspicion on the event stream and nothing more."""
    a, b = await nodes.start("a"), await nodes.start("b")
    me = probe(a)
    suspected, trusted = events(a, NodeSuspected), events(a, NodeTrusted)
    me.watch(seen_from(a, b, b.spawn(Echo)))
    await me.expect_no_message(5.3)
    nodes.net.freeze("b")
    await until(lambda: suspected)
    nodes.net.thaw("b")
    await until(lambda: trusted)
    await me.expect_no_message(5.0)


async def test_an_exit_status_is_evidence(nodes: Nodes) -> None:
    """Whoever has the exit status of a node's process can report it; its watchers hear it with that text."""
    a, b = await nodes.start("a"), await nodes.start("b")
    me = probe(a)
    subject = me.watch(seen_from(a, b, b.spawn(Echo)))
    await me.expect_no_message(1.0)
    nodes.net.cut("a", "b")
    nodes.kill(b)
    a.remote.process_exited(b.address, "killed by SIGKILL")
    notice = await me.expect_terminated(subject, 2.0)
    assert (notice.cause, notice.detail) == (DeathCause.PROCESS_DEAD, "killed by SIGKILL")


@pytest.mark.parametrize("seed", range(5))
async def test_a_goodbye_is_no_failure(nodes: Nodes, seed: int) -> None:
    """R8, R21: after a graceful end nobody dials, suspects or waits, and the leaving system is gone quickly."""
    nodes.random.seed(seed)
    a, b = await nodes.start("a"), await nodes.start("b")
    ended = events(a, NodeTerminated)
    me, at_b = probe(a), probe(b)
    me.watch(seen_from(a, b, at_b.ref))
    at_b.watch(seen_from(b, a, me.ref))
    await me.expect_no_message(1.0)
    began = a.now()
    await b.terminate()
    assert a.now() - began < 0.1
    await until(lambda: ended)
    assert [event.cause for event in ended] == [DeathCause.NODE_SHUTDOWN]


def echo_of(system: Any) -> str:
    """The text, without uid, of an echo actor that is made in that system."""
    return f"{system.address}/user/{system.spawn(Echo).name}"
