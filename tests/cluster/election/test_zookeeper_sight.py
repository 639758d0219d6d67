"""Whom a process takes for the leader when its connection goes in the moment of an answer."""

from __future__ import annotations

import asyncio
from types import SimpleNamespace
from typing import Any

import pytest

from cluster.election.driver import LeaderInfo
from cluster.election.zookeeper.sight import LeaderWatch

TIMEOUT_S = 3.0
INFO = LeaderInfo(1, "a", "b", "c")


class Client:
    """Answers when it is told to."""

    def __init__(self) -> None:
        self.connected, self.timeout_s = asyncio.Event(), TIMEOUT_S
        self.replies: list[asyncio.Future[Any]] = []

    def _ask(self, *_: object) -> asyncio.Future[Any]:
        self.replies.append(asyncio.get_running_loop().create_future())
        return self.replies[-1]

    get = exists = sync = _ask

    async def answer(self, *results: object) -> None:
        """All that was asked, and let it be heard."""
        replies, self.replies = self.replies, []
        for reply, result in zip(replies, results, strict=True):
            reply.set_result(result)


@pytest.mark.asyncio
async def test_an_answer_that_is_heard_after_its_connection_has_gone_is_trusted_for_a_while_only() -> None:
    """FLINK-18677: else who was seen last would be trusted until there is another connection, however long that is."""
    client, shown, now = Client(), list[LeaderInfo | None](), 10.0
    tasks: list[asyncio.Task[None]] = []
    spawn = lambda work: tasks.append(asyncio.create_task(work))  # noqa: E731
    watch = LeaderWatch(client, "/info", lambda: now, shown.append, pytest.fail, spawn)  # type: ignore[arg-type]
    client.connected.set()
    watch.connected()
    await asyncio.sleep(0)
    await client.answer(None)  # it is up to date
    while len(client.replies) < 2:  # noqa: ASYNC110 - some turns
        await asyncio.sleep(0)
    await client.answer((INFO.to_bytes(), SimpleNamespace()), SimpleNamespace())
    client.connected.clear()
    watch.suspended()
    await asyncio.gather(*tasks)
    assert shown == [INFO]
    now += TIMEOUT_S
    watch.tick()
    assert shown == [INFO, None]


@pytest.mark.asyncio
async def test_another_connection_is_brought_up_to_date_though_an_answer_of_the_former_is_heard_beside_it() -> None:
    """The loop was held up: the answer, the end of its connection and the next one came meanwhile."""
    client, shown = Client(), list[LeaderInfo | None]()
    asked: list[str] = []
    for name in ("get", "exists", "sync"):
        setattr(client, name, lambda *_, name=name: asked.append(name) or client._ask())
    tasks: list[asyncio.Task[None]] = []
    spawn = lambda work: tasks.append(asyncio.create_task(work))  # noqa: E731
    watch = LeaderWatch(client, "/info", lambda: 10.0, shown.append, pytest.fail, spawn)  # type: ignore[arg-type]
    client.connected.set()
    watch.connected()
    await asyncio.sleep(0)
    await client.answer(None)
    watch.suspended()
    watch.connected()
    while len(client.replies) < 2:  # noqa: ASYNC110 - some turns
        await asyncio.sleep(0)
    await client.answer((INFO.to_bytes(), SimpleNamespace()), SimpleNamespace())
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    assert asked == ["sync", "get", "exists", "sync"]
    for task in tasks:
        task.cancel()
