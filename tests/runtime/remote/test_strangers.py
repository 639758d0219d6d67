"""Strangers who dial: garbage, other protocols, other targets, and words in the wrong place."""

from __future__ import annotations

import asyncio
from typing import Any

import msgpack
import pytest
from structlog.testing import capture_logs

from actors.address import Address
from runtime.protocol import envelope, handshake
from runtime.protocol.envelope import Kind
from runtime.protocol.frames import encode_frame
from runtime.protocol.handshake import Hello, Lane, Refusal, Refuse, Welcome
from runtime.transport.base import Connection
from tests.runtime.remote.nodes import Echo, Nodes, Say, probe, seen_from, until
from tests.runtime.remote.strangers import STRANGER, Stranger, dial, goes_on, letter, welcomed

LIMIT = 1000


FIRST_WORDS: list[tuple[bytes, Refusal, str]] = [
    (b"GET / HTTP/1.1\r\nHost: x\r\n\r\n", Refusal.NOT_OURS, "max_frame_bytes"),
    (b"\xff" * 100, Refusal.NOT_OURS, "max_frame_bytes"),
    (encode_frame(b"garbage", LIMIT), Refusal.NOT_OURS, "no handshake of this protocol"),
    (encode_frame(b"", LIMIT), Refusal.NOT_OURS, "no handshake of this protocol"),
    (encode_frame(msgpack.packb(["deathwatch", "hello"]), LIMIT), Refusal.NOT_OURS, "no handshake"),
    (encode_frame(handshake.write(Welcome(STRANGER, 1)), LIMIT), Refusal.NOT_OURS, "begins with Hello"),
    (encode_frame(handshake.write(Hello(STRANGER, 1, STRANGER)), LIMIT), Refusal.WRONG_TARGET, "looks for"),
    (
        encode_frame(handshake.write(Hello(STRANGER, 1, Address("a", "a", 7), version=99)), LIMIT),
        Refusal.VERSION,
        "speaks protocol version 2, actor://stranger@s:9 speaks 99",
    ),
    (
        encode_frame(handshake.write(Hello(Address("a", "a", 7), 1, Address("a", "a", 7))), LIMIT),
        Refusal.WRONG_TARGET,
        "two systems cannot share it",
    ),
]


@pytest.mark.parametrize(("words", "reason", "text"), FIRST_WORDS, ids=lambda value: str(value)[:30])
async def test_who_does_not_shake_hands_is_refused_with_a_text(
    nodes: Nodes, words: bytes, reason: Refusal, text: str
) -> None:
    """Garbage, another version, another target: one log line, a Refuse that says why, and the system goes on."""
    a = await nodes.start("a", port=7)
    with capture_logs() as lines:
        stranger = await dial(nodes, a)
        stranger.write(words)
        await until(lambda: stranger.is_over)
    (answer,) = [handshake.read(body) for body in stranger.said]
    assert isinstance(answer, Refuse)
    assert answer.reason is reason
    assert text in answer.text
    assert [line["event"] for line in lines if line["log_level"] == "warning"] == ["connection refused"]
    assert a.remote._inbound == {}
    await goes_on(nodes, a)


async def test_who_says_nothing_is_left_after_a_while(nodes: Nodes) -> None:
    """A connection without a Hello does not stay open for ever; its Hello may be late, so it is not refused either."""
    a = await nodes.start("a")
    stranger = await dial(nodes, a)
    await until(lambda: stranger.is_over)
    assert stranger.said == []
    assert a.remote._inbound == {}


async def test_who_speaks_before_the_welcome_is_refused(nodes: Nodes) -> None:
    """R13: nothing is taken from somebody whose Hello is not answered yet."""
    a = await nodes.start("a")
    stranger = await dial(nodes, a)
    hello = encode_frame(handshake.write(Hello(STRANGER, 77, a.address)), LIMIT)
    a.remote.peer(STRANGER).verdict.handle(_answered(5), 0.0)  # somebody else is known there
    stranger.write(hello + hello)
    await until(lambda: stranger.is_over)
    answer = handshake.read(stranger.said[0])
    assert isinstance(answer, Refuse)
    assert "before it was welcomed" in answer.text
    await asyncio.sleep(5.0)
    assert a.remote.peer(STRANGER)._inlet.is_empty  # it was told who lives there, and this one has gone


async def test_who_claims_the_address_of_one_who_answers_is_refused(nodes: Nodes) -> None:
    """It waits at the door until one dial has told who lives there; then it is told so, and nobody dials any more."""
    a, b = await nodes.start("a"), await nodes.start("b")
    me = probe(a)
    me.watch(seen_from(a, b, probe(b).ref))
    await me.expect_no_message(1.0)
    links = len(b.remote._inbound)
    stranger = await dial(nodes, a)
    stranger.say(handshake.write(Hello(b.address, 77, a.address)))
    await until(lambda: stranger.said, 1.0)
    answer = handshake.read(stranger.said[0])
    assert isinstance(answer, Refuse)
    assert answer.reason is Refusal.SUPERSEDED
    await me.expect_no_message(5.0)
    assert len(b.remote._inbound) == links
    assert a.remote.peer(b.address).verdict.uid == b.uid


