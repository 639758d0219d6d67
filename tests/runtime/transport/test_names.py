"""Dials of a name that has several addresses; the sockets are fakes, and time is virtual."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any
from unittest.mock import Mock

import pytest

from runtime.transport import tcp
from runtime.transport.tcp import TcpTransport
from tests.runtime.remote.strangers import Stranger

SILENT, REFUSES, LISTENS = "192.0.2.1", "192.0.2.2", "192.0.2.3"


@pytest.fixture
def dialled(monkeypatch: pytest.MonkeyPatch) -> Callable[..., list[str]]:
    """Gives the name addresses; returns those that were dialled, as it comes to that."""

    def give(*addresses: str) -> list[str]:
        asked: list[str] = []

        async def found(_: str) -> list[str]:
            return list(addresses)

        async def connection(_: Any, address: str, __: int) -> None:
            asked.append(address)
            if address == SILENT:
                await asyncio.sleep(1000.0)
            if address == REFUSES:
                raise ConnectionRefusedError(111, "refused")

        monkeypatch.setattr(tcp, "_addresses", found)
        monkeypatch.setattr(asyncio.get_running_loop(), "create_connection", connection, raising=False)
        return asked

    return give


async def test_an_address_that_does_not_answer_leaves_time_for_the_next(dialled: Callable[..., list[str]]) -> None:
    """Many a name has one that cannot be reached from here: each gets its share of the time."""
    asked = dialled(SILENT, SILENT, REFUSES, LISTENS)
    began = asyncio.get_running_loop().time()
    await TcpTransport().connect("many", 1, Stranger(), 4.0)
    assert asked == [SILENT, SILENT, REFUSES, LISTENS]
    assert asyncio.get_running_loop().time() - began == pytest.approx(2.0)


@pytest.mark.parametrize("addresses", [(SILENT,), (SILENT, REFUSES), (REFUSES, SILENT)])
async def test_who_does_not_answer_somewhere_has_not_refused(
    dialled: Callable[..., list[str]], addresses: tuple[str, ...]
) -> None:
    """A refusal would be a certain death."""
    asked = dialled(*addresses)
    with pytest.raises(TimeoutError, match="many:1 did not answer within 4 s"):
        await TcpTransport().connect("many", 1, Stranger(), 4.0)
    assert asked == list(addresses)


async def test_who_has_connected_too_late_is_let_go_of_and_no_other_is_dialled(
    dialled: Callable[..., list[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its handler has heard of a connection, and would hear of another one."""
    dialled(SILENT, LISTENS)
    asked, transport, stranger = list[str](), Mock(), Stranger()
    transport.get_extra_info.return_value = (SILENT, 1)

    async def connection(protocol: Callable[[], asyncio.Protocol], address: str, _: int) -> None:
        asked.append(address)
        protocol().connection_made(transport)
        await asyncio.sleep(1000.0)

    monkeypatch.setattr(asyncio.get_running_loop(), "create_connection", connection, raising=False)
    with pytest.raises(TimeoutError, match="many:1 did not answer within 4 s"):
        await TcpTransport().connect("many", 1, stranger, 4.0)
    assert asked == [SILENT]
    transport.abort.assert_called_once()
