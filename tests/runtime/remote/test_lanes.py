"""The lanes of one peer: what passes what, and what waits for what."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from actors import Actor, ActorRef, DeadLetter, DeathCause, PoisonPill, Props, Terminated
from runtime import FailureDetectorSettings
from runtime.protocol.handshake import Lane
from runtime.remote.events import NodeSuspected, NodeTerminated
from tests.runtime.remote.lanes import counted, deaf, inbound, outbox
from tests.runtime.remote.nodes import Burst, Echo, Nodes, Say, probe, seen_from, until


class Keeper(Actor[Any]):
    """Watches whom it is told to."""

    def receive(self, message: Any) -> None:
        if isinstance(message, Say):
            self.context.watch(message.text)
        elif not isinstance(message, Terminated):
            self.reply(message)


async def test_r2_control_traffic_passes_a_receiver_that_reads_no_messages(nodes: Nodes) -> None:
    """R2: while the ordinary lane stands still with all buffers full, heartbeats, watches and deaths go on."""
    a = await nodes.start("a", failure_detector=FailureDetectorSettings.lan())
    b = await nodes.start("b", failure_detector=FailureDetectorSettings.lan())
    me, at_b = probe(a), probe(b)
    far, other = seen_from(a, b, at_b.ref), b.spawn(Echo)
    me.watch(far)
    far.tell(-1)
    assert await at_b.receive_one() == -1
    suspected = counted(a, NodeSuspected)
    link = deaf(b, Lane.ORDINARY)
    for number in range(100):
        far.tell([number, b"x" * 50_000])
    await until(lambda: outbox(a, b).ordinary.is_paused)
    await me.expect_no_message(30.0)
    assert suspected == []
    subject = me.watch(seen_from(a, b, other))
    await until(lambda: b.remote.watch_counts() == {a.address: (0, 2)}, 0.1)
    b.stop(other)
    assert (await me.expect_terminated(subject, 0.1)).cause is DeathCause.STOPPED
    link._connection.resume_reading()
    assert [(await at_b.receive_one())[0] for _ in range(100)] == list(range(100))


async def test_d57_the_news_of_a_death_waits_for_the_other_lane_and_nothing_else_does(nodes: Nodes) -> None:
    """D57, D58, R2: held until all that was sent before it is read; meanwhile other signals take effect."""
    a, b = await nodes.start("a"), await nodes.start("b")
    me, keeper = probe(a), a.spawn(Keeper)
    far_keeper = seen_from(b, a, keeper)
    at_b = probe(b)
    assert await b.ask(far_keeper, 1, 1.0) == 1
    subject = me.watch(seen_from(a, b, b.spawn(Echo)))
    await me.expect_no_message(1.0)
    link = deaf(a, Lane.ORDINARY)
    subject.tell(Burst(500, me.ref))
    await me.expect_no_message(5.0)
    assert len(a.remote.peer(b.address)._inlet._arrivals) == 1
    at_b.watch(far_keeper)
    await until(lambda: a.remote.watch_counts()[b.address] == (1, 1), 0.1)
    link._connection.resume_reading()
    assert [await me.receive_one() for _ in range(500)] == list(range(500))
    await me.expect_terminated(subject)


async def test_a_message_does_not_overtake_the_watch_before_it(nodes: Nodes) -> None:
    """D5: an actor that is watched and then told to stop was alive when the watch came, whichever lane is faster."""
    a, b = await nodes.start("a"), await nodes.start("b")
    me = probe(a)
    subject = seen_from(a, b, b.spawn(Echo))
    assert await subject.ask(Say(1)) == Say(1)
    link = deaf(b, Lane.CONTROL)
    me.watch(subject)
    subject.tell(PoisonPill())
    await me.expect_no_message(1.0)
    assert await b.ask(b.remote.resolve_text(str(subject.path)), 2, 1.0) == 2
    link._connection.resume_reading()
    assert (await me.expect_terminated(subject)).existence_confirmed


async def test_while_messages_wait_for_the_watch_before_them_their_sender_waits(nodes: Nodes) -> None:
    """R3: a receiver that holds messages back reads no more of them, so that nothing grows but the sender's queue."""
    a, b = await nodes.start("a"), await nodes.start("b")
    me, at_b = probe(a), probe(b)
    far = seen_from(a, b, at_b.ref)
    far.tell(-1)
    assert await at_b.receive_one() == -1
    link = deaf(b, Lane.CONTROL)
    me.watch(far)
    for number in range(100):
        far.tell([number, b"x" * 50_000])
    await until(lambda: outbox(a, b).ordinary.is_paused)
    await at_b.expect_no_message(1.0)
    assert len(inbound(b, Lane.ORDINARY)._reader._pending) < 10
    link._connection.resume_reading()
    assert [(await at_b.receive_one())[0] for _ in range(100)] == list(range(100))


