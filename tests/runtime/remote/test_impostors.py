"""Peers that shake hands and then say what is not theirs to say: of others' actors, or of no kind that there is."""

from __future__ import annotations

import asyncio
from typing import Any

import msgpack
import pytest

from actors import ActorRef, DeadLetter
from actors.address import Address
from actors.notices import DeathCause
from actors.signals import DeathWatchNotification, Unwatch, Watch
from runtime import ActorSystem
from runtime.protocol import envelope, handshake
from runtime.protocol import evidence as ev
from runtime.protocol.envelope import Kind
from runtime.protocol.frames import encode_frame
from runtime.protocol.handshake import Dialler, HandshakeError, Hello, Lane, Refusal, Wait
from runtime.remote.inbound import InboundLink
from tests.runtime.remote.nodes import Echo, Nodes, Say, here, probe, seen_from, until
from tests.runtime.remote.strangers import STRANGER, Stranger, dial, goes_on, letter, welcomed


def said(system: ActorSystem, recipient: ActorRef[Any], signal: Any, number: int = 1) -> bytes:
    """A frame with a signal."""
    return envelope.system(number, 0, envelope.letter(system.remote.codec, recipient, signal))


async def test_nobody_is_told_of_a_death_by_a_third_system(nodes: Nodes) -> None:
    """D3: a death is told by the system of the dead, and by no other."""
    a, b = await nodes.start("a"), await nodes.start("b")
    me = probe(a)
    subject = me.watch(seen_from(a, b, b.spawn(Echo)))
    await asyncio.sleep(1.0)
    stranger = await welcomed(nodes, a, Lane.CONTROL)
    stranger.say(said(a, me.ref, DeathWatchNotification(subject, True, False, DeathCause.STOPPED)))
    await me.expect_no_message(2.0)
    b.stop(b.remote.resolve_text(str(subject.path)))
    assert (await me.expect_terminated(subject)).cause is DeathCause.STOPPED


async def test_nobody_ends_the_watch_of_a_third_system(nodes: Nodes) -> None:
    """A watch is ended by the system of the watcher, and by no other."""
    a, b = await nodes.start("a"), await nodes.start("b")
    subject, me = a.spawn(Echo), probe(b)
    watched = me.watch(seen_from(b, a, subject))
    await asyncio.sleep(1.0)
    stranger = await welcomed(nodes, a, Lane.CONTROL)
    stranger.say(said(a, subject, Unwatch(subject, a.remote.resolve_text(here(b, me.ref)))))
    await asyncio.sleep(1.0)
    assert a.remote.watch_counts() == {b.address: (0, 1)}
    a.stop(subject)
    await me.expect_terminated(watched)


@pytest.mark.parametrize("whose", ["here", "there", "elsewhere"])
async def test_nobody_watches_for_a_third_system(nodes: Nodes, whose: str) -> None:
    """A watch, or a death, of an actor of ours or of a third system concerns nobody, and makes no system known."""
    a, c = await nodes.start("a"), await nodes.start("c")
    subject, other = a.spawn(Echo), a.spawn(Echo)
    who = {"here": here(a, other), "there": here(c, c.spawn(Echo)), "elsewhere": "actor://no@no:1/user/x#1"}[whose]
    stranger, third = await welcomed(nodes, a, Lane.CONTROL), a.remote.resolve_text(who)
    stranger.say(said(a, subject, Watch(subject, third)))
    stranger.say(said(a, subject, Unwatch(subject, third), 2))
    stranger.say(said(a, subject, Watch(third, a.remote.resolve_text(f"{STRANGER}/user/x#1")), 3))
    stranger.say(said(a, subject, DeathWatchNotification(third), 4))
    await until(lambda: _acknowledged(stranger) == 4)
    assert a.remote.watch_counts() == {}
    assert list(a.remote._associations) == [STRANGER]
    await goes_on(nodes, a)


async def test_a_signal_with_fields_of_another_kind_costs_nothing_else(nodes: Nodes) -> None:
    """One line in the log for each; the connection goes on, and what comes behind is taken."""
    a = await nodes.start("a")
    subject = a.spawn(Echo)
    stranger, text = await welcomed(nodes, a, Lane.CONTROL), here(a, subject)
    me = msgpack.ExtType(3, text.encode())
    fields = [("/watch", 5, 6), ("/watch", me, None), ("/unwatch", 1, me), ("/death", 5, True, False, 4, "x")]
    for number, (name, *values) in enumerate(fields, 1):
        record = msgpack.ExtType(2, msgpack.packb([name, *values]))
        stranger.say(envelope.system(number, 0, msgpack.packb([me, record])))
    watcher = a.remote.resolve_text(f"{STRANGER}/user/x#1")
    stranger.say(said(a, subject, Watch(subject, watcher), len(fields) + 1))
    await until(lambda: a.remote.watch_counts() == {STRANGER: (0, 1)})
    assert not stranger.is_over


async def test_no_number_is_too_large_to_be_counted_on_from(nodes: Nodes) -> None:
    """A peer that says how far its messages will not come is welcome again, whatever it had said."""
    a = await nodes.start("a")
    for position in (2**64 - 1, 2**63):
        stranger = await welcomed(nodes, a)
        stranger.say(envelope.numbers(Kind.POSITION, position, 0))
        stranger.say(letter(a, a.spawn(Echo), "one more"))
        await asyncio.sleep(1.0)
    await welcomed(nodes, a)
    await goes_on(nodes, a)


