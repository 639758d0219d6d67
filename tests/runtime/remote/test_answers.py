"""Answers that go back on the connection that brought the question: where they go, and what they wait for."""

from __future__ import annotations

import asyncio
import gc
import weakref
from collections.abc import Callable
from typing import Any

import pytest

from actors import Actor, ActorRef, DeadLetter, DeathCause
from runtime import ActorSystem
from runtime.protocol.handshake import Lane
from runtime.remote.events import MessagesLost
from runtime.sim.links import Shape, Uniform
from tests.runtime.remote.lanes import counted, deaf, inbound, outbox
from tests.runtime.remote.nodes import Echo, Nodes, Say, probe, seen_from, until


def answers(system: ActorSystem, other: ActorSystem) -> int:
    """How many answers of `other` came back on a connection that `system` has dialled."""
    count: int = outbox(system, other).ordinary.answers
    return count


class Later(Actor[Any]):
    """Keeps what it is asked, and answers when it is told to."""

    def __init__(self) -> None:
        self.asked: list[ActorRef[Any]] = []

    def receive(self, message: Any) -> None:
        if message == "answer":
            for asker in self.asked:
                asker.tell("the answer")
        else:
            self.asked.append(self.sender)


async def asked_later(nodes: Nodes) -> tuple[ActorSystem, ActorSystem, ActorRef[Any], asyncio.Task[Any]]:
    """Two systems, and a question that has come and is not answered yet."""
    a, b = await nodes.start("a"), await nodes.start("b")
    later = b.spawn(Later)
    task = asyncio.ensure_future(seen_from(a, b, later).ask("question", 20.0))
    await asyncio.sleep(1.0)
    return a, b, later, task


async def test_an_answer_needs_no_connection_of_its_own(nodes: Nodes) -> None:
    """Who is only asked never dials: one after the other, and from many hands at once where that dials."""
    a, b = await nodes.start("a"), await nodes.start("b")
    echo = seen_from(a, b, b.spawn(Echo))
    for number in range(50):
        assert await echo.ask(Say(number)) == Say(number)
    assert answers(a, b) == 50
    assert a.remote._inbound == {}
    assert await asyncio.gather(*(echo.ask(number) for number in range(500))) == list(range(500))
    assert answers(a, b) < 100
    assert await echo.ask(Say("again")) == Say("again")
    assert answers(a, b) > 50


@pytest.mark.parametrize("size_bytes", [60_000, 70_000, 6_000_000])
async def test_what_is_large_goes_with_the_other_messages(nodes: Nodes, size_bytes: int) -> None:
    """It is written in parts there; and the next answer waits for it."""
    a, b = await nodes.start("a"), await nodes.start("b")
    echo = seen_from(a, b, b.spawn(Echo))
    large = b"x" * size_bytes
    assert await echo.ask(large) == large
    assert answers(a, b) == (1 if size_bytes < 65_536 else 0)
    assert await echo.ask(1) == 1


def _is_full(_: ActorSystem, b: ActorSystem) -> None:
    inbound(b, Lane.ORDINARY).pause_writing()


def _is_gone(_: ActorSystem, b: ActorSystem) -> None:
    inbound(b, Lane.ORDINARY)._connection.abort()


def _is_dropped(_: ActorSystem, b: ActorSystem) -> None:
    inbound(b, Lane.ORDINARY).drop()


def _is_followed(a: ActorSystem, b: ActorSystem) -> None:
    outbox(a, b).rest(Lane.ORDINARY)


@pytest.mark.parametrize("spoil", [_is_full, _is_gone, _is_dropped, _is_followed])
async def test_an_answer_goes_another_way_where_it_cannot_go_back(
    nodes: Nodes, spoil: Callable[[ActorSystem, ActorSystem], None]
) -> None:
    """While the connection that brought the question is full, or after it has ended, it is an ordinary message."""
    a, b, later, task = await asked_later(nodes)
    spoil(a, b)
    await asyncio.sleep(2.0)
    later.tell("answer")
    assert await task == "the answer"
    await until(lambda: outbox(b, a)._backlog.accepted == 1)


async def test_a_connection_that_has_room_again_takes_answers_again(nodes: Nodes) -> None:
    """Full is not closed."""
    a, b, later, task = await asked_later(nodes)
    inbound(b, Lane.ORDINARY).pause_writing()
    inbound(b, Lane.ORDINARY).resume_writing()
    later.tell("answer")
    assert await task == "the answer"
    assert answers(a, b) == 1