async def test_a_poison_pill_stays_in_order_with_messages(nodes: Nodes) -> None:
    """D57: what was told before a PoisonPill is handled, and answered, before its `Terminated`."""
    a, b = await nodes.start("a"), await nodes.start("b")
    me = probe(a)
    subject = me.watch(seen_from(a, b, b.spawn(Echo)))
    for number in range(100):
        subject.tell(number, me.ref)
    subject.tell(PoisonPill())
    assert [await me.receive_one() for _ in range(100)] == list(range(100))
    assert (await me.expect_terminated(subject)).cause is DeathCause.STOPPED


@pytest.mark.parametrize("end", ["dialler", "acceptor"])
@pytest.mark.parametrize("lane", list(Lane))
async def test_r4_either_lane_lost_alone_is_a_blip(nodes: Nodes, lane: Lane, end: str) -> None:
    """R4: the end of one connection leads to an inquiry on that lane, the other goes on, and nobody is dead."""
    a, b = await nodes.start("a"), await nodes.start("b")
    me, at_b = probe(a), probe(b)
    far = me.watch(seen_from(a, b, at_b.ref))
    far.tell(Say(1))
    assert await at_b.expect(Say) == Say(1)
    ended, letters = counted(a, NodeTerminated), counted(a, DeadLetter)
    control, ordinary = outbox(a, b).control, outbox(a, b).ordinary
    if end == "acceptor":
        inbound(b, lane).drop()
    else:
        outbox(a, b).link(lane)._connection.abort()
    await me.expect_no_message(1.0)
    kept = ordinary if lane is Lane.CONTROL else control
    assert outbox(a, b).link(kept.lane) is kept
    assert outbox(a, b).link(lane) not in (None, control, ordinary)
    assert a.remote.peer(b.address).verdict.standing.value == "trusted"
    far.tell(Say(2))
    assert await at_b.expect(Say) == Say(2)
    assert (ended, letters) == ([], [])


async def test_a_message_lost_with_its_connection_does_not_keep_a_death_from_being_told(nodes: Nodes) -> None:
    """D57: what was on the broken connection will not come; the death that waited for it is told all the same."""
    a, b = await nodes.start("a"), await nodes.start("b")
    me = probe(a)
    subject = me.watch(seen_from(a, b, b.spawn(Echo)))
    subject.tell(Say(0), me.ref)
    assert await me.expect(Say) == Say(0)
    link = deaf(a, Lane.ORDINARY)
    subject.tell(Burst(300, me.ref))
    await me.expect_no_message(1.0)
    link.drop()
    assert isinstance(await me.receive_one(2.0), Terminated)
    await me.expect_no_message(30.0)


async def test_a_lane_that_nobody_dials_again_does_not_either(nodes: Nodes) -> None:
    """D57: what is given up before it could leave is a dead letter there, and no death waits for it here."""
    a, b = await nodes.start("a"), await nodes.start("b", handshake_timeout_s=2.0)
    me = probe(a)
    subject = me.watch(seen_from(a, b, b.spawn(Echo)))
    await me.expect_no_message(1.0)
    letters = counted(b, DeadLetter)
    association = b.remote.peer(a.address)
    association._dials._of[Lane.ORDINARY]._dial = lambda timeout_s: None  # nothing but control traffic gets through
    subject.tell(Burst(3, me.ref))
    await me.expect_terminated(subject, 5.0)
    assert [letter.message for letter in letters] == [0, 1, 2]


async def test_r3_messages_that_overflow_are_dead_letters_and_not_waited_for(nodes: Nodes) -> None:
    """R3, D57: of a burst larger than the queue what had room arrives, the rest is dead letters, then comes the end."""
    a, b = await nodes.start("a"), await nodes.start("b", queue_messages=10)
    me = probe(a)
    letters = counted(b, DeadLetter)
    subject = me.watch(seen_from(a, b, b.spawn(Echo)))
    await me.expect_no_message(1.0)
    subject.tell(Burst(25, me.ref))
    assert [await me.receive_one() for _ in range(10)] == list(range(10))
    await me.expect_terminated(subject)
    assert [letter.message for letter in letters] == list(range(10, 25))