def _acknowledged(stranger: Stranger) -> int:
    answers = [msgpack.unpackb(body) for body in stranger.said[1:]]
    return max((values[0] for kind, *values in answers if kind == Kind.ACK), default=0)


# --- those who claim to live where they do not ------------------------------------------------------------------------


async def claim(nodes: Nodes, system: ActorSystem, own: Address, uid: int = 5) -> Stranger:
    """A stranger who says to the system that he lives at that address."""
    stranger = await dial(nodes, system)
    stranger.say(handshake.write(Hello(own, uid, system.address)))
    await asyncio.sleep(0.005)
    return stranger


async def test_two_that_were_both_deceived_find_each_other(nodes: Nodes) -> None:
    """Each holds another for its peer, and the peer for a newcomer: neither waits for the other for ever."""
    a, b = await deceived(nodes)
    me = probe(a)
    echo = b.spawn(Echo)
    seen_from(a, b, echo).tell(Say(1), me.ref)
    seen_from(b, a, me.ref).tell(Say(2))
    assert {(await me.expect(Say, 2.0)).text, (await me.expect(Say, 2.0)).text} == {1, 2}
    assert a.remote.peer(b.address).verdict.uid == b.uid
    assert b.remote.peer(a.address).verdict.uid == a.uid


@pytest.mark.parametrize("older", ["a", "b"])
async def test_of_two_that_were_both_deceived_one_may_be_of_an_older_release(
    nodes: Nodes, monkeypatch: pytest.MonkeyPatch, older: str
) -> None:
    """It knows no `wait`, and dials again: they find each other as soon as who watches takes its silence for death."""
    hear, ask_for_patience = Dialler.hear, InboundLink.ask_for_patience
    told_in_vain: list[str] = []

    def hears(dialler: Dialler, body: bytes) -> Any:
        word = hear(dialler, body)
        if isinstance(word, Wait) and dialler.hello.own.system == older:
            told_in_vain.append(older)
            raise HandshakeError("this is no word of the handshake")
        return word

    def asks(link: InboundLink) -> None:
        if link._node.own.system != older:
            ask_for_patience(link)

    monkeypatch.setattr(Dialler, "hear", hears)
    monkeypatch.setattr(InboundLink, "ask_for_patience", asks)
    a, b = await deceived(nodes)
    me, echo = probe(a), b.spawn(Echo)
    subject = me.watch(seen_from(a, b, echo))
    seen_from(b, a, me.ref).tell(Say(2))
    assert (await me.expect(Say, 10.0)).text == 2
    assert told_in_vain
    assert a.remote.peer(b.address).verdict.uid == b.uid
    assert b.remote.peer(a.address).verdict.uid == a.uid
    b.stop(echo)
    assert (await me.expect_terminated(subject)).cause is DeathCause.STOPPED


async def deceived(nodes: Nodes) -> tuple[ActorSystem, ActorSystem]:
    """Two systems, each of which knows another at the address of the other."""
    a, b = await nodes.start("a", port=1), await nodes.start("b", port=2)
    for system, other in ((a, b), (b, a)):
        await claim(nodes, system, other.address)
        assert system.remote.peer(other.address).verdict.uid == 5
    return a, b


async def test_who_breaks_the_protocol_at_the_door_waits_there_no_longer(nodes: Nodes) -> None:
    """R13: it is refused, and with it goes the reason to ask who lives at that address."""
    a = await nodes.start("a")
    a.remote.peer(STRANGER).verdict.handle(ev.Answered(5), 0.0)  # somebody else is known there
    stranger = await dial(nodes, a)
    hello = encode_frame(handshake.write(Hello(STRANGER, 77, a.address)), 4096)
    stranger.write(hello + hello)
    await until(lambda: stranger.is_over)
    assert not a.remote.peer(STRANGER)._doorstep


async def test_what_is_kept_for_the_next_incarnation_is_not_kept_for_ever(nodes: Nodes) -> None:
    """R10: another incarnation has answered, so what waits is for that; and it is never reached."""
    a, b = await nodes.start("a", handshake_timeout_s=3.0), await nodes.start("b", port=7)
    me = probe(a)
    letters: list[Any] = []
    a.event_stream.subscribe(letters.append, DeadLetter)
    far = a.remote.resolve_text(f"{b.address}/user/x")
    me.watch(far)
    await asyncio.sleep(1.0)
    nodes.net.freeze("b")
    for link in list(b.remote._inbound):
        link.drop()
    far.tell(Say("for whoever lives there"))
    a.remote.peer(b.address).report(ev.TurnedAway(b.uid + 1, Refusal.WRONG_TARGET, "it is another", a.now()))
    await me.expect_terminated(far)
    nodes.kill(b)
    await until(lambda: letters, 10.0)
    assert letters[0].message == Say("for whoever lives there")


async def test_deaths_far_ahead_are_not_held_without_a_bound(nodes: Nodes) -> None:
    """Who tells deaths behind messages that it never sends is not believed to have told more than may wait."""
    a = await nodes.start("a", system_queue_messages=5)
    subject, watcher = a.remote.resolve_text(f"{STRANGER}/user/x#1"), a.spawn(Echo)
    stranger = await welcomed(nodes, a, Lane.CONTROL)
    content = envelope.letter(a.remote.codec, watcher, DeathWatchNotification(subject, True, False, DeathCause.STOPPED))
    for number in range(1, 100):
        stranger.say(envelope.system(number, 2**40, content))
    await asyncio.sleep(2.0)
    assert _acknowledged(stranger) == len(a.remote.peer(STRANGER)._inlet._arrivals) == 5
    assert not stranger.is_over
    await goes_on(nodes, a)
