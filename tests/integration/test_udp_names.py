"""Datagrams to a host that is known by a name."""

from __future__ import annotations

import asyncio
import socket
from typing import Any

import pytest

from runtime.transport import udp
from runtime.transport.udp import UdpSocket, open_udp

pytestmark = [pytest.mark.real, pytest.mark.asyncio(loop_factories=["asyncio", "uvloop"])]


async def test_a_name_may_move_to_another_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    """Who is started anew under its name has another address in many clusters: datagrams follow after a while.

    Meanwhile, and while names cannot be looked up, they go where they went.
    """
    where: list[str | Exception] = [ValueError("no such name"), "127.0.0.1"]

    async def look_up(host: str, *_: Any, **__: Any) -> list[Any]:
        answer = where.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return [(0, 0, 0, "", (answer, 0))]

    loop = asyncio.get_running_loop()
    came: asyncio.Queue[tuple[str, bytes]] = asyncio.Queue()
    first = open_udp("127.0.0.1", 0, lambda data, *_: came.put_nowait(("first", data)))
    second = open_udp("127.0.0.2", first.port, lambda data, *_: came.put_nowait(("second", data)))
    sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM | socket.SOCK_NONBLOCK)
    sock.bind(("127.0.0.1", 0))
    sender = UdpSocket(sock, lambda *_: None)
    sender._loop = _loop_with(loop, look_up)
    for _ in range(3):  # the first two find out
        sender.send(b"1", ("node.example", first.port))
        await asyncio.sleep(0.01)
    assert await came.get() == ("first", b"1")
    monkeypatch.setattr(udp, "_NAMES_S", -1.0)
    where += [OSError("no server"), "127.0.0.2"]
    for number in (b"2", b"3", b"4"):
        sender.send(number, ("node.example", first.port))
        await asyncio.sleep(0.01)
        monkeypatch.setattr(udp, "_NAMES_S", -1.0 if where else 60.0)
    assert [await came.get() for _ in range(3)] == [("first", b"2"), ("first", b"3"), ("second", b"4")]
    for one in (first, second, sender):
        one.close()


async def test_only_so_many_hosts_are_remembered(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever comes and goes under ever new names leaves nothing behind; and who is used still is found again."""
    monkeypatch.setattr(udp, "_HOSTS_KEPT", 3)
    asked: list[str] = []

    async def look_up(host: str, *_: Any, **__: Any) -> list[Any]:
        asked.append(host)
        await asyncio.sleep(0.0)
        if host == "nowhere":
            raise OSError("no such name")
        return [(0, 0, 0, "", ("127.0.0.1", 0))]

    one = open_udp("127.0.0.1", 0, lambda *_: None)
    one._loop = _loop_with(asyncio.get_running_loop(), look_up)
    for host in (
        "a",
        "127.0.0.1",
        "b",
        "127.0.0.2",
        "nowhere",
        "c",
        "d",
        "e",
        "a",
    ):  # some are forgotten while looked up
        one.send(b"", (host, 1))
        assert len(one._addresses) <= 3
    while one._resolving:
        await asyncio.wait(one._resolving)
    assert asked == ["a", "b", "nowhere", "c", "d", "e", "a"]
    assert one._addresses == {"d": "127.0.0.1", "e": "127.0.0.1", "a": "127.0.0.1"}
    assert one._looked_up_at.keys() == one._addresses.keys()
    one.close()


def _loop_with(loop: Any, look_up: Any) -> Any:
    """The loop, but for its names: uvloop's class is in C and takes no patches."""
    as_is = {name: staticmethod(getattr(loop, name)) for name in ("time", "create_task", "remove_reader")}
    return type("Loop", (), {"getaddrinfo": staticmethod(look_up), **as_is})()