async def test_the_queue_is_bounded_in_bytes_too(nodes: Nodes) -> None:
    """R3: a few large messages fill the queue as many small ones do; one alone always has room."""
    a, b = await nodes.start("a", queue_bytes=1000), await nodes.start("b")
    at_b, letters = probe(b), counted(a, DeadLetter)
    far = seen_from(a, b, at_b.ref)
    for size in (5000, 10, 10):
        far.tell(b"x" * size)
    assert len(await at_b.receive_one()) == 5000
    assert [len(letter.message) for letter in letters] == [10, 10]


async def test_d57_a_dead_nodes_lanes_are_both_read_to_their_ends(nodes: Nodes) -> None:
    """D57: a death that was told before the node died keeps its cause, though its messages are read only afterwards."""
    a, b = await nodes.start("a"), await nodes.start("b")
    me = probe(a)
    other = me.watch(seen_from(a, b, b.spawn(Echo)))
    subject = me.watch(seen_from(a, b, b.spawn(Props(Echo))))
    subject.tell(Say(0), me.ref)
    assert await me.expect(Say) == Say(0)
    link = deaf(a, Lane.ORDINARY)
    subject.tell(Burst(300, me.ref))
    await me.expect_no_message(1.0)
    nodes.kill(b)
    asyncio.get_running_loop().call_later(0.2, link._connection.resume_reading)
    assert [await me.receive_one() for _ in range(300)] == list(range(300))
    assert (await me.expect_terminated(subject)).cause is DeathCause.STOPPED
    assert (await me.expect_terminated(other)).cause is DeathCause.PROCESS_DEAD


async def test_a_path_without_a_uid_is_looked_up_for_each_message(nodes: Nodes) -> None:
    """R25: a name stands for whoever bears it when the message comes, though the wire has a number for it."""
    a, b = await nodes.start("a"), await nodes.start("b")
    me = probe(a)
    far: ActorRef[Any] = a.remote.resolve_text(f"{b.address}/user/echo")
    letters = counted(b, DeadLetter)
    far.tell(Say("nobody"), me.ref)
    await until(lambda: letters)
    for life in range(3):
        echo = b.spawn(Echo, "echo")
        far.tell(Say(life), me.ref)
        assert await me.expect(Say) == Say(life)
        assert me.sender.path.uid == echo.path.uid
        me.watch(me.sender)
        b.stop(echo)
        await me.expect(Terminated)


async def test_an_older_dial_is_not_the_answer_to_the_last_one(nodes: Nodes) -> None:
    """When the control lane asks whether a node lives, a dial of the other lane that would soon run out is given up."""
    a, b = await nodes.start("a"), await nodes.start("b", port=7)
    nodes.net.cut("a", "b")
    dials = a.remote.peer(b.address)._dials
    ordinary, control = dials._of[Lane.ORDINARY], dials._of[Lane.CONTROL]
    ordinary.now()
    assert ordinary.is_going_on
    dials.ask(Lane.CONTROL, a.now(), 0.1)
    assert control.is_going_on
    assert not ordinary.is_going_on
    ordinary.now()
    dials.ask(Lane.ORDINARY, a.now(), 0.1)
    assert control.is_going_on
    dials.stop()


async def test_deaths_that_find_no_room_to_wait_come_again(nodes: Nodes) -> None:
    """D57, R15: only so many are held, each is told once and behind its subject's last words, and heartbeats go on."""
    a, b = await nodes.start("a", system_queue_messages=3), await nodes.start("b")
    me, words = probe(a), probe(a)
    subjects = [b.spawn(Echo) for _ in range(8)]
    watched = []
    for subject in subjects:
        watched.append(me.watch(seen_from(a, b, subject)))
        await until(lambda: outbox(a, b)._letters.unacked == 0)
    words_there = seen_from(b, a, words.ref)
    words_there.tell(-1)
    assert await words.receive_one() == -1
    suspected, link = counted(a, NodeSuspected), deaf(a, Lane.ORDINARY)
    for number, subject in enumerate(subjects):
        words_there.tell([number, b"x" * 50_000])
        b.stop(subject)
    await me.expect_no_message(10.0)
    assert len(a.remote.peer(b.address)._inlet._arrivals) == 3
    assert suspected == []
    link._connection.resume_reading()
    told = [(await me.expect_terminated(subject)).cause for subject in watched]
    assert told == [DeathCause.STOPPED] * len(subjects)
    assert [(await words.receive_one())[0] for _ in subjects] == list(range(len(subjects)))
    await until(lambda: outbox(b, a)._letters.unacked == 0)
    await me.expect_no_message(2.0)
