"""Connections that nobody needs are closed, and nothing is lost by that."""

from __future__ import annotations

import asyncio
import gc
from typing import Any

import pytest

from actors import DeadLetter, DeathCause, Terminated
from runtime import ActorSystem, FailureDetectorSettings, RemoteSettings, Settings
from runtime.protocol import evidence as ev
from runtime.protocol import handshake
from runtime.protocol.handshake import Hello, Lane, Refusal, Refuse, Welcome
from runtime.remote.events import MessagesLost, NodeSuspected, NodeTerminated
from runtime.sim.transport import SimTransport
from tests.runtime.remote.lanes import counted, deaf, inbound, outbox
from tests.runtime.remote.nodes import Burst, Echo, Nodes, Say, probe, seen_from, until
from tests.runtime.remote.strangers import STRANGER, dial


async def test_r6_connections_that_nobody_needs_are_closed_and_dialled_again(nodes: Nodes) -> None:
    """R6: after a while without messages all connections are closed, silently; then all works as before."""
    a, b = await nodes.start("a", idle_close_s=10.0), await nodes.start("b", idle_close_s=10.0)
    events = [
        *(counted(one, kind) for one in (a, b) for kind in (NodeTerminated, NodeSuspected, DeadLetter, MessagesLost))
    ]
    me, echo = probe(a), seen_from(a, b, b.spawn(Echo))
    for number in range(3):
        echo.tell(Say(number), me.ref)
        assert await me.expect(Say) == Say(number)
        assert await echo.ask(Say(number)) == Say(number)
        assert len(a.remote._inbound) == len(b.remote._inbound) == 2
        await asyncio.sleep(20.0)
        assert (a.remote._inbound, b.remote._inbound) == ({}, {})
        assert outbox(a, b).link(Lane.CONTROL) is outbox(a, b).link(Lane.ORDINARY) is None
    assert events == [[]] * 8


async def test_r6_a_watch_keeps_the_control_lane_and_loses_nothing(nodes: Nodes) -> None:
    """R6: only the ordinary lane rests while there is a watch; a death, with its last messages, is told as ever."""
    a, b = await nodes.start("a", idle_close_s=10.0), await nodes.start("b", idle_close_s=10.0)
    me = probe(a)
    subject = me.watch(seen_from(a, b, b.spawn(Echo)))
    subject.tell(Say(1), me.ref)
    assert await me.expect(Say) == Say(1)
    await me.expect_no_message(30.0)
    assert [link.lane for system in (a, b) for link in system.remote._inbound] == [Lane.CONTROL] * 2
    subject.tell(Burst(100, me.ref))
    assert [await me.receive_one() for _ in range(100)] == list(range(100))
    await me.expect_terminated(subject)


async def test_an_idle_association_is_forgotten_when_nobody_refers_to_it(nodes: Nodes) -> None:
    """R6: tables do not grow with every system that was ever heard of; who keeps a reference keeps the association."""
    a, b = await nodes.start("a", idle_close_s=10.0), await nodes.start("b", idle_close_s=10.0)
    echo = seen_from(a, b, b.spawn(Echo))
    association = a.remote.peer(b.address)
    assert await echo.ask(Say(1)) == Say(1)
    await asyncio.sleep(30.0)
    assert a.remote._associations == {}
    assert await echo.ask(Say(2)) == Say(2)
    assert a.remote.peer(b.address) is association
    for number in range(1000):
        assert a.remote.resolve_text(f"actor://x@h{number}:1/temp/$1#1").path.address.port == 1
    await asyncio.sleep(30.0)
    gc.collect()
    assert len(a.remote._resting) < 10


async def test_r16_nothing_is_lost_where_one_has_forgotten_the_other(nodes: Nodes) -> None:
    """R16, D57: who rests may be forgotten by one and known by the other; system messages and their order go on."""
    a, b = await nodes.start("a", idle_close_s=10.0), await nodes.start("b", idle_close_s=10.0)
    lost = [counted(one, MessagesLost) for one in (a, b)]
    me, at_b = probe(a), b.spawn(Echo)
    for number in range(3):
        subject, other = me.watch(seen_from(a, b, b.spawn(Echo))), me.watch(seen_from(a, b, at_b))
        subject.tell(Say(number), me.ref)
        assert await me.expect(Say) == Say(number)
        subject.tell(Burst(20, me.ref))
        assert [await me.receive_one() for _ in range(20)] == list(range(20))
        assert (await me.expect_terminated(subject)).cause is DeathCause.STOPPED
        me.unwatch(other)
        subject = other = None
        kept = a.remote._associations[b.address]
        await asyncio.sleep(40.0)
        gc.collect()
        assert not len(b.remote._associations) + len(b.remote._resting)
        assert kept not in a.remote._associations.values()
    assert lost == [[], []]


