"""Bounds of what one peer, one host and all of them can make a system keep."""

from __future__ import annotations

import asyncio
import re
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from structlog.testing import capture_logs

from runtime import RemoteSettings
from runtime.protocol import beats, envelope, handshake
from runtime.protocol import evidence as ev
from runtime.protocol.beats import Beat
from runtime.protocol.codec_errors import TooManyValues
from runtime.protocol.envelope import Kind
from runtime.protocol.frames import encode_frame
from runtime.protocol.handshake import Hello, Lane
from tests.runtime.remote.nodes import Echo, Nodes, probe, seen_from, until
from tests.runtime.remote.strangers import STRANGER, Stranger, dial, goes_on, welcomed

PAGE = Path(__file__).resolve().parents[3] / "docs" / "security.md"
EVENT = "connection closed: too many handshakes are unfinished"


async def test_one_host_cannot_take_all_places(nodes: Nodes) -> None:
    """Beyond the limit for one address its own oldest unfinished handshake is closed, and no other host's."""
    a = await nodes.start("a", port=7, max_handshakes_per_host=5)
    elsewhere = Stranger()
    await nodes.net.transport("t").connect("a", 7, elsewhere, 1.0)
    with capture_logs() as lines:
        strangers = [await dial(nodes, a) for _ in range(8)]
        await until(lambda: sum(one.is_over for one in strangers) == 3)
    assert [one.is_over for one in strangers] == [True] * 3 + [False] * 5
    assert not elsewhere.is_over
    assert [line["event"] for line in lines if line["log_level"] == "warning"] == [EVENT] * 3
    await goes_on(nodes, a)


async def test_who_reads_no_answers_is_read_no_more(nodes: Nodes) -> None:
    """So what is kept for it is bounded by what the connection holds; it loses nothing when it reads again."""
    a = await nodes.start("a")
    stranger, said = await welcomed(nodes, a, Lane.CONTROL), 0
    assert stranger.connection is not None
    stranger.connection.pause_reading()
    while not stranger.is_full:
        assert said < 200_000, "whatever it says is answered"
        for _ in range(500):
            said += 1
            stranger.say(envelope.beat(Kind.HEARTBEAT, beats.write(Beat(said))))
        await asyncio.sleep(0.01)
    await goes_on(nodes, a)
    stranger.connection.resume_reading()
    await until(lambda: len(stranger.said) == said + 1)


@pytest.mark.parametrize("said", [b"", b"\x00\x00", encode_frame(b"x" * 4000, 4096)[:-1]], ids=len)
async def test_a_handshake_takes_a_limited_time_and_few_bytes(nodes: Nodes, said: bytes) -> None:
    """Whoever says nothing, or half of something, is left after `connect_timeout_s`; no more than a frame is kept."""
    a = await nodes.start("a", connect_timeout_s=2.0)
    stranger = await dial(nodes, a)
    began = a.loop.time()
    stranger.write(said)
    await until(lambda: stranger.is_over)
    assert 1.9 < a.loop.time() - began < 2.2
    assert a.remote._inbound == {}


async def test_a_proof_that_does_not_come_is_waited_for_no_longer(nodes: Nodes) -> None:
    """The time for the Hello is that for the proof, too."""
    a = await nodes.start("a", secret="something", connect_timeout_s=2.0)
    stranger = await dial(nodes, a)
    stranger.say(handshake.write(Hello(STRANGER, 1, a.address, nonce=bytes(32))))
    began = a.loop.time()
    await until(lambda: stranger.is_over)
    assert a.loop.time() - began < 2.2


async def test_a_message_of_too_many_values_costs_nothing_but_itself(nodes: Nodes) -> None:
    """Who sends it hears so at once, or else who gets it says so in the log; what comes before and behind is taken."""
    strict, lax = await nodes.start("strict", max_message_values=1000), await nodes.start("lax")
    far = seen_from(lax, strict, strict.spawn(Echo))
    near = seen_from(strict, lax, lax.spawn(Echo))
    crowd = [0] * 1001
    with pytest.raises(TooManyValues, match="send it in parts"):
        await near.ask(crowd)
    assert await near.ask(1) == 1
    me = probe(lax)
    with capture_logs() as lines:
        for message in (1, crowd, 2):
            far.tell(message, me.ref)
        assert [await me.receive_one() for _ in range(2)] == [1, 2]
    (line,) = [line for line in lines if line["event"] == "a message was dropped: it cannot be read"]
    assert "holds more than 1000 values" in line["text"]


