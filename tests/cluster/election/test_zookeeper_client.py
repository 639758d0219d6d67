"""The client of ZooKeeper: what is not answered in time, and what was answered while the loop stood still."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest

from cluster.election.zookeeper.client import Unanswered, ZookeeperClient
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