async def test_who_waits_at_the_door_in_vain_goes_and_nobody_dials_for_it_any_more(nodes: Nodes) -> None:
    """Nobody answers at the address that it claims. When its time is over, it is no reason for another dial."""
    a = await nodes.start("a", handshake_timeout_s=3.0)
    peer = a.remote.peer(STRANGER)
    peer.verdict.handle(_answered(5), 0.0)  # somebody else is known there
    await nodes.net.transport("s").listen("s", 9, Stranger)  # and says nothing
    stranger = await dial(nodes, a)
    stranger.say(handshake.write(Hello(STRANGER, 77, a.address)))
    await asyncio.sleep(2.0)
    assert peer._doorstep
    await asyncio.sleep(30.0)
    assert stranger.is_over
    assert not peer._doorstep
    assert not any(dialling.is_going_on for dialling in peer._dials._of.values())


async def test_an_oversized_frame_ends_the_connection_and_nothing_else(nodes: Nodes) -> None:
    """A length beyond the limit closes the connection before its body is read; the frames before it count."""
    a = await nodes.start("a", max_frame_bytes=LIMIT)
    me = probe(a)
    stranger = await welcomed(nodes, a)
    with capture_logs() as lines:
        stranger.write(encode_frame(letter(a, me.ref, "before"), LIMIT) + (LIMIT + 1).to_bytes(4, "big"))
        await until(lambda: stranger.is_over)
    assert await me.receive_one() == "before"
    (line,) = [line for line in lines if line["log_level"] == "warning"]
    assert "1001 bytes, more than the 1000" in line["text"]
    await goes_on(nodes, a)


async def test_a_message_that_cannot_be_read_is_dropped_alone(nodes: Nodes) -> None:
    """Unknown classes, wrong fields and nonsense bodies cost one log line each; the next message is delivered."""
    a = await nodes.start("a")
    me = probe(a)
    stranger = await welcomed(nodes, a)
    unknown = msgpack.ExtType(2, msgpack.packb(["never.registered", 1]))
    wrong = msgpack.ExtType(2, msgpack.packb(["test.remote.say", 1, 2, 3]))
    to_me, elsewhere = a.remote.codec.text_of(me.ref), "actor://x@y:1/user/z#3"
    bad = [[to_me, None, unknown], [to_me, None, wrong], [elsewhere, None, 5], [77, None, 5], [to_me, 77, 5]]
    bad += [[to_me, None, None], [[4096, to_me], None, 5], ["nonsense", None, 5], [to_me, 5.5, 5]]
    with capture_logs() as lines:
        stranger.say(msgpack.packb([1, *(part for three in bad for part in three), to_me, None, "among them"]))
        assert await me.receive_one() == "among them"
        assert len([line for line in lines if line["log_level"] == "warning"]) == len(bad)
        for body in ([99], [1, to_me, None], [2, 1, b"x"], [1]):
            stranger.say(msgpack.packb(body))
        stranger.say(b"\xc1\xc1")
        stranger.say(letter(a, me.ref, "after"))
        assert await me.receive_one() == "after"
    assert len([line for line in lines if line["log_level"] == "warning"]) == len(bad) + 5
    assert not stranger.is_over


async def test_a_peer_that_answers_nonsense_is_no_peer(nodes: Nodes) -> None:
    """R10: when the dialled one does not speak our protocol, nothing is sent to it and nothing breaks."""
    a = await nodes.start("a", handshake_timeout_s=3.0)

    class Parrot(Stranger):
        def connection_made(self, connection: Connection) -> None:
            super().connection_made(connection)
            self.write(b"HTTP/1.1 400 Bad Request\r\n\r\n")

    await nodes.net.transport("s").listen("s", 9, Parrot)
    far = a.remote.resolve_text(f"{STRANGER}/user/x")
    letters: list[Any] = []
    a.event_stream.subscribe(letters.append, object)
    far.tell(Say(1))
    await until(lambda: [letter for letter in letters if getattr(letter, "message", None) == Say(1)])
    await goes_on(nodes, a)


async def test_acks_and_goodbyes_of_a_stranger_change_nothing_for_others(nodes: Nodes) -> None:
    """Words in the wrong direction are dropped; a goodbye concerns the one who said it."""
    a = await nodes.start("a")
    me, b = probe(a), await nodes.start("b")
    subject = me.watch(seen_from(a, b, b.spawn(Echo)))
    stranger = await welcomed(nodes, a, Lane.CONTROL)
    for body in (envelope.numbers(Kind.ACK, 5), envelope.numbers(Kind.NACK, 0), envelope.numbers(Kind.GOODBYE)):
        stranger.say(body)
    await me.expect_no_message(5.0)
    assert a.remote.watch_counts() == {b.address: (1, 0)}
    assert await seen_from(a, b, b.remote.resolve_text(str(subject.path))).ask(Say(1)) == Say(1)


async def test_a_wrong_target_is_known_to_the_dialler(nodes: Nodes) -> None:
    """R11: a watch through a name that is not the system's own is answered, and the log says which name is right."""
    a, b = await nodes.start("a"), await nodes.start("b", port=7)
    me = probe(a)
    with capture_logs() as lines:
        subject = me.watch(a.remote.resolve_text("actor://bee@b:7/user/echo#5"))
        notice = await me.expect_terminated(subject)
    assert "here is actor://b@b:7" in notice.detail
    assert not notice.existence_confirmed
    assert [line for line in lines if "refuse" in line["event"]]
    await asyncio.sleep(0)
    assert b.remote._inbound == {}


def _answered(uid: int) -> Any:
    from runtime.protocol.evidence import Answered

    return Answered(uid)
