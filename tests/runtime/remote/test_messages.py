"""Messages between systems: order, senders, dead letters, and what cannot be sent."""

from __future__ import annotations

import pytest

from actors import ActorRef, AskTimeout, DeadLetter, DeathCause, Props
from actors.address import ActorPath
from runtime.protocol.codec_errors import NotWritable, RemoteFailure
from runtime.protocol.frames import FrameTooLarge
from tests.runtime.remote.nodes import Echo, Fails, Nodes, Say, here, probe, seen_from, until


async def test_two_systems_talk(nodes: Nodes) -> None:
    """A path written by a person is resolved to a reference with uid, and an ask through it is answered."""
    a, b = await nodes.start("a"), await nodes.start("b")
    echo = b.spawn(Echo, "echo")
    far = await a.resolve(f"{b.address}/user/echo", timeout=1.0)
    assert str(far.path) == here(b, echo)
    assert await far.ask(Say("hello"), timeout=1.0) == Say("hello")


async def test_resolving_what_is_not_there_is_a_lookup_error(nodes: Nodes) -> None:
    """Nobody at that path, or nobody at that address: a LookupError that names the path."""
    a, b = await nodes.start("a"), await nodes.start("b")
    with pytest.raises(LookupError, match="nothing lives at"):
        await a.resolve(f"{b.address}/user/nobody", timeout=1.0)
    with pytest.raises(LookupError, match="no answer within"):
        await a.resolve("actor://c@c:1/user/echo", timeout=1.0)


async def test_references_in_messages_and_senders_work_from_anywhere(nodes: Nodes) -> None:
    """A reference sent by a to b inside a message, and on to c, still leads to its actor in a."""
    a, b, c = await nodes.start("a"), await nodes.start("b"), await nodes.start("c")
    at_a, at_b, at_c = probe(a), probe(b), probe(c)
    seen_from(a, b, at_b.ref).tell(Say(at_a.ref))
    received = await at_b.expect(Say)
    seen_from(b, c, at_c.ref).tell(received)
    again = await at_c.expect(Say)
    assert isinstance(again.text, ActorRef)
    again.text.tell(Say("home"), at_c.ref)
    assert await at_a.expect(Say) == Say("home")
    at_a.reply(Say("and back"))
    assert await at_c.expect(Say) == Say("and back")


async def test_r5_the_first_message_waits_for_a_peer_that_starts_later(nodes: Nodes) -> None:
    """R5: what is sent to a system that is not up yet arrives once it is, if that is within the handshake time."""
    a = await nodes.start("a")
    me = probe(a)
    far = a.remote.resolve_text("actor://b@b:7000/user/echo")
    far.tell(Say(1), me.ref)
    await me.expect_no_message(2.0)
    b = await nodes.start("b", port=7000)
    b.spawn(Echo, "echo")
    assert await me.expect(Say) == Say(1)


async def test_r10_what_waits_too_long_for_a_handshake_is_a_dead_letter(nodes: Nodes) -> None:
    """R10: after the handshake time queued messages are given up; the next message tries again."""
    a = await nodes.start("a", handshake_timeout_s=3.0)
    letters: list[DeadLetter] = []
    a.event_stream.subscribe(letters.append, DeadLetter)
    far = a.remote.resolve_text("actor://b@b:7000/user/echo")
    far.tell(Say(1))
    await until(lambda: letters)
    assert (letters[0].message, letters[0].recipient) == (Say(1), far)
    b = await nodes.start("b", port=7000)
    at_b = probe(b)
    seen_from(a, b, at_b.ref).tell(Say(2))
    assert await at_b.expect(Say) == Say(2)


