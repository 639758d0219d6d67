"""Connections that seem to stand and carry nothing, while the node lives and may be heard beside them."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import Any

import pytest

from actors import ActorRef, DeathCause
from runtime import (
    ActorSystem,
    FailureDetectorSettings,
    Ground,
    NodeSuspected,
    NodeTerminated,
    NodeTrusted,
)
from runtime.protocol.evidence import ConnectionMute
from runtime.protocol.handshake import Lane
from runtime.remote.events import MessagesLost
from runtime.remote.outbound import OutboundLink
from runtime.sim.deathwatch.excuses import renewed_s
from runtime.sim.links import Loss, Shape
from runtime.testkit import TestProbe
from tests.runtime.remote.lanes import outbox
from tests.runtime.remote.nodes import Burst, Echo, Nodes, Say, probe, seen_from, until
from tests.runtime.remote.silences import events, watches

LAN = FailureDetectorSettings.lan()


async def watched(nodes: Nodes, **remote: Any) -> tuple[ActorSystem, ActorSystem, TestProbe, ActorRef[Any]]:
    """Two systems that exchange datagrams, and a probe of the first that watches an actor of the second."""
    options: dict[str, Any] = {"failure_detector": LAN} | remote
    a, b = await nodes.start("a", **options), await nodes.start("b", port=7, **options)
    me = probe(a)
    subject = watches(nodes, a, me, seen_from(a, b, b.spawn(Echo)))
    await me.expect_no_message(5.0)
    return a, b, me, subject


def forget_connections(nodes: Nodes, *names: str) -> None:
    """A middlebox forgets the connections of these processes: what is sent on them gets nowhere, without a word."""
    for name in names:
        for connection in nodes.net.holdings(nodes.net.process(name)).connections:
            connection.out._unsent.clear()
            connection.out._transmit = lambda: None  # type: ignore[method-assign]


async def ends(b: ActorSystem, me: TestProbe, subject: ActorRef[Any]) -> None:
    """The subject ends, and its watcher hears of it."""
    b.stop(b.remote.resolve_text(str(subject.path)))
    assert (await me.expect_terminated(subject, 10.0)).cause is DeathCause.STOPPED


async def test_a_connection_that_is_forgotten_is_replaced(nodes: Nodes) -> None:
    """Datagrams are answered, so nobody is suspected; but the connection is found to be dead and dialled afresh."""
    a, b, me, subject = await watched(nodes)
    told = events(a)
    before = outbox(a, b).control
    forget_connections(nodes, "a", "b")
    await until(lambda: outbox(a, b).control not in (None, before), 5.0)
    await me.expect_no_message(20.0)
    assert told == []
    await ends(b, me, subject)


UDP = replace(FailureDetectorSettings.default(), heartbeat_carriage="udp")


async def test_out_of_reach_is_known_about_as_soon_as_silence(nodes: Nodes) -> None:
    """Nothing of TCP gets through: with the default times that is told after 4 to 7 s, silence taking 3.6 s."""
    a, b, me, _ = await watched(nodes, failure_detector=UDP)
    told = events(a)
    for _ in range(8):
        await me.expect_no_message(10.0 + nodes.random.uniform(0.0, 1.0))
        since = a.now()
        nodes.net.cut("a", "b", datagrams=False)
        await until(lambda: told, 10.0)
        assert 4.0 < a.now() - since < 7.0
        assert told[0].ground is Ground.NO_CONNECTION
        nodes.net.heal("a", "b")
        await until(lambda: len(told) > 1, 10.0)
        assert told.pop() == NodeTrusted(b.address)
        told.clear()


@pytest.mark.parametrize("settings", [LAN, UDP], ids=["lan", "udp"])
async def test_loss_puts_nobody_out_of_reach(nodes: Nodes, settings: FailureDetectorSettings) -> None:
    """Ten minutes with 5 % of all packets lost, and cuts of a second: nobody is suspected for its connection."""
    a, _, me, _ = await watched(nodes, failure_detector=settings)
    told = events(a)
    nodes.net.shape("a", "b", Shape(loss=Loss(0.05)))
    for _ in range(20):
        await me.expect_no_message(30.0)
        nodes.net.cut("a", "b", datagrams=False)
        await asyncio.sleep(1.0)
        nodes.net.heal("a", "b")
    assert not [event for event in told if getattr(event, "ground", None) is Ground.NO_CONNECTION]


async def test_who_answers_beside_the_connection_is_suspected_and_lives(nodes: Nodes) -> None:
    """Nothing of TCP gets through for ten minutes: a suspicion with its own ground, no death; healed, all is well."""
    a, b, me, subject = await watched(nodes)
    told = events(a)
    since = a.now()
    nodes.net.cut("a", "b", datagrams=False)
    await until(lambda: told, 6.0)
    assert isinstance(told[0], NodeSuspected)
    assert told[0].ground is Ground.NO_CONNECTION
    assert told[0].detail.startswith("no connection for 0.31 s: the connection has been mute for ")
    assert told[0].detail.endswith(" s, though datagrams are answered")
    assert a.now() - since > 1.6
    await me.expect_no_message(600.0)
    nodes.net.heal("a", "b")
    await until(lambda: len(told) > 1, 10.0)
    assert told[1:] == [NodeTrusted(b.address)]
    await ends(b, me, subject)


async def test_a_system_message_without_an_answer_makes_no_refusal_certain(nodes: Nodes) -> None:
    """A firewall refuses in the name of who answers datagrams, and a watch is on its way there: nobody dies of it."""
    a, b, me, subject = await watched(nodes, failure_detector=replace(UDP, heartbeat_interval_s=1.0))
    await me.expect_no_message(0.3)  # between two heartbeats, as often as which the watch is sent again
    told, since = events(a), a.now()
    nodes.net.cut("a", "b", datagrams=False)
    nodes.net.refusals.update([("a", "b"), ("b", "a")])
    watches(nodes, a, me, seen_from(a, b, b.spawn(Echo)))
    await until(lambda: told, 10.0)
    assert [type(event) for event in told] == [NodeSuspected]
    assert told[0].detail.endswith(", though datagrams are answered")
    assert a.now() - since < 7.0
    await me.expect_no_message(60.0)
    nodes.net.refusals.clear()
    nodes.net.heal("a", "b")
    await until(lambda: len(told) > 1, 10.0)
    assert told[1:] == [NodeTrusted(b.address)]
    await ends(b, me, subject)


@pytest.mark.parametrize("one_way", ["there", "back"])
async def test_a_one_way_cut_of_connections_only(nodes: Nodes, one_way: str) -> None:
    """The same in each direction: suspected while it lasts, and nobody dies of it."""
    a, b, me, subject = await watched(nodes)
    told = events(a)
    nodes.net.cut(*(("a", "b") if one_way == "there" else ("b", "a")), one_way=True, datagrams=False)
    await me.expect_no_message(60.0)
    assert [event.ground for event in told if isinstance(event, NodeSuspected)] == [Ground.NO_CONNECTION]
    nodes.net.heal("a", "b")
    await me.expect_no_message(10.0)
    assert [type(event) for event in told] == [NodeSuspected, NodeTrusted]
    await ends(b, me, subject)


@pytest.mark.parametrize("how", ["killed", "frozen", "cut off"])
async def test_its_death_is_found_all_the_same(nodes: Nodes, how: str) -> None:
    """Out of reach by connections, then silent beside them: convicted as fast as ever, and by silence."""
    a, b, me, subject = await watched(nodes)
    nodes.net.cut("a", "b", datagrams=False)
    await me.expect_no_message(20.0)
    since = a.now()
    match how:
        case "killed":
            nodes.kill(b)
        case "frozen":
            nodes.net.freeze("b")
        case _:
            nodes.net.cut("a", "b")
    notice = await me.expect_terminated(subject, 2.0)
    assert (notice.cause, notice.is_certain) == (DeathCause.UNREACHABLE, False)
    assert a.now() - since < 0.5


async def test_a_refusal_is_no_death_of_who_answers_beside_it(nodes: Nodes) -> None:
    """Something refuses dials in the name of a node that answers datagrams: suspected, and alive."""
    a, b, me, subject = await watched(nodes)
    told = events(a)
    forget_connections(nodes, "a", "b")
    listener = nodes.net.listener(("b", 7))
    assert listener is not None
    nodes.net.unbind(listener)
    await me.expect_no_message(60.0)
    assert [event.ground for event in told] == [Ground.NO_CONNECTION]
    nodes.kill(b)
    await me.expect_terminated(subject, 1.0)
    assert [type(event) for event in told] == [NodeSuspected, NodeTerminated]


@pytest.mark.parametrize("carriage", ["tcp", "udp"])
async def test_the_news_of_a_death_gets_past_a_forgotten_connection(nodes: Nodes, carriage: str) -> None:
    """The connection of the watched, on which nothing is said for long, is the first that a middlebox forgets.

    What is not acknowledged on it for long is a reason to dial afresh: the kernel would try for a quarter of an hour.
    """
    detector = FailureDetectorSettings.default() if carriage == "tcp" else LAN
    a, b, me, subject = await watched(nodes, failure_detector=detector)
    other = me.watch(seen_from(a, b, b.spawn(Echo)))
    await me.expect_no_message(1.0)
    await ends(b, me, other)  # so that there is such a connection
    link = outbox(b, a).link(Lane.CONTROL)
    assert link is not None
    connection: Any = link._connection
    connection.out._transmit = lambda: None
    told = events(a)
    await ends(b, me, subject)
    assert told == []
    assert outbox(b, a).link(Lane.CONTROL) is not link


async def test_a_stall_of_ours_replaces_no_connection(nodes: Nodes) -> None:
    """The answers of the time in which we were frozen wait in the socket: they are read before anything is judged."""
    a, b, me, _subject = await watched(nodes)
    before = outbox(a, b).control
    for _ in range(50):
        await nodes.stand_still("a", nodes.random.uniform(1.0, 6.0))
        await asyncio.sleep(nodes.random.uniform(0.0, 3.0))
    await me.expect_no_message(1.0)
    assert outbox(a, b).control is before


async def test_a_second_look_is_needed(nodes: Nodes) -> None:
    """Some loops run timers before they read: what came in a stall of ours is read between two looks."""
    a, b, _me, _subject = await watched(nodes)
    answers, link = outbox(a, b).answers, outbox(a, b).control
    reported: list[Any] = []
    answers._report = reported.append
    for is_read in (True, False):
        link.await_answer()
        link._asked_at -= 100.0
        answers.look()
        assert reported == []
        if is_read:
            link.data_received(b"")
        answers.look()
    assert [type(evidence) for evidence in reported] == [ConnectionMute]


async def test_a_watched_node_is_never_forgotten(nodes: Nodes) -> None:
    """Who is watched keeps its association, also beyond a conviction, when it is watched again at once."""
    short = {"idle_close_s": 5.0, "quarantine_memory_s": 5.0}
    a, b, me, subject = await watched(nodes, **short)
    for _ in range(3):
        monitor = a.remote._watcher._monitors[b.address]
        await me.expect_no_message(60.0)
        assert a.remote._watcher._monitors[b.address] is monitor
        assert monitor.peer is a.remote._associations[b.address]
        assert await subject.ask(Say(1)) == Say(1)
        nodes.kill(b)
        await me.expect_terminated(subject)
        b = await nodes.start("b", port=7, failure_detector=LAN, **short)
        subject = me.watch(seen_from(a, b, b.spawn(Echo)))
        await me.expect_no_message(1.0)


async def test_last_words_do_not_wait_for_the_kernel(nodes: Nodes) -> None:
    """The connection for messages is forgotten, the one for system messages is not: a death waits for words on it.

    What nothing is acknowledged of for long is given up when another dial is answered; what was on it is announced.
    """
    a, b, me, _ = await watched(nodes, failure_detector=FailureDetectorSettings.default())
    parrot = b.spawn(Echo)
    subject = watches(nodes, a, me, seen_from(a, b, parrot))
    link = await said(b, a, me, parrot)
    told = losses(a)
    link._connection.out.swallow("a")  # type: ignore[union-attr]
    parrot.tell(Burst(3, seen_from(b, a, me.ref)))
    assert (await me.expect_terminated(subject, 40.0)).cause is DeathCause.STOPPED
    assert told == [MessagesLost(b.address, 3)], "and nobody was suspected"
    assert outbox(b, a).ordinary is not link


async def test_last_words_are_given_up_where_all_connections_are_forgotten(nodes: Nodes) -> None:
    """The connection that is asked has to be replaced first, and nobody else looks whether it is mute (D57)."""
    a, b, me, _ = await watched(nodes, failure_detector=UDP)
    parrot = b.spawn(Echo)
    subject = watches(nodes, a, me, seen_from(a, b, parrot))
    link = await said(b, a, me, parrot)
    told = losses(a)
    nodes.net.forget("a", "b")
    parrot.tell(Burst(3, seen_from(b, a, me.ref)))
    control = outbox(b, a).control
    await until(lambda: outbox(b, a).control not in (None, control))
    nodes.net.forget("a", "b")
    within_s = renewed_s(b.settings.remote, before_s=15.0)
    assert (await me.expect_terminated(subject, within_s)).cause is DeathCause.STOPPED
    assert told == [MessagesLost(b.address, 3)], "and nobody was suspected"
    assert outbox(b, a).ordinary is not link


async def test_a_sweep_does_not_take_a_question_that_was_just_asked_for_one_without_an_answer(nodes: Nodes) -> None:
    """A sweep in the moment of a look began anew, each 10 s: the connection was never given up (seed 1500721)."""
    a, b, me, _ = await watched(nodes, failure_detector=FailureDetectorSettings.default())
    parrot = b.spawn(Echo)
    link = await said(b, a, me, parrot)
    link._connection.out.swallow("a")  # type: ignore[union-attr]
    parrot.tell("lost", seen_from(b, a, me.ref))
    upkeep, asked = b.remote.peer(a.address)._upkeep, None
    async with asyncio.timeout(60.0):
        while outbox(b, a).ordinary is link:
            if asked is not (asked := upkeep._alarms._timers.get("renew")) and asked is not None:
                asyncio.get_running_loop().call_at(asked.when(), upkeep.renew)
            await asyncio.sleep(0.1)


async def test_a_cut_gives_no_connection_for_messages_up(nodes: Nodes) -> None:
    """Where all of the peer is out of reach, its kernel may yet get everything: what waits there is not lost."""
    a, b = await nodes.start("a"), await nodes.start("b", port=7)
    me, parrot = probe(a), b.spawn(Echo)
    link = await said(b, a, me, parrot)
    told = losses(a)
    nodes.net.cut("a", "b")
    parrot.tell(Burst(3, seen_from(b, a, me.ref)))
    await me.expect_no_message(40.0)
    assert outbox(b, a).ordinary is link
    nodes.net.heal("a", "b")
    assert [await me.receive_one(30.0) for _ in range(3)] == [0, 1, 2]
    assert told == []


def losses(system: ActorSystem) -> list[Any]:
    """The same as `events`, and what was lost."""
    told = events(system)
    system.event_stream.subscribe(told.append, MessagesLost)
    return told


async def said(b: ActorSystem, a: ActorSystem, me: TestProbe, parrot: ActorRef[Any]) -> OutboundLink:
    """The connection on which messages of `b` get to `a`, after the first has."""
    parrot.tell("hello", seen_from(b, a, me.ref))
    assert await me.receive_one(5.0) == "hello"
    link = outbox(b, a).ordinary
    assert link is not None
    return link
