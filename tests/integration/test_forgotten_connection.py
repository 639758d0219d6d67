"""A connection that carries nothing any more, in real kernels: what is sent on it is swallowed, and nobody is told."""

from __future__ import annotations

import ctypes
import errno
import socket
import struct
import sys
from typing import Any

import pytest

from actors import DeathCause
from runtime import ActorSystem, RemoteSettings, Settings
from runtime.remote import times
from runtime.remote.events import MessagesLost, NodeSuspected
from runtime.testkit import TestProbe
from tests.runtime.remote.lanes import counted, outbox
from tests.runtime.remote.nodes import Burst, Echo, seen_from

pytestmark = [
    pytest.mark.real,
    pytest.mark.skipif(sys.platform != "linux", reason="only Linux says what is not acknowledged"),
]
SO_ATTACH_FILTER = 26  # asm-generic/socket.h
RETURN = 0x06  # linux/bpf_common.h, BPF_RET | BPF_K: so many bytes of a segment are let through
SETTINGS = RemoteSettings(host="127.0.0.1")
SWEEP_S = 3.0
"""Connections are looked at so often, so that the test does not take longer."""
PATIENCE_S = 30.0


def swallow(link: Any) -> None:
    """Let its kernel drop all that comes on a connection, before it is acknowledged."""
    program = ctypes.create_string_buffer(struct.pack("HBBI", RETURN, 0, 0, 0))
    described = struct.pack("HP", 1, ctypes.addressof(program))
    with socket.socket(fileno=socket.dup(link._connection._transport.get_extra_info("socket").fileno())) as sock:
        try:
            sock.setsockopt(socket.SOL_SOCKET, SO_ATTACH_FILTER, described)
        except OSError as error:
            pytest.skip(f"no filter can be attached here: {errno.errorcode.get(error.errno or 0)}")


async def test_last_words_on_a_forgotten_connection_hold_a_death_up_for_seconds_only(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """D57: the kernel would send them again for a quarter of an hour; another dial shakes hands, and tells the loss."""
    monkeypatch.setattr(times, "_SWEEP_S", SWEEP_S)
    async with ActorSystem("a", Settings(remote=SETTINGS)) as a, ActorSystem("b", Settings(remote=SETTINGS)) as b:
        me, parrot = TestProbe(a), b.spawn(Echo)
        subject = me.watch(seen_from(a, b, parrot))
        there = seen_from(b, a, me.ref)
        parrot.tell("hello", there)
        assert await me.receive_one(PATIENCE_S) == "hello"
        lost, suspected = counted(a, MessagesLost), counted(a, NodeSuspected)
        link = outbox(b, a).ordinary
        ours = link._connection._transport.get_extra_info("sockname")[:2]
        (other_end,) = [one for one in a.remote._inbound if one._connection.peer == ours]
        swallow(link)
        swallow(other_end)
        parrot.tell(Burst(3, there))
        first: Any = await me.receive_one(PATIENCE_S)
        if first == 0:
            pytest.skip("the kernel takes a filter and does not obey it")
        assert (first.ref, first.cause) == (subject, DeathCause.STOPPED)
        assert lost == [MessagesLost(b.address, 3)]
        assert suspected == []
        assert outbox(b, a).ordinary is not link