@pytest.mark.parametrize("is_watched", [True, False])
async def test_who_dies_while_it_rests_is_found_by_the_first_dial(nodes: Nodes, *, is_watched: bool) -> None:
    """Its connections were closed long ago, so none has ended with it: that nobody listens any more says it."""
    a, b = await nodes.start("a", idle_close_s=10.0), await nodes.start("b", idle_close_s=10.0)
    ended, letters = counted(a, NodeTerminated), counted(a, DeadLetter)
    me, echo = probe(a), seen_from(a, b, b.spawn(Echo))
    assert await echo.ask(Say(1)) == Say(1)
    await asyncio.sleep(30.0)
    nodes.kill(b)
    if is_watched:
        me.watch(echo)
        assert (await me.expect_terminated(echo, 0.1)).cause is DeathCause.PROCESS_DEAD
    else:
        echo.tell(Say(2))
        await until(lambda: letters, 0.1)
    assert {event.cause for event in ended} == {DeathCause.PROCESS_DEAD}


async def test_whoever_speaks_to_us_is_not_dead_because_we_cannot_dial_it(nodes: Nodes) -> None:
    """It may be behind a door that opens to one side; its own connection is there."""
    a, b = await nodes.start("a"), await nodes.start("b")
    ended, me = counted(a, NodeTerminated), probe(a)
    far = seen_from(b, a, me.ref)
    far.tell(0)
    assert await me.receive_one() == 0
    listener = nodes.net.listener(("b", b.address.port or 0))
    assert listener is not None
    nodes.net.unbind(listener)
    seen_from(a, b, b.spawn(Echo)).tell(Say(1))
    for number in range(1, 10):
        await asyncio.sleep(1.0)
        far.tell(number)
        assert await me.receive_one() == number
    assert ended == []


async def test_r26_the_dead_are_remembered_longer_than_the_idle(nodes: Nodes) -> None:
    """R26: an incarnation that was declared dead is refused still, long after its connections have gone."""
    a, b = await nodes.start("a", idle_close_s=10.0), await nodes.start("b", idle_close_s=10.0)
    me = probe(a)
    subject = me.watch(seen_from(a, b, b.spawn(Echo)))
    await me.expect_no_message(1.0)
    a.remote.declare_dead(b.address)
    await me.expect_terminated(subject)
    await asyncio.sleep(1000.0)
    seen_from(b, a, me.ref).tell(Say("still there"))
    me.watch(subject)
    assert (await me.expect_terminated(subject, 20.0)).cause is DeathCause.QUARANTINED
    await me.expect_no_message(10.0)
    await asyncio.sleep(5000.0)
    assert a.remote._associations == {}


async def test_messages_lost_with_a_connection_are_counted(nodes: Nodes) -> None:
    """R3: what was on a connection that broke is announced where it should have come, with its number."""
    a, b = await nodes.start("a"), await nodes.start("b", queue_messages=1000)
    me, other = probe(a), probe(b)
    subject = me.watch(seen_from(a, b, b.spawn(Echo)))
    subject.tell(Say(0), me.ref)
    assert await me.expect(Say) == Say(0)
    lost, letters = counted(a, MessagesLost), counted(b, DeadLetter)
    link = deaf(a, Lane.ORDINARY)
    subject.tell(Burst(300, me.ref))
    await me.expect_no_message(1.0)
    link.drop()
    assert isinstance(await me.receive_one(2.0), Terminated)
    await until(lambda: lost)
    assert lost == [MessagesLost(b.address, 300)]
    far = seen_from(b, a, me.ref)
    for number in range(1500):
        far.tell(number, other.ref)
    assert [await me.receive_one() for _ in range(1000)] == list(range(1000))
    assert len(letters) == 500
    inbound(a, Lane.ORDINARY).drop()
    far.tell("on the way to nowhere")
    await until(lambda: len(lost) == 2)
    far.tell(Say(2))
    assert await me.expect(Say) == Say(2)
    assert lost[1:] == [MessagesLost(b.address, 1)]


