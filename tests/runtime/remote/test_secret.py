"""Systems with a secret, and those without or with another one."""

from __future__ import annotations

from typing import Any

import pytest
from structlog.testing import capture_logs

from actors import DeathCause
from actors.address import Address
from runtime import RemoteSettings, Settings
from runtime.protocol import handshake
from runtime.protocol.frames import encode_frame
from runtime.protocol.handshake import Hello, Refuse, Welcome
from tests.runtime.remote.nodes import Echo, Nodes, Say, probe, seen_from, until
from tests.runtime.remote.strangers import Stranger, dial

SECRET = "correct horse battery staple"


async def test_who_knows_the_secret_takes_part(nodes: Nodes) -> None:
    """Messages, watches and deaths are as without one; text and bytes are the same secret."""
    a, b = await nodes.start("a", secret=SECRET), await nodes.start("b", secret=SECRET.encode())
    me, echo = probe(a), seen_from(a, b, b.spawn(Echo))
    me.watch(echo)
    assert await a.ask(echo, Say(1), 5.0) == Say(1)
    nodes.kill(b)
    assert (await me.expect_terminated(echo)).cause is DeathCause.PROCESS_DEAD


@pytest.mark.parametrize("secrets", [(SECRET, "other"), (SECRET, None), (None, SECRET)], ids=str)
async def test_who_does_not_know_it_is_told_so_and_nobody_is_dead(nodes: Nodes, secrets: tuple[Any, Any]) -> None:
    """Both logs say what is the matter, neither says a secret, and no watcher hears of a death."""
    with capture_logs() as lines:
        a, b = await nodes.start("a", secret=secrets[0]), await nodes.start("b", secret=secrets[1])
        me, echo = probe(a), seen_from(a, b, b.spawn(Echo))
        me.watch(echo)
        await me.expect_no_message(3.0)
    for system in (a, b):
        assert [line for line in lines if "secret" in line.get("text", "") and line["system"] == system.name]
    assert not [line for line in lines if SECRET in str(line)]
    assert b.remote._associations == {}


async def test_a_stranger_can_neither_convict_nor_pose_as_a_node(nodes: Nodes) -> None:
    """A Hello in the name of a node, with its uid or another, changes nothing: no dial, no doubt, no death."""
    a, b = await nodes.start("a", secret=SECRET, port=7), await nodes.start("b", secret=SECRET, port=8)
    me, echo = probe(a), seen_from(a, b, b.spawn(Echo))
    me.watch(echo)
    assert await a.ask(echo, Say(1), 5.0) == Say(1)
    association = a.remote._associations[b.address]
    before = (association.verdict.standing, association.verdict.uid, len(a.remote._associations))
    for uid in (b.uid, 4711):
        for nonce in (b"", bytes(32)):
            stranger = await dial(nodes, a)
            stranger.say(handshake.write(Hello(b.address, uid, a.address, nonce=nonce)))
            await until(lambda stranger=stranger: stranger.said)
            if nonce:
                stranger.say(handshake.write(handshake.Proof(bytes(32))))
                await until(lambda stranger=stranger: stranger.is_over)
            answer = handshake.read(stranger.said[-1])
            assert isinstance(answer, Refuse)
            assert answer.reason is handshake.Refusal.SECRET
    assert before == (association.verdict.standing, association.verdict.uid, len(a.remote._associations))
    await me.expect_no_message(3.0)
    assert await a.ask(echo, Say(2), 5.0) == Say(2)


async def test_who_takes_a_dead_nodes_port_is_not_its_successor(nodes: Nodes) -> None:
    """Somebody without the secret answers where a watched node was: that proves no death, and silence decides."""
    a, b = await nodes.start("a", secret=SECRET), await nodes.start("b", secret=SECRET, port=8)
    me, echo = probe(a), seen_from(a, b, b.spawn(Echo))
    me.watch(echo)
    assert await a.ask(echo, Say(1), 5.0) == Say(1)
    address = b.address

    class Impostor(Stranger):
        def data_received(self, data: bytes) -> None:
            self.write(encode_frame(handshake.write(Welcome(address, 4711)), 2**20))

    nodes.kill(b)
    await nodes.net.transport("b").listen("b", 8, Impostor)
    notice = await me.expect_terminated(echo, 60.0)
    assert notice.cause is DeathCause.UNREACHABLE


async def test_a_stranger_leaves_no_association_behind(nodes: Nodes) -> None:
    """Unproven names take no room in the table of systems."""
    a = await nodes.start("a", secret=SECRET, port=7)
    for number in range(50):
        stranger = await dial(nodes, a)
        stranger.say(handshake.write(Hello(Address("x", "s", number + 1), 5, a.address, nonce=bytes(32))))
        await until(lambda stranger=stranger: stranger.said)
    assert a.remote._associations == {}
    assert len(a.remote._resting) == 0


def test_a_secret_is_not_shown() -> None:
    """The text of settings is printed and logged; the secret is not in it."""
    assert SECRET not in repr(Settings(remote=RemoteSettings(secret=SECRET)))
    with pytest.raises(ValueError, match="empty"):
        RemoteSettings(secret="")
