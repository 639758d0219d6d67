"""Heartbeats as datagrams beside the connection, on a simulated network that loses, doubles and reorders them."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from structlog.testing import capture_logs

from actors import DeathCause, Terminated
from runtime import ActorSystem, FailureDetectorSettings
from runtime.protocol import beats
from runtime.protocol.beats import Beat, Direction, Envelope
from runtime.sim.links import Loss, Shape, Uniform
from runtime.sim.network import SimTransport
from runtime.testkit import TestProbe
from runtime.transport.base import DatagramHandler, Datagrams
from tests.runtime.remote.nodes import Echo, Nodes, probe, seen_from

LAN = FailureDetectorSettings.lan()


@pytest.fixture
def logs() -> Iterator[list[Any]]:
    with capture_logs() as logs:
        yield logs


async def watched(nodes: Nodes, **settings: Any) -> tuple[ActorSystem, ActorSystem, TestProbe, Any]:
    """Two systems with datagrams, and a probe of the first that watches an actor of the second."""
    a = await nodes.start("a", failure_detector=LAN)
    b = await nodes.start("b", **({"failure_detector": LAN} | settings))
    me = probe(a)
    subject = me.watch(seen_from(a, b, b.spawn(Echo)))
    await me.expect_no_message(2.0)
    return a, b, me, subject


def carriage(a: ActorSystem, b: ActorSystem) -> Any:
    return a.remote._watcher._monitors[b.address].carriage


def counted(a: ActorSystem, b: ActorSystem) -> dict[str, int]:
    """From now on, how many heartbeats `a` sends to `b` on which way."""
    counts = {"stream": 0, "datagram": 0}
    peer, channel = a.remote.peer(b.address), a.remote._watcher._pulse._channel
    stream, datagram = peer.send_heartbeat, channel.send

    def send_stream(content: bytes) -> None:
        counts["stream"] += 1
        stream(content)

    def send_datagram(*args: Any) -> None:
        counts["datagram"] += 1
        datagram(*args)

    peer.send_heartbeat, channel.send = send_stream, send_datagram
    return counts


async def test_heartbeats_take_datagrams_once_they_get_through(nodes: Nodes) -> None:
    """Ten a second beside the connection, and one of them on it, too."""
    a, b, me, _ = await watched(nodes)
    assert carriage(a, b).prefers_datagrams
    counts = counted(a, b)
    await me.expect_no_message(10.0)
    assert 99 <= counts["datagram"] <= 101
    assert 9 <= counts["stream"] <= 11


@pytest.mark.parametrize("what", ["freeze", "cut", "one way there", "one way back"])
async def test_t3_silence_is_death_within_half_a_second(nodes: Nodes, what: str) -> None:
    """T3: a freeze, a cut and a one-way cut in either direction are convicted within 500 ms, at any phase."""
    a, b, me, subject = await watched(nodes)
    for step in range(10):
        await asyncio.sleep(1.0 + nodes.random.random())
        since = a.now()
        match what:
            case "freeze":
                nodes.net.freeze("b")
            case "cut":
                nodes.net.cut("a", "b")
            case "one way there":
                nodes.net.cut("a", "b", one_way=True)
            case _:
                nodes.net.cut("b", "a", one_way=True)
        notice = await me.expect_terminated(subject, timeout_s=5.0)
        assert 0.31 < a.now() - since < 0.5, step
        assert notice.cause is DeathCause.UNREACHABLE
        assert not notice.is_certain
        if what == "freeze":
            nodes.net.thaw("b")
        nodes.net.heal("a", "b")
        nodes.kill(b)
        b = await nodes.start("b", failure_detector=LAN)
        subject = me.watch(seen_from(a, b, b.spawn(Echo)))


async def test_a_bad_network_kills_nobody(nodes: Nodes) -> None:
    """5 % lost each way, 5 % doubled, many out of order, for ten minutes: nobody is terminated."""
    a, b, me, subject = await watched(nodes)
    nodes.net.shape("a", "b", Shape(Uniform(0.0001, 0.05), Loss(in_good=0.05), repeated=0.05))
    await me.expect_no_message(600.0)
    assert carriage(a, b).prefers_datagrams
    nodes.net.freeze("b")
    await me.expect_terminated(subject, timeout_s=1.0)


@pytest.mark.parametrize("when", ["from the beginning", "later"])
async def test_a_firewall_that_swallows_datagrams_costs_one_warning(logs: list[Any], nodes: Nodes, when: str) -> None:
    """Where the connection works and datagrams do not, it carries the heartbeats, with a second more of patience."""
    nodes.net.mail.is_blocked = when == "from the beginning"
    a, b, me, subject = await watched(nodes)
    nodes.net.mail.is_blocked = True
    await me.expect_no_message(60.0)
    warnings = [line for line in logs if line["event"] == "heartbeats take the connection"]
    assert [(line["peer"], line["text"]) for line in warnings] == [(str(b.address), "datagrams do not get through")]
    nodes.net.freeze("b")
    since = a.now()
    await me.expect_no_message(1.2)
    await me.expect_terminated(subject, timeout_s=1.0)
    assert 1.3 < a.now() - since < 1.6


async def test_a_firewall_that_opens_gives_datagrams_back(nodes: Nodes) -> None:
    """The rare datagram that is still tried is answered, and then they are preferred again."""
    nodes.net.mail.is_blocked = True
    a, b, me, _ = await watched(nodes)
    assert carriage(a, b).has_given_up
    nodes.net.mail.is_blocked = False
    await me.expect_no_message(3.0)
    assert carriage(a, b).prefers_datagrams


async def test_a_peer_that_takes_no_datagrams(logs: list[Any], nodes: Nodes) -> None:
    """Each side chooses for itself; what the peer does not take is not sent."""
    a, b, me, _ = await watched(nodes, failure_detector=FailureDetectorSettings.default())
    counts = counted(a, b)
    await me.expect_no_message(10.0)
    assert counts["datagram"] == 0
    assert [line["text"] for line in logs if line["event"] == "heartbeats take the connection"] == [
        "the peer takes no datagrams"
    ]


async def test_a_stranger_cannot_fake_life(nodes: Nodes) -> None:
    """Datagrams with other keys, of other incarnations, or sent again do not keep a frozen node alive."""
    a, b, me, subject = await watched(nodes)
    heard: list[bytes] = []
    monitor = a.remote._watcher._monitors[b.address]
    channel = a.remote._watcher._pulse._channel
    take = channel._socket._received

    def eavesdrop(data: bytes, source: tuple[str, int], at: float) -> None:
        heard.append(data)
        take(data, source, at)

    channel._socket._received = eavesdrop
    await me.expect_no_message(1.0)
    stranger = await nodes.net.transport("x").datagrams("x", 0, lambda *_: None)
    nodes.net.freeze("b")
    since = a.now()
    dropped = channel.dropped

    async def lie() -> None:
        recorded = list(heard)
        for number in range(10_000):
            answer = Envelope(Direction.ANSWER, b.uid, a.uid)
            for datagram in (
                beats.seal(answer, Beat(monitor.number + 1), b"k" * 16),
                recorded[number % len(recorded)],
                b"noise",
            ):
                stranger.send(datagram, ("a", channel.port))
            await asyncio.sleep(0.01)

    lying = asyncio.create_task(lie())
    await me.expect_terminated(subject, timeout_s=1.0)
    assert a.now() - since < 0.5
    assert channel.dropped > dropped + 30
    lying.cancel()
    stranger.close()


async def test_beats_of_strangers_are_not_answered(nodes: Nodes) -> None:
    """Nobody gets an answer who has not offered a key on a connection, and nothing is answered twice."""
    a, b, me, _ = await watched(nodes)
    got: list[bytes] = []
    stranger = await nodes.net.transport("x").datagrams("x", 0, lambda data, *_: got.append(data))
    there = ("b", b.remote._watcher._pulse._channel.port)
    key = a.remote._watcher._monitors[b.address].key
    for source, seal_key, number in ((1, key, 10**6), (a.uid, b"k" * 16, 10**6), (a.uid, key, 1)):
        stranger.send(beats.seal(Envelope(Direction.BEAT, source, b.uid), Beat(number), seal_key), there)
        stranger.send(beats.seal(Envelope(Direction.BEAT, a.uid, b.uid + 2), Beat(10**6), key), there)
    await me.expect_no_message(1.0)
    assert got == []
    stranger.close()


class Deaf(SimTransport):
    """Of a machine where no socket takes datagrams."""

    async def datagrams(self, host: str, port: int, received: DatagramHandler) -> Datagrams:
        raise PermissionError(13, "no datagrams here")


async def test_without_a_socket_the_connection_is_used(
    logs: list[Any], nodes: Nodes, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A system that gets no socket for datagrams says so once and lives."""
    monkeypatch.setattr(SimTransport, "datagrams", Deaf.datagrams)
    a, b, me, subject = await watched(nodes)
    assert [line["event"] for line in logs if "socket for datagrams" in line["event"]] == [
        "heartbeats take the connection: there is no socket for datagrams"
    ] * 2
    assert not carriage(a, b).prefers_datagrams
    nodes.kill(b)
    assert (await me.expect_terminated(subject)).cause is DeathCause.PROCESS_DEAD


