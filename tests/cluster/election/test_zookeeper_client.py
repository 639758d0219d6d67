"""The client of ZooKeeper: what is not answered in time, and what was answered while the loop stood still."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any
from unittest.mock import AsyncMock, Mock

import pytest
from kazoo.protocol.states import EventType

from cluster.election.driver import ElectionUnavailable
from cluster.election.zookeeper.client import Connected, Disconnected, Expired, Unanswered, ZookeeperClient
from cluster.election.zookeeper.driver import ZookeeperElectionDriver
from cluster.election.zookeeper.settings import ZookeeperSettings


class Client(ZookeeperClient):
    """Over a kazoo that answers when it is told to."""

    def _make(self) -> None:
        self.dropped = 0
        self.answers: list[Callable[[Any], None]] = []
        asked: Any = SimpleNamespace(rawlink=self.answers.append)
        self._kazoo = SimpleNamespace(sync_async=lambda _: asked)
        handler: Any = SimpleNamespace(drop=self._dropped)
        self._handler = handler

    def _dropped(self) -> None:
        self.dropped += 1


@pytest.mark.asyncio
@pytest.mark.parametrize("is_answered", [True, False])
async def test_an_answer_that_came_while_the_loop_stood_still_is_one(
    is_answered: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Timers come first then, with uvloop; the connection is well, and breaking it would suspend a leader."""
    timers = list[Callable[[], object]]()
    client = Client(ZookeeperSettings("zk:1"), lambda _: None)
    client.connected.set()

    def call_later(_: float, call: Callable[..., object], *args: Any) -> Any:
        timers.append(lambda: call(*args))
        return SimpleNamespace(cancel=lambda: None)

    monkeypatch.setattr(client._loop, "call_later", call_later)
    reply = client.sync("/")
    if is_answered:
        client.answers.pop()(SimpleNamespace(exception=None, value="here"))
    timers.pop()()
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    if is_answered:
        assert await reply == "here"
    else:
        with pytest.raises(Unanswered):
            await reply
    assert client.dropped == (not is_answered)


@pytest.mark.asyncio
async def test_a_watch_that_is_set_again_is_the_same() -> None:
    """Kazoo keeps each that it was given until the node changes, or the connection ends: that may be never."""
    client, book = Client(ZookeeperSettings("zk:1"), lambda _: None), set[Callable[[Any], None]]()
    client.connected.set()
    asked: Any = SimpleNamespace(rawlink=lambda _: None)
    client._kazoo.get_async = client._kazoo.exists_async = lambda _, watch: book.add(watch) or asked
    called: list[int] = []
    look = lambda: called.append(1)  # noqa: E731
    for _ in range(3):
        client.get("/info", look)
        client.exists("/info", look)
    (watch,) = book
    watch(SimpleNamespace(type=EventType.NONE))
    watch(SimpleNamespace(type=EventType.CHANGED))
    await asyncio.sleep(0)
    assert called == [1]


@pytest.mark.asyncio
async def test_a_client_that_cannot_be_made_anew_is_made_later(monkeypatch: pytest.MonkeyPatch) -> None:
    """When kazoo has given up just while the files of TLS are replaced; else nobody would ever connect again."""
    client = Client(ZookeeperSettings("zk:1"), lambda _: None)
    former, timers = client._kazoo, list[Callable[[], object]]()

    def call_later(_: float, call: Callable[..., object], *args: Any) -> Any:
        timers.append(lambda: call(*args))

    def fail() -> None:
        raise ElectionUnavailable("no such file")

    monkeypatch.setattr(client._loop, "call_later", call_later)
    monkeypatch.setattr(client, "_let_go", lambda _: None)
    monkeypatch.setattr(client, "_make", fail)
    client._ended(former)
    timers.pop()()
    assert client.last_error == "no such file"
    monkeypatch.undo()
    monkeypatch.setattr(client, "start", lambda: timers.append(lambda: None))
    timers.pop()()
    assert client._kazoo is not former
    assert len(timers) == 1


@pytest.mark.asyncio
async def test_a_close_that_is_broken_off_leaves_no_client() -> None:
    """Kazoo's threads would keep its session alive, and with it the place of a candidate that is none any more."""
    stopped: list[bool] = []

    async def stop(*, gracefully: bool) -> None:
        stopped.append(gracefully)

    asked = asyncio.Event()

    async def multi(*_: Any) -> None:
        asked.set()
        await asyncio.Event().wait()

    client: Any = SimpleNamespace(timeout_s=3.0, start=lambda: None, stop=stop, connected=asyncio.Event(), multi=multi)
    driver = ZookeeperElectionDriver(ZookeeperSettings("zk:1"), connect=lambda *_: client)
    await driver.start(Mock())
    driver._latch.name, driver._latch.connected = "me-latch-0000000001", True
    closing = asyncio.create_task(driver.close())
    await asked.wait()
    closing.cancel()
    with pytest.raises(asyncio.CancelledError):
        await closing
    assert stopped == [True]


class CutOff(Client):
    """Is made, and let go of, and never connected but by the test."""

    def _make(self) -> None:
        super()._make()
        self._kazoo.start_async = lambda: None
        handler: Any = Mock(wire=None)
        self._handler = handler

    def _let_go(self, kazoo: Any) -> Any:
        return None


async def test_a_session_that_no_member_takes_any_more_is_given_up() -> None:
    """An ensemble that was wiped, or restored from a backup, refuses for ever who has seen more than it has."""
    client = CutOff(ZookeeperSettings("zk:1", session_timeout_s=4.0), lambda _: None)
    first = client._kazoo

    async def is_the_same_for(seconds: float) -> bool:
        kazoo = client._kazoo
        await asyncio.sleep(seconds)
        client.drop_if_stuck()
        return client._kazoo is kazoo

    assert await is_the_same_for(100.0)  # it has none yet
    client._heard(first, Connected(1, 4.0, 0.0))
    assert await is_the_same_for(100.0)
    client._heard(first, Disconnected())
    assert await is_the_same_for(19.9)
    client._heard(first, Expired())  # as good as before
    assert not await is_the_same_for(0.2)
    assert await is_the_same_for(100.0)
    client._heard(first, Connected(1, 4.0, 0.0))  # of who was let go of
    assert not client.connected.is_set()


def test_a_driver_without_tasks_is_left_without_a_loop() -> None:
    """As when what uses it is closed where none runs any more. Asking for one would make one, which nobody closes."""
    driver = ZookeeperElectionDriver(ZookeeperSettings("zk1:2181"))
    driver._client = AsyncMock()
    with pytest.raises(StopIteration):
        driver._leave(gracefully=True).send(None)