async def test_an_answer_is_behind_what_was_sent_before_it(nodes: Nodes) -> None:
    """Whoever asks has, with the answer, all that the other system had told any actor of his before."""
    a, b = await nodes.start("a"), await nodes.start("b")
    nodes.net.shape("a", "b", Shape(Uniform(0.0001, 0.02)))
    me, echo = probe(a), seen_from(a, b, b.spawn(Echo))
    far = seen_from(b, a, me.ref)
    far.tell(-1)
    assert await me.receive_one() == -1
    for number in range(100):
        task = asyncio.ensure_future(echo.ask(number))
        await asyncio.sleep(0.01)
        far.tell(number)
        assert await task == number
        await asyncio.sleep(0.05)
    assert [await me.receive_one() for _ in range(100)] == list(range(100))
    before = answers(a, b)
    link = deaf(a, Lane.ORDINARY)
    for number in range(20):
        far.tell(number)
    tasks = [asyncio.ensure_future(echo.ask(number)) for number in range(3)]
    await me.expect_no_message(3.0)
    assert not any(task.done() for task in tasks)
    link._connection.resume_reading()
    assert await asyncio.gather(*tasks) == [0, 1, 2]
    assert [await me.receive_one() for _ in range(20)] == list(range(20))
    assert answers(a, b) > before


async def test_an_answer_does_not_overtake_what_waits_to_be_sent(nodes: Nodes) -> None:
    """Where the connection for the messages before it is full, it waits with them."""
    a, b = await nodes.start("a"), await nodes.start("b")
    me, echo = probe(a), seen_from(a, b, b.spawn(Echo))
    far = seen_from(b, a, me.ref)
    far.tell(0)
    assert await me.receive_one() == 0
    link = outbox(b, a).ordinary
    link.pause_writing()
    for number in range(1, 4):
        far.tell(number)
    task = asyncio.ensure_future(echo.ask("question"))
    await me.expect_no_message(1.0)
    assert not task.done()
    link.resume_writing()
    assert await task == "question"
    assert [await me.receive_one() for _ in range(3)] == [1, 2, 3]


async def test_where_no_lane_says_what_came_before_an_answer_is_a_message(nodes: Nodes) -> None:
    """R6: who has sent messages and rests dials again to answer, and then answers on the way back again."""
    a, b = await nodes.start("a"), await nodes.start("b")
    me, echo = probe(a), seen_from(a, b, b.spawn(Echo))
    seen_from(b, a, me.ref).tell("message")
    assert await me.receive_one() == "message"
    for number in range(3):
        outbox(b, a).rest(Lane.ORDINARY)
        assert await echo.ask(number) == number
        assert await echo.ask(number) == number
        assert answers(a, b) == number + 1


async def test_an_answer_does_not_wait_for_what_will_not_come(nodes: Nodes) -> None:
    """The messages before it were lost with their connection: they are counted, and the answer is taken."""
    a, b, later, task = await asked_later(nodes)
    me = probe(a)
    far, lost = seen_from(b, a, me.ref), counted(a, MessagesLost)
    far.tell(1)
    assert await me.receive_one() == 1
    deaf(a, Lane.ORDINARY)
    far.tell(2)
    await asyncio.sleep(0.5)
    seen_from(a, b, later).tell("answer")
    await asyncio.sleep(0.5)
    assert not task.done()
    outbox(b, a).ordinary._connection.abort()
    assert await task == "the answer"
    assert lost == [MessagesLost(b.address, 1)]
    assert answers(a, b) == 1


async def test_an_answer_does_not_overtake_a_system_message(nodes: Nodes) -> None:
    """D5: while a system message that was sent before it is not acknowledged, it waits for that as any message."""
    a, b, later, task = await asked_later(nodes)
    me, at_b = probe(a), probe(b)
    at_b.watch(seen_from(b, a, me.ref))
    await asyncio.sleep(1.0)
    link = deaf(a, Lane.CONTROL)
    at_b.unwatch(seen_from(b, a, me.ref))
    later.tell("answer")
    await asyncio.sleep(0.4)
    assert not task.done()
    link._connection.resume_reading()
    assert await task == "the answer"
    assert answers(a, b) == 0


async def test_an_ask_takes_the_first_of_two_answers(nodes: Nodes) -> None:
    """The other, which could overtake it on another connection, is a dead letter where it was sent."""
    a, b = await nodes.start("a"), await nodes.start("b")
    letters = counted(b, DeadLetter)

    class Twice(Actor[Any]):
        def receive(self, message: Any) -> None:
            self.sender.tell([message, "first"])
            self.sender.tell([message, "second"])

    twice = seen_from(a, b, b.spawn(Twice))
    for number in range(20):
        assert await twice.ask(number) == [number, "first"]
    assert [letter.message for letter in letters] == [[number, "second"] for number in range(20)]


@pytest.mark.parametrize("end", ["terminate", "kill"])
async def test_who_answers_and_ends_has_answered(nodes: Nodes, end: str) -> None:
    """D57: all that a node has answered is read before its certain death is told; its other lane may say that first."""
    a, b, later, task = await asked_later(nodes)
    me = probe(a)
    subject = me.watch(seen_from(a, b, later))
    await me.expect_no_message(1.0)
    link = outbox(a, b).ordinary
    link._connection.pause_reading()
    later.tell("answer")
    await asyncio.sleep(0.1)
    if end == "kill":
        nodes.kill(b)
        await me.expect_no_message(0.2)
    else:
        nodes.systems.remove(b)
        ending = asyncio.ensure_future(b.terminate())
        assert (await me.expect_terminated(subject)).cause is DeathCause.STOPPED
        await asyncio.sleep(0.2)
    assert not task.done()
    link._connection.resume_reading()
    assert await task == "the answer"
    if end == "kill":
        assert (await me.expect_terminated(subject, 0.1)).cause is DeathCause.PROCESS_DEAD
    else:
        await ending