async def test_a_system_has_a_bounded_number_of_associations(nodes: Nodes) -> None:
    """Whoever is not known is refused when there are as many as may be; who is known is served."""
    a = await nodes.start("a", max_associations=2, idle_close_s=10.0)
    first, second = await nodes.start("first", idle_close_s=10.0), await nodes.start("second", idle_close_s=10.0)
    echo = a.spawn(Echo)
    for system in (first, second):
        assert await seen_from(system, a, echo).ask(Say(1)) == Say(1)
    stranger = await dial(nodes, a)
    stranger.say(handshake.write(Hello(STRANGER, 77, a.address)))
    await until(lambda: stranger.said)
    answer = handshake.read(stranger.said[0])
    assert isinstance(answer, Refuse)
    assert answer.reason is Refusal.FULL
    assert await seen_from(first, a, echo).ask(Say(2)) == Say(2)
    await asyncio.sleep(30.0)
    stranger = await dial(nodes, a)
    stranger.say(handshake.write(Hello(STRANGER, 77, a.address)))
    await until(lambda: stranger.said)
    assert isinstance(handshake.read(stranger.said[0]), Welcome)


async def test_a_system_has_a_bounded_number_of_unfinished_handshakes(nodes: Nodes) -> None:
    """Connections that say nothing do not keep others out: the oldest of them gives way."""
    a = await nodes.start("a", max_handshakes=5)
    silent = [await dial(nodes, a) for _ in range(8)]
    await until(lambda: sum(one.is_over for one in silent) == 3, 1.0)
    assert [one.is_over for one in silent] == [True] * 3 + [False] * 5
    b = await nodes.start("b")
    assert await seen_from(b, a, a.spawn(Echo)).ask(Say(1)) == Say(1)
    await asyncio.sleep(10.0)
    assert all(one.is_over for one in silent)
    assert len(a.remote._inbound) == 2


@pytest.mark.parametrize("after_s", [0.0, 0.01, 1.0, 6.0])
async def test_nothing_is_left_of_dials_that_go_on_at_the_end(nodes: Nodes, after_s: float) -> None:
    """A system that ends while it dials, waits to dial, or has just been answered leaves no task behind."""
    a, b = await nodes.start("a"), await nodes.start("b", port=7)
    before = asyncio.all_tasks()
    nodes.net.cut("a", "b")
    seen_from(a, b, b.spawn(Echo)).tell(1)
    a.remote.resolve_text("actor://nobody@a:9/user/x").tell(1)
    await asyncio.sleep(after_s)
    assert any(task.get_name().startswith("dial ") for task in asyncio.all_tasks()) or after_s in (0.0, 6.0)
    nodes.net.heal("a", "b")
    nodes.systems.remove(a)
    await a.terminate()
    assert not {task.get_name() for task in asyncio.all_tasks() - before}


async def test_a_word_of_rest_is_believed_only_of_its_own_connection(nodes: Nodes) -> None:
    """R6, R4: a control lane that breaks is inquired after, although an ordinary lane was closed in peace."""
    a, b = await nodes.start("a", idle_close_s=10.0), await nodes.start("b", idle_close_s=10.0)
    at_a = probe(a)
    at_b = probe(b)
    far = at_a.watch(seen_from(a, b, at_b.ref))
    far.tell(1)
    assert await at_b.receive_one() == 1
    await asyncio.sleep(30.0)
    killed_at = a.now()
    nodes.kill(b)
    notice: Any = await at_a.expect_terminated(far)
    assert notice.cause is DeathCause.PROCESS_DEAD
    assert a.now() - killed_at < 0.1


async def test_who_asks_at_rest_looks_after_the_connection_that_it_gets(nodes: Nodes) -> None:
    """R6: a connection that broke just as its association came to rest is asked after; what answers is closed again."""
    a, b = await nodes.start("a", idle_close_s=10.0), await nodes.start("b", idle_close_s=10.0)
    echo = seen_from(a, b, b.spawn(Echo))
    association = a.remote.peer(b.address)
    assert await echo.ask(Say(1)) == Say(1)
    await asyncio.sleep(30.0)
    assert a.remote._associations == {}
    association.report(ev.ConnectionLost("the last one broke"))
    await until(lambda: association._outbox.control is not None, 1.0)
    assert list(a.remote._associations) == [b.address]
    await asyncio.sleep(30.0)
    assert (a.remote._associations, b.remote._inbound) == ({}, {})