async def test_r12_a_restarted_peer_is_recognised_by_the_next_message(nodes: Nodes) -> None:
    """R12, R25: a connection belongs to the incarnations that shook hands on it; a new one has a new connection."""
    a, b = await nodes.start("a"), await nodes.start("b", port=7)
    me, b_echo = probe(a), b.spawn(Echo, "echo")
    by_name = a.remote.resolve_text(f"{b.address}/user/echo")
    by_name.tell(Say(1), me.ref)
    assert await me.expect(Say) == Say(1)
    assert me.sender.path.uid == b_echo.path.uid
    nodes.kill(b)
    again = await nodes.start("b", port=7)
    echo = again.spawn(Echo, "echo")
    await me.expect_no_message(0.1)
    by_name.tell(Say(2), me.ref)
    assert await me.expect(Say) == Say(2)
    assert me.sender.path.uid == echo.path.uid
    assert a.remote.peer(b.address).verdict.uid == again.uid


async def test_messages_of_one_pair_keep_their_order(nodes: Nodes) -> None:
    """R3: ten thousand messages arrive in the order in which they were sent, cut however the network likes."""
    a, b = await nodes.start("a"), await nodes.start("b")
    at_b = probe(b)
    far = seen_from(a, b, at_b.ref)
    for number in range(10_000):
        far.tell(number)
    assert [await at_b.receive_one() for _ in range(10_000)] == list(range(10_000))


async def test_r3_a_full_queue_spills_into_dead_letters(nodes: Nodes) -> None:
    """R3: the queue to one peer is bounded; what finds no room is a dead letter, and the rest arrives in order."""
    a, b = await nodes.start("a", queue_messages=10), await nodes.start("b")
    letters: list[DeadLetter] = []
    a.event_stream.subscribe(letters.append, DeadLetter)
    at_b = probe(b)
    far = seen_from(a, b, at_b.ref)
    for number in range(15):
        far.tell(number)
    assert [await at_b.receive_one() for _ in range(10)] == list(range(10))
    assert [letter.message for letter in letters] == [10, 11, 12, 13, 14]


async def test_a_full_connection_is_respected(nodes: Nodes) -> None:
    """While the peer does not read, no more than its send buffer is written; everything arrives when it reads again."""
    a, b = await nodes.start("a"), await nodes.start("b")
    at_b = probe(b)
    far = seen_from(a, b, at_b.ref)
    far.tell(-1)
    assert await at_b.receive_one() == -1
    nodes.net.freeze("b")
    for number in range(100):
        far.tell([number, b"x" * 50_000])
    await until(lambda: a.remote.peer(b.address)._outbox.ordinary.is_paused)
    assert not a.remote.peer(b.address)._outbox.is_done
    nodes.net.thaw("b")
    assert [(await at_b.receive_one())[0] for _ in range(100)] == list(range(100))


async def test_what_cannot_be_written_is_the_senders_problem(nodes: Nodes) -> None:
    """A tell becomes a dead letter, an ask raises with type and place; the connection goes on."""
    a, b = await nodes.start("a", max_frame_bytes=100_000), await nodes.start("b", max_frame_bytes=100_000)
    letters: list[DeadLetter] = []
    a.event_stream.subscribe(letters.append, DeadLetter)
    echo = seen_from(a, b, b.spawn(Echo, "echo"))
    echo.tell(Say(object()))
    assert len(letters) == 1
    with pytest.raises(NotWritable, match=r"object cannot cross the wire.*Say\.text"):
        await echo.ask(Say(object()), timeout=1.0)
    with pytest.raises(FrameTooLarge, match="max_frame_bytes"):
        await echo.ask(Say("x" * 200_000), timeout=1.0)
    assert await echo.ask(Say(1), timeout=1.0) == Say(1)


async def test_an_exception_as_a_reply_is_raised_at_the_asker(nodes: Nodes) -> None:
    """An actor that answers with an exception makes the ask raise an ActorError with its type and text."""
    a, b = await nodes.start("a"), await nodes.start("b")
    far = seen_from(a, b, b.spawn(Props(Fails), "fails"))
    with pytest.raises(RemoteFailure, match="KeyError: 'no such thing'"):
        await far.ask(Say("x"), timeout=1.0)


async def test_an_ask_that_nobody_answers_times_out(nodes: Nodes) -> None:
    """A13: silence of a remote actor is an AskTimeout, and nothing of the ask is left."""
    a, b = await nodes.start("a"), await nodes.start("b")
    far = seen_from(a, b, probe(b).ref)
    with pytest.raises(AskTimeout):
        await far.ask(Say("x"), timeout=1.0)