async def test_both_sides_may_use_them_at_once(nodes: Nodes) -> None:
    """Each direction has its own key, numbers and verdict."""
    a, b, me, subject = await watched(nodes)
    you = probe(b)
    mine = you.watch(seen_from(b, a, me.ref))
    await you.expect_no_message(5.0)
    assert carriage(a, b).prefers_datagrams
    assert carriage(b, a).prefers_datagrams
    nodes.net.cut("a", "b")
    assert (await me.expect_terminated(subject, 1.0)).cause is DeathCause.UNREACHABLE
    assert (await you.expect_terminated(mine, 1.0)).cause is DeathCause.UNREACHABLE


async def test_wan_settings_over_datagrams(nodes: Nodes) -> None:
    """A long round trip: several heartbeats are under way at once, out of order, and nobody dies of it."""
    nodes.net.shape("a", "b", Shape(Uniform(0.1, 0.19)))
    settings = replace(LAN, acceptable_pause_s=0.6)
    a = await nodes.start("a", failure_detector=settings, redial_connect_timeout_s=1.0)
    b = await nodes.start("b", failure_detector=settings)
    me = probe(a)
    subject = me.watch(seen_from(a, b, b.spawn(Echo)))
    await me.expect_no_message(300.0)
    assert carriage(a, b).prefers_datagrams
    nodes.net.freeze("b")
    assert isinstance(await me.expect_terminated(subject, 5.0), Terminated)