async def test_who_is_told_something_after_the_end_is_not_dialled(nodes: Nodes) -> None:
    """R5, D66: a text that somebody still has names nobody who could be reached: what is told is a dead letter."""
    a, b = await nodes.start("a"), await nodes.start("b")
    nodes.systems.remove(a)
    letters = counted(a, DeadLetter)
    await a.terminate()
    ref = a.remote.resolve_text(f"{b.address}/user/x")
    ref.tell(1)
    await asyncio.sleep(0.0)
    assert not [task for task in asyncio.all_tasks() if task.get_name().startswith("dial ")]
    await asyncio.sleep(1.0)
    assert [letter.message for letter in letters] == [1]
    assert (a.remote._associations, b.remote._inbound) == ({}, {})


async def test_whatever_happens_to_a_closed_association_it_dials_nobody(nodes: Nodes) -> None:
    """D66: what still comes about a peer after the end of our system is of no interest, and nothing is begun for it."""
    a, b = await nodes.start("a"), await nodes.start("b")
    assert await seen_from(a, b, b.spawn(Echo)).ask(Say(1)) == Say(1)
    association = a.remote.peer(b.address)
    control = association._outbox.control
    nodes.systems.remove(a)
    await a.terminate()
    for evidence in (
        ev.Watched(),
        ev.ConnectionLost("broke"),
        ev.Introduced(3),
        ev.ConnectionMute("mute", is_alive=True),
    ):
        association.report(evidence)
    association.lost(control, "broke")
    association.failed(control, "no answer")
    association.unreached(ev.DialRefused("refused", a.now()))
    association.room()
    association.send_heartbeat(b"")
    assert not any(dialling.is_going_on for dialling in association._dials._of.values())
    assert a.remote._associations == {b.address: association}


async def test_nothing_is_left_of_a_system_that_ends_while_it_starts(
    nodes: Nodes, monkeypatch: pytest.MonkeyPatch
) -> None:
    """D66: whoever is terminated before it listens does not listen afterwards, and says so to who has started it."""

    async def late(transport: SimTransport, *where: Any) -> Any:
        await asyncio.sleep(1.0)
        return transport._network.bind(transport.process, *where)

    monkeypatch.setattr(SimTransport, "listen", late)
    settings = Settings(remote=RemoteSettings(host="a", port=7))
    system = ActorSystem("a", settings, transport=nodes.net.transport("a"), random=nodes.random)
    starting = asyncio.ensure_future(system.start())
    await asyncio.sleep(0.5)
    await system.terminate()
    with pytest.raises(RuntimeError, match="ended while it was starting"):
        await starting
    assert nodes.net.listener(("a", 7)) is None


async def test_nothing_is_left_of_a_system_that_cannot_start(nodes: Nodes, monkeypatch: pytest.MonkeyPatch) -> None:
    """D66: what fails once it listens, on a loop without readers for example, closes that again."""

    async def cannot(transport: SimTransport, *where: Any) -> Any:
        raise NotImplementedError

    monkeypatch.setattr(SimTransport, "datagrams", cannot)
    detector = FailureDetectorSettings(heartbeat_carriage="udp")
    with pytest.raises(NotImplementedError):
        await nodes.start("a", port=7, failure_detector=detector)
    assert nodes.net.listener(("a", 7)) is None


async def test_who_does_not_read_is_not_forgotten_with_a_connection(nodes: Nodes) -> None:
    """R6: one that is full cannot be put to rest, so it is looked after until it can; then both are closed."""
    a, b = await nodes.start("a", idle_close_s=10.0), await nodes.start("b", idle_close_s=10.0)
    echo = seen_from(a, b, b.spawn(Echo))
    assert await echo.ask(Say(1)) == Say(1)
    link, box = deaf(b, Lane.ORDINARY), outbox(a, b)
    while not box.ordinary.is_paused:
        echo.tell(b"x" * 1000)
        await asyncio.sleep(0.01)
    await asyncio.sleep(60.0)
    assert box.is_done
    assert list(a.remote._associations) == [b.address]
    link._connection.resume_reading()
    await until(lambda: not (box.is_open or a.remote._associations))