async def test_messages_that_share_a_frame_are_each_within_the_limit(nodes: Nodes) -> None:
    """Their values are counted together where they are read, so no more share a frame than may have been counted."""
    a, b = await nodes.start("a", max_message_values=1000), await nodes.start("b", max_message_values=1000)
    far, me = seen_from(a, b, b.spawn(Echo)), probe(a)
    crowds = [[number] * 600 for number in range(5)]
    for crowd in crowds:
        far.tell(crowd, me.ref)
    assert [await me.receive_one() for _ in crowds] == crowds


async def test_the_log_falls_silent_about_one_peer(nodes: Nodes) -> None:
    """A thousand bad frames are twenty lines, and a word about the silence; another kind has lines of its own."""
    a = await nodes.start("a")
    stranger = await welcomed(nodes, a)
    with capture_logs() as lines:
        for _ in range(1000):
            stranger.say(b"\xc1")
        stranger.write((2**31).to_bytes(4, "big"))
        await until(lambda: stranger.is_over)
    warnings: list[Any] = [line for line in lines if line["log_level"] == "warning"]
    assert [line["event"] for line in warnings].count("a frame was dropped: it cannot be read") == 20
    assert "silence" in warnings[19]
    assert warnings[-1]["event"] == "connection closed: the peer breaks the protocol"


def test_the_page_names_the_limits_as_they_are() -> None:
    """docs/security.md: each setting in the table has the default that it says."""
    rows = re.findall(r"^\| `([a-z_]+)` \| ([0-9.]+) \|", PAGE.read_text(encoding="utf-8"), re.MULTILINE)
    assert len(rows) >= 9
    assert rows == [(name, str(getattr(RemoteSettings(), name))) for name, _ in rows]


async def test_who_waits_at_a_door_and_has_to_give_way_waits_there_no_longer(nodes: Nodes) -> None:
    """R13: its connection was closed for others of its host, so nobody asks any more who lives at its address."""
    a = await nodes.start("a", max_handshakes_per_host=1)
    association = a.remote.peer(STRANGER)
    association.verdict.handle(ev.Answered(5), 0.0)  # somebody else is known there
    await nodes.net.transport("s").listen("s", 9, Stranger)  # who answers nobody
    stranger = await dial(nodes, a)
    stranger.say(handshake.write(Hello(STRANGER, 77, a.address)))
    await until(lambda: association._doorstep)
    await dial(nodes, a)
    await until(lambda: stranger.is_over)
    assert not association._doorstep


async def test_what_a_predecessor_had_said_is_not_all_that_its_successor_has(nodes: Nodes) -> None:
    """D57: the last connection of one who is dead, read to its end, ends no wait for the words of another."""
    a = await nodes.start("a")
    association, told = a.remote.peer(STRANGER), list[Any]()
    association.verdict.handle(ev.Answered(5), 0.0)
    association.report = told.append
    association.read_out(4)
    assert told == []
    association.read_out(5)
    assert told == [ev.InboundClosed()]


async def test_who_was_full_before_its_welcome_is_read_behind_it(nodes: Nodes) -> None:
    """What was written to it then, a word that it has to wait, is taken later; only answers wait for that."""
    a = await nodes.start("a")
    stranger = await dial(nodes, a)
    await until(lambda: a.remote._inbound)
    (link,) = a.remote._inbound
    link.pause_writing()
    hello = handshake.write(Hello(STRANGER, 77, a.address, lane=Lane.ORDINARY, takes_answers=True))
    link.data_received(encode_frame(hello, 4096))
    assert link._connection._is_reading
    assert not link._way_back.is_free
    link.resume_writing()
    assert link._way_back.is_free
    await until(lambda: stranger.said)


async def test_nobody_is_let_in_behind_the_end(nodes: Nodes) -> None:
    """D66: a connection that a loop had accepted just before the listener was closed ends at once, without a timer."""
    a = await nodes.start("a")
    await a.terminate()
    nodes.systems.remove(a)
    link, ended = a.remote._accept(), []
    link.connection_made(SimpleNamespace(peer=("b", 1), abort=lambda: ended.append(True)))
    assert ended == [True]
    assert a.remote._inbound == {}


async def test_a_connection_that_never_comes_about_is_forgotten(nodes: Nodes) -> None:
    """A loop may make a handler for what it accepts, and find that it is over already: then it calls none of it."""
    a = await nodes.start("a")
    a.remote._accept()
    await asyncio.sleep(10.0)
    assert not a.remote._inbound
    assert not a.remote._anteroom