async def test_none_is_no_message_for_a_remote_actor_either(nodes: Nodes) -> None:
    """A16: the sender hears at once that None cannot be sent."""
    a, b = await nodes.start("a"), await nodes.start("b")
    with pytest.raises(ValueError, match="None"):
        seen_from(a, b, probe(b).ref).tell(None)


async def test_a_broken_connection_is_only_a_blip(nodes: Nodes) -> None:
    """R4: after a cut of a second what was not lost arrives, later messages arrive, and nobody is declared dead."""
    a, b = await nodes.start("a"), await nodes.start("b")
    at_a, at_b = probe(a), probe(b)
    far = seen_from(a, b, at_b.ref)
    at_a.watch(far)
    far.tell(Say(1))
    assert await at_b.expect(Say) == Say(1)
    for link in list(b.remote._inbound):
        link.drop()
    await at_a.expect_no_message(1.0)
    far.tell(Say(2))
    assert await at_b.expect(Say) == Say(2)


async def test_an_idle_system_answers_in_the_callback_that_brings_the_question(
    nodes: Nodes, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Who has nothing else to do waits for no further turn of the loop, neither to handle a question nor to answer."""
    a, b = await nodes.start("a"), await nodes.start("b")
    echo = seen_from(a, b, b.spawn(Echo, "echo"))
    assert await echo.ask(Say(0), timeout=1.0) == Say(0)
    turns: list[str] = []
    monkeypatch.setattr(b.dispatcher, "arm", lambda: turns.append("handle"))
    monkeypatch.setattr(b.remote.peer(a.address)._outbox._turn, "plan", lambda: turns.append("answer"))
    for number in range(5):
        assert await echo.ask(Say(number), timeout=1.0) == Say(number)
    assert turns == []


async def test_the_first_message_of_a_turn_leaves_at_once_and_the_others_together(nodes: Nodes) -> None:
    """One write for the first, one for all others of the turn, in their order."""
    a, b = await nodes.start("a"), await nodes.start("b")
    at_b = probe(b)
    far = seen_from(a, b, at_b.ref)
    far.tell(-1)
    assert await at_b.receive_one() == -1
    link = a.remote.peer(b.address)._outbox.ordinary
    writes: list[bytes] = []
    write = link.write
    link.write = lambda data: (writes.append(data), write(data))
    for number in range(100):
        far.tell(number)
    assert len(writes) == 1
    assert [await at_b.receive_one() for _ in range(100)] == list(range(100))
    assert len(writes) == 2


async def test_a_path_that_cannot_be_written_costs_no_other_message(nodes: Nodes) -> None:
    """Nobody can live there, so what is sent there is a dead letter, whoever watches hears so, and all else goes on."""
    a, b = await nodes.start("a"), await nodes.start("b")
    letters: list[DeadLetter] = []
    a.event_stream.subscribe(letters.append, DeadLetter)
    far = a.ref_for(ActorPath(b.address, ("user", "x" * 3000)))
    far.tell("hello")
    me = probe(a)
    me.watch(far)
    assert await seen_from(a, b, b.spawn(Echo)).ask(Say(1)) == Say(1)
    assert [letter.message for letter in letters] == ["hello"]
    assert (await me.expect_terminated(far)).cause is DeathCause.NEVER_EXISTED


async def test_a_key_that_cannot_say_what_it_is_makes_a_dead_letter(nodes: Nodes) -> None:
    """`tell` does not raise for what cannot be written, whatever the user's own class does when it is asked."""

    class Mute:
        def __repr__(self) -> str:
            raise ValueError("it has no name")

    a, b = await nodes.start("a"), await nodes.start("b")
    letters: list[DeadLetter] = []
    a.event_stream.subscribe(letters.append, DeadLetter)
    seen_from(a, b, b.spawn(Echo)).tell({Mute(): 1})
    assert len(letters) == 1
