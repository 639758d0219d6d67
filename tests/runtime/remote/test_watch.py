"""DeathWatch between systems, by the numbers of its behaviours."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from actors import Actor, ActorInitializationError, ActorRef, DeathCause, PoisonPill, Props, Terminated
from runtime.protocol import beats, envelope
from runtime.protocol.beats import Beat
from runtime.protocol.envelope import Kind
from runtime.protocol.frames import encode_frame
from tests.runtime.remote.nodes import Burst, Echo, Fail, Nodes, Say, here, probe, seen_from, until


class Guard(Actor[Any]):
    """Watches one actor."""

    def __init__(self, subject: ActorRef[Any]) -> None:
        self.subject = subject

    def pre_start(self) -> None:
        self.context.watch(self.subject)

    def receive(self, message: Any) -> None:
        if message == "unwatch":
            self.context.unwatch(self.subject)
        if message == "watch":
            self.context.watch(self.subject)


def heartbeats(system: Any, other: Any) -> list[int]:
    """From now on, the numbers of the heartbeats that `system` sends to `other`."""
    outbox = system.remote.peer(other.address)._outbox
    send, sent = outbox.send_heartbeat, []

    def count(content: bytes) -> bool:
        sent.append(beats.read(content).number)
        is_fine: bool = send(content)
        return is_fine

    outbox.send_heartbeat = count
    return sent


@pytest.mark.parametrize("size", [1, 3, 22, 23, 60])
async def test_answers_to_heartbeats_come_in_any_pieces(nodes: Nodes, size: int) -> None:
    """Three answers count, cut and joined however the network likes, and none after the watch is over."""
    a, b = await nodes.start("a"), await nodes.start("b")
    me = probe(a)
    subject = me.watch(seen_from(a, b, b.spawn(Echo)))
    await me.expect_no_message(5.0)
    monitor, link = a.remote._watcher._monitors[b.address], a.remote.peer(b.address)._outbox.control
    answers = [beats.write(Beat(monitor.number + later, 0.25)) for later in (100, 200, 300)]
    stream = b"".join(encode_frame(envelope.beat(Kind.HEARTBEAT_REPLY, one), 100) for one in answers)
    for first in range(0, len(stream), size):
        link.data_received(stream[first : first + size])
    assert (monitor.number, monitor.lag_s) == (beats.read(answers[-1]).number, 0.25)
    # An answer with a key, of which the end looks like the frame of an answer.
    number = monitor.number + 1
    longer = encode_frame(envelope.beat(Kind.HEARTBEAT_REPLY, number.to_bytes(8, "big") + stream[:22]), 100)
    link.data_received(longer[:-22])
    link.data_received(longer[-22:])
    assert monitor.number == number
    me.unwatch(subject)
    await me.expect_no_message(1.0)
    assert not a.remote._watcher._monitors
    link.data_received(encode_frame(envelope.beat(Kind.HEARTBEAT_REPLY, answers[0]), 100))
    assert monitor.number == number


async def test_d62_a_remote_actor_stops(nodes: Nodes) -> None:
    """D62, D80: one Terminated, confirmed and not of the address, with the cause that its system knows."""
    a, b = await nodes.start("a"), await nodes.start("b")
    me = probe(a)
    stopped, failed = b.spawn(Echo), b.spawn(Echo)
    one, two = me.watch(seen_from(a, b, stopped)), me.watch(seen_from(a, b, failed))
    one.tell(PoisonPill())
    assert await me.expect_terminated(one) == Terminated(one, True, False, DeathCause.STOPPED, "")
    b.remote.resolve_text(here(b, failed)).tell(Say("x"))
    b.stop(failed)
    assert await me.expect_terminated(two) == Terminated(two, True, False, DeathCause.STOPPED, "")
    await me.expect_no_message(30.0)


async def test_d57_terminated_comes_after_every_message_of_its_subject(nodes: Nodes) -> None:
    """D57, D58: an actor that sends a thousand messages and stops is reported dead after the thousandth."""
    a, b = await nodes.start("a"), await nodes.start("b")
    me = probe(a)
    subject = me.watch(seen_from(a, b, b.spawn(Echo)))
    subject.tell(Burst(1000, me.ref))
    assert [await me.receive_one() for _ in range(1000)] == list(range(1000))
    await me.expect_terminated(subject)


@pytest.mark.parametrize("seed", range(10))
async def test_d57_also_when_the_node_dies_with_messages_on_the_wire(nodes: Nodes, seed: int) -> None:
    """D57: what a killed node had sent is read to its end before its death is told."""
    nodes.random.seed(seed)
    a, b = await nodes.start("a"), await nodes.start("b")
    me = probe(a)
    at_b = probe(b)
    subject = me.watch(seen_from(a, b, at_b.ref))
    subject.tell(Say(me.ref))
    target = (await at_b.expect(Say)).text
    target.tell("first")
    assert await me.receive_one() == "first"
    for number in range(500):
        target.tell([number, b"x" * 1000])
    await until(lambda: b.remote.peer(a.address)._outbox.is_done)
    nodes.kill(b)
    if seed % 2:
        a.remote.process_exited(b.address, "killed by SIGKILL")  # its parent knows before the sockets do
    for number in range(500):
        assert (await me.receive_one())[0] == number
    assert (await me.expect_terminated(subject)).cause is DeathCause.PROCESS_DEAD


async def test_d63_d64_d65_a_killed_process_is_certain_at_once(nodes: Nodes) -> None:
    """D63-D65, differing from Akka in time: every watcher gets one Terminated for each subject, within milliseconds."""
    a, b = await nodes.start("a"), await nodes.start("b")
    one, two = probe(a), probe(a)
    subjects = [seen_from(a, b, b.spawn(Echo)) for _ in range(3)]
    for watcher in (one, two):
        for subject in subjects:
            watcher.watch(subject)
    await one.expect_no_message(3.0)
    killed_at = a.now()
    nodes.kill(b)
    for watcher in (one, two):
        told = [await watcher.expect(Terminated) for _ in subjects]
        assert {notice.ref for notice in told} == set(subjects)
        for notice in told:
            assert (notice.existence_confirmed, notice.address_terminated) == (False, True)
            assert notice.cause is DeathCause.PROCESS_DEAD
            assert "refused" in notice.detail
    assert a.now() - killed_at < 0.01
    await one.expect_no_message(30.0)
    assert a.remote.watch_counts() == {}


async def test_a_dying_listener_that_still_accepts_does_not_delay_for_long(nodes: Nodes) -> None:
    """Connections accepted and reset by a dying process are no answer; the redials go on until one is refused."""
    a, b = await nodes.start("a"), await nodes.start("b")
    me = probe(a)
    subject = me.watch(seen_from(a, b, b.spawn(Echo)))
    await me.expect_no_message(1.0)
    killed_at = a.now()
    nodes.kill(b, listeners_linger_s=0.004)
    assert (await me.expect_terminated(subject)).cause is DeathCause.PROCESS_DEAD
    assert a.now() - killed_at < 0.03


async def test_d63_silence_is_judged_by_the_detector(nodes: Nodes) -> None:
    """D63: a frozen process is reported a pause after the next answer was due, with the evidence in the detail."""
    a, b = await nodes.start("a"), await nodes.start("b")
    me = probe(a)
    subject = me.watch(seen_from(a, b, b.spawn(Echo)))
    await me.expect_no_message(30.0)
    frozen_at = a.now()
    nodes.net.freeze("b")
    notice = await me.expect_terminated(subject, timeout_s=20.0)
    # pause 3 after the answer that was due within 0.5 s, and a check each 0.1 s
    assert 3.0 < a.now() - frozen_at < 3.65
    assert (notice.cause, notice.address_terminated) == (DeathCause.UNREACHABLE, True)
    assert "of silence" in notice.detail


async def test_d66_a_graceful_shutdown_is_told_actor_by_actor(nodes: Nodes) -> None:
    """D66: the actors of a system that terminates stop normally, and their watchers hear it before it is gone."""
    a, b = await nodes.start("a"), await nodes.start("b")
    me = probe(a)
    subjects = [me.watch(seen_from(a, b, b.spawn(Echo))) for _ in range(3)]
    await me.expect_no_message(1.0)
    began = a.now()
    await b.terminate()
    told = [await me.expect(Terminated) for _ in subjects]
    assert {notice.ref for notice in told} == set(subjects)
    assert {(n.existence_confirmed, n.address_terminated, n.cause) for n in told} == {(True, False, DeathCause.STOPPED)}
    assert a.now() - began < 0.1


async def test_d67_where_nobody_ever_listened(nodes: Nodes) -> None:
    """D67: a watch on an address that refuses is answered at once, and no incarnation is quarantined."""
    a = await nodes.start("a")
    me = probe(a)
    nodes.net.transport("b")
    subject = me.watch(a.remote.resolve_text("actor://b@b:1/user/x#5"))
    notice = await me.expect_terminated(subject, timeout_s=0.1)
    assert (notice.existence_confirmed, notice.address_terminated) == (False, True)
    assert notice.cause is DeathCause.PROCESS_DEAD
    b = await nodes.start("b", port=1)
    echo = seen_from(a, b, b.spawn(Echo))
    assert await echo.ask(Say(1)) == Say(1)


async def test_d68_d90_who_never_answers_is_unreachable(nodes: Nodes) -> None:
    """D68, D90: nothing heard from the beginning counts from the time when an answer was to be expected."""
    a, b = await nodes.start("a"), await nodes.start("b")
    me = probe(a)
    nodes.net.cut("a", "b")
    subject = me.watch(seen_from(a, b, b.spawn(Echo)))
    notice = await me.expect_terminated(subject, timeout_s=10.0)
    assert notice.cause is DeathCause.UNREACHABLE
    assert 4.5 < a.now() < 6.5


async def test_d69_nothing_lives_at_that_path(nodes: Nodes) -> None:
    """D69: after one round trip, not confirmed and not of the address."""
    a, b = await nodes.start("a"), await nodes.start("b")
    me = probe(a)
    subject = me.watch(a.remote.resolve_text(f"{b.address}/user/nobody#7"))
    notice = await me.expect_terminated(subject, timeout_s=0.1)
    assert (notice.existence_confirmed, notice.address_terminated) == (False, False)
    assert notice.cause is DeathCause.NEVER_EXISTED


@pytest.mark.parametrize("dials", [False, True])
async def test_d70_d71_another_incarnation_answers(nodes: Nodes, dials: bool) -> None:
    """D70, D71: a restart on the same address before the death was noticed ends the old actors, not the new ones.

    Also when the new incarnation dials first and its reference is watched at once.
    """
    a, b = await nodes.start("a"), await nodes.start("b", port=7)
    me = probe(a)
    old = me.watch(seen_from(a, b, b.spawn(Echo, "echo")))
    await me.expect_no_message(1.0)
    nodes.kill(b)
    again = await nodes.start("b", port=7)
    reborn = again.spawn(Echo, "echo")
    if dials:
        seen_from(again, a, me.ref).tell(Say(reborn))
        first, second = await me.receive_one(), await me.receive_one()
        assert isinstance(first, Terminated)
        assert first.cause in (DeathCause.NEW_INCARNATION, DeathCause.PROCESS_DEAD)
        new = me.watch(second.text)
    else:
        notice = await me.expect_terminated(old)
        assert (notice.cause, notice.address_terminated) == (DeathCause.NEW_INCARNATION, True)
        new = me.watch(await a.resolve(f"{again.address}/user/echo"))
    assert new != old
    await me.expect_no_message(10.0)
    new.tell(PoisonPill())
    await me.expect_terminated(new)


async def test_a_new_incarnation_is_not_blamed_for_the_old_one(nodes: Nodes) -> None:
    """A watch on an actor of the new incarnation that came before the old one's death was noticed stays in force.

    Its reference may have come by a third node. The old one's subjects are reported, its watchers are dropped.
    """
    a, b = await nodes.start("a"), await nodes.start("b", port=7)
    me = probe(a)
    subject = a.spawn(Echo)
    guard = a.spawn(Props(Guard, seen_from(a, b, b.spawn(Echo))))
    b.spawn(Props(Guard, seen_from(b, a, guard)))
    old = me.watch(seen_from(a, b, b.spawn(Echo)))
    b.spawn(Props(Guard, seen_from(b, a, subject)))
    await until(lambda: a.remote.watch_counts() == {b.address: (2, 2)})
    nodes.kill(b)
    again = await nodes.start("b", port=7)
    new = me.watch(seen_from(a, again, again.spawn(Echo)))
    notice = await me.expect_terminated(old)
    assert (notice.cause, notice.address_terminated) == (DeathCause.NEW_INCARNATION, True)
    await me.expect_no_message(10.0)
    assert a.remote.watch_counts() == {again.address: (1, 0)}
    new.tell(PoisonPill())
    assert (await me.expect_terminated(new)).cause is DeathCause.STOPPED


async def test_d72_watchers_on_a_lost_node_are_forgotten(nodes: Nodes) -> None:
    """D72: who watched from a node that is gone is dropped from the tables of the subjects, watched back or not."""
    a, b = await nodes.start("a"), await nodes.start("b")
    subject = a.spawn(Echo)
    b.spawn(Props(Guard, seen_from(b, a, subject)))
    cell: Any = subject.sink
    await until(lambda: cell.book is not None and cell.book.watchers)
    nodes.kill(b)
    await until(lambda: not cell.book.watchers, within_s=1.0)
    assert a.remote.watch_counts() == {}


async def test_d78_each_side_judges_for_itself(nodes: Nodes) -> None:
    """D78: two nodes that watch each other over a cut link both convict, each by its own detector."""
    a, b = await nodes.start("a"), await nodes.start("b")
    at_a, at_b = probe(a), probe(b)
    far_b, far_a = at_a.watch(seen_from(a, b, at_b.ref)), at_b.watch(seen_from(b, a, at_a.ref))
    await at_a.expect_no_message(5.0)
    nodes.net.cut("a", "b")
    assert (await at_a.expect_terminated(far_b, 20.0)).cause is DeathCause.UNREACHABLE
    assert (await at_b.expect_terminated(far_a, 20.0)).cause is DeathCause.UNREACHABLE


async def test_d85_d86_one_heartbeat_an_interval_and_none_without_watches(nodes: Nodes) -> None:
    """D85, D86: no watch, no heartbeat; three watches, one heartbeat an interval."""
    a, b = await nodes.start("a"), await nodes.start("b")
    me = probe(a)
    echoes = [seen_from(a, b, b.spawn(Echo)) for _ in range(3)]
    assert await echoes[0].ask(Say(1)) == Say(1)
    sent = heartbeats(a, b)
    await me.expect_no_message(10.0)
    assert sent == []
    for echo in echoes:
        me.watch(echo)
    await me.expect_no_message(10.0)
    assert 20 <= len(sent) <= 22
    assert a.remote.watch_counts() == {b.address: (3, 0)}
    assert b.remote.watch_counts() == {a.address: (0, 3)}


@pytest.mark.parametrize("ending", ["unwatch", "subject stops", "watcher stops", "node dies"])
async def test_d87_d88_the_last_watch_ends_the_heartbeats(nodes: Nodes, ending: str) -> None:
    """D87, D88, R20: by unwatch, either's stop, or the node's death, heartbeats stop and both tables are empty."""
    a, b = await nodes.start("a"), await nodes.start("b")
    subject = b.spawn(Echo)
    guard = a.spawn(Props(Guard, seen_from(a, b, subject)))
    await until(lambda: b.remote.watch_counts() == {a.address: (0, 1)})
    match ending:
        case "unwatch":
            guard.tell("unwatch")
        case "subject stops":
            b.stop(subject)
        case "watcher stops":
            a.stop(guard)
        case _:
            nodes.kill(b)
    await until(lambda: a.remote.watch_counts() == {})
    if ending != "node dies":
        await until(lambda: b.remote.watch_counts() == {})
        cell: Any = subject.sink
        await until(lambda: cell.book is None or not cell.book.watchers)
    sent = heartbeats(a, b)
    await probe(a).expect_no_message(5.0)
    assert sent == []


async def test_d89_rapid_watch_unwatch_watch(nodes: Nodes) -> None:
    """D89: neither a lost nor a ghost watch, whatever is on the wire meanwhile."""
    a, b = await nodes.start("a"), await nodes.start("b")
    me = probe(a)
    for rounds in range(1, 8):
        subject = seen_from(a, b, b.spawn(Echo))
        for turn in range(rounds):
            (me.unwatch if turn % 2 else me.watch)(subject)
        subject.tell(PoisonPill())
        if rounds % 2:
            await me.expect_terminated(subject)
        await me.expect_no_message(1.0)
        assert a.remote.watch_counts() == {}
        await until(lambda: b.remote.watch_counts() == {})


async def test_a_failing_actors_cause_crosses_whatever_its_text(nodes: Nodes) -> None:
    """The detail is cut and cleaned, so that no exception's text can keep a death from being told."""
    a, b = await nodes.start("a"), await nodes.start("b")
    me = probe(a)

    class Bad(Actor[Any]):
        def receive(self, message: Any) -> None:
            raise ActorInitializationError("\ud800" + "x" * 5000)

    subject = me.watch(seen_from(a, b, b.spawn(Bad)))
    subject.tell(Fail())
    notice = await me.expect_terminated(subject)
    assert notice.cause is DeathCause.FAILED
    assert "xxx" in notice.detail


async def test_a_verdict_on_a_node_says_nothing_of_whom_one_watches_there_since(nodes: Nodes) -> None:
    """D74: a handler that was suspended watches the next incarnation before it hears of the last one's end."""
    a, b = await nodes.start("a"), await nodes.start("b", port=7)
    told: list[ActorRef[Any]] = []
    next_one: asyncio.Future[ActorRef[Any]] = asyncio.get_running_loop().create_future()

    class Watcher(Actor[Any]):
        async def receive(self, message: Any) -> None:
            if isinstance(message, Terminated):
                told.append(message.ref)
            else:
                self.context.watch(message if isinstance(message, ActorRef) else await next_one)

    me, first = a.spawn(Watcher), seen_from(a, b, b.spawn(Echo))
    me.tell(first)
    await asyncio.sleep(1.0)
    me.tell("watch the next one, too")
    nodes.kill(b)
    await asyncio.sleep(1.0)
    b = await nodes.start("b", port=7)
    at_b = b.spawn(Echo)
    second = seen_from(a, b, at_b)
    next_one.set_result(second)
    await asyncio.sleep(1.0)
    assert told == [first]
    assert a.remote.watch_counts() == {b.address: (1, 0)}
    b.stop(at_b)
    await until(lambda: told == [first, second])