async def answered_at_rest(nodes: Nodes) -> tuple[Any, Any, Any, Any, Any]:
    """As `asked_later`, and the connection: it is at rest, and the answer on it is not read yet."""
    a, b, later, task = await asked_later(nodes)
    link = outbox(a, b).ordinary
    link._connection.pause_reading()
    later.tell("answer")
    await asyncio.sleep(0.1)
    outbox(a, b).rest(Lane.ORDINARY)
    return a, b, later, task, link


async def test_an_answer_that_meets_our_word_of_rest_is_heard(nodes: Nodes) -> None:
    """R6: a connection that we close because we do not need it is read until the other side has closed it, too."""
    _a, b, _later, task, link = await answered_at_rest(nodes)
    await asyncio.sleep(0.1)
    link._connection.resume_reading()
    assert await task == "the answer"
    await until(lambda: not link.is_open, 0.5)
    assert [one.lane for one in b.remote._inbound] == [Lane.CONTROL]


async def test_who_was_declared_dead_is_not_heard_on_a_connection_at_rest(nodes: Nodes) -> None:
    """R6: what a convict has answered is not taken, though its last connection is still being read."""
    a, b, later, task, link = await answered_at_rest(nodes)
    probe(a).watch(seen_from(a, b, later))
    await asyncio.sleep(0.1)
    a.remote.declare_dead(b.address)
    link._connection.resume_reading()
    await asyncio.sleep(1.0)
    assert not task.done()
    task.cancel()


async def test_an_asker_that_is_kept_keeps_no_connection(nodes: Nodes) -> None:
    """An actor may keep for ever whom it did not answer: that is a path, and not all that stood behind it."""
    _, b, later, task = await asked_later(nodes)
    gone = weakref.ref(inbound(b, Lane.ORDINARY)._connection)
    inbound(b, Lane.ORDINARY).drop()
    await asyncio.sleep(1.0)
    gc.collect()
    assert gone() is None
    later.tell("answer")
    assert await task == "the answer"


async def test_the_death_of_who_has_answered_and_rests_waits_for_nothing(nodes: Nodes) -> None:
    """R6: a lane that was closed because nobody needs it brings no more answers, and its peer's end is told at once."""
    a, b = await nodes.start("a", idle_close_s=10.0), await nodes.start("b", idle_close_s=10.0)
    me, echo = probe(a), seen_from(a, b, b.spawn(Echo))
    assert await echo.ask(1) == 1
    me.watch(echo)
    await me.expect_no_message(30.0)
    assert outbox(a, b).ordinary is None
    nodes.kill(b)
    assert (await me.expect_terminated(echo, 0.1)).cause is DeathCause.PROCESS_DEAD


async def test_answers_keep_a_connection_open(nodes: Nodes) -> None:
    """R6: nobody rests while answers come, though he himself has said nothing for long."""
    a, b = await nodes.start("a", idle_close_s=10.0), await nodes.start("b", idle_close_s=10.0)
    later = b.spawn(Later)
    tasks = []
    for _ in range(2):
        tasks.append(asyncio.ensure_future(seen_from(a, b, later).ask("question", 100.0)))
        await asyncio.sleep(1.0)
    link = outbox(a, b).ordinary
    await asyncio.sleep(7.0)
    later.tell("answer")
    assert await tasks[0] == "the answer"
    await asyncio.sleep(7.0)
    assert outbox(a, b).ordinary is link
    await asyncio.sleep(20.0)
    assert outbox(a, b).ordinary is None


async def test_an_answer_to_the_past_is_a_dead_letter(nodes: Nodes) -> None:
    """It is announced as ever, and the connection goes on."""
    a, b, later, task = await asked_later(nodes)
    letters = counted(a, DeadLetter)
    task.cancel()
    await asyncio.sleep(0.1)
    later.tell("answer")
    await until(lambda: letters)
    assert [letter.message for letter in letters] == ["the answer"]
    assert outbox(a, b).ordinary.is_open


async def test_an_answer_that_waited_for_what_was_lost_comes_before_the_death(nodes: Nodes) -> None:
    """D57: no message of the dead is waited for any more, so what has come behind them is given to who asked."""
    a, b, later, task = await asked_later(nodes)
    me = probe(a)
    far, subject = seen_from(b, a, me.ref), me.watch(seen_from(a, b, later))
    far.tell(1)
    assert await me.receive_one() == 1
    deaf(a, Lane.ORDINARY)
    far.tell(2)
    await asyncio.sleep(0.5)
    subject.tell("answer")
    await asyncio.sleep(0.5)
    assert not task.done()
    nodes.kill(b)
    await me.expect_terminated(subject)
    assert task.done()
    assert task.result() == "the answer"
