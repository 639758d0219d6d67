"""What the ensemble answers with an error although the connection is well is asked for again."""

from __future__ import annotations

import asyncio
from typing import Any
from unittest.mock import AsyncMock

import pytest
from kazoo.exceptions import BadVersionError, NoAuthError, NodeExistsError, NoNodeError, OperationTimeoutError

from cluster.election.driver import LeaderInfo
from cluster.election.zookeeper import sight
from cluster.election.zookeeper.client import Unanswered
from cluster.election.zookeeper.layout import Layout
from cluster.election.zookeeper.sight import LeaderWatch
from cluster.election.zookeeper.steps import OfficeSteps
from cluster.election.zookeeper.transaction import Op, Refused
from cluster.election.zookeeper.watches import LatchWatches
from cluster.model.latch_effects import Remove

LAYOUT = Layout("/flink", "/default")


class Client:
    """Answers each question with the next of some results."""

    timeout_s = 3.0
    acl = None

    def __init__(self, *results: object) -> None:
        self.connected = asyncio.Event()
        self.connected.set()
        self.results = list(results)
        self.written: list[tuple[Op, ...]] = []

    def _ask(self, *_: object) -> asyncio.Future[Any]:
        reply, result = asyncio.get_running_loop().create_future(), self.results.pop(0)
        if isinstance(result, Exception):
            reply.set_exception(result)
        else:
            reply.set_result(result)
        return reply

    get = exists = sync = _ask

    async def multi(self, *ops: Op) -> list[Any]:
        """A transaction."""
        self.written.append(ops)
        return list(await self._ask())


@pytest.mark.asyncio
async def test_who_is_shown_is_read_again(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing is watched yet, and the connection does not end: nobody else would look again, ever."""
    monkeypatch.setattr(sight, "AGAIN_S", 0.0)
    info, failed, shown = LeaderInfo(1, "a", "b", "c"), list[Exception](), list[LeaderInfo | None]()
    client: Any = Client(None, OperationTimeoutError(), OperationTimeoutError(), (info.to_bytes(), None), object())
    tasks: list[asyncio.Task[None]] = []
    spawn = lambda work: tasks.append(asyncio.create_task(work))  # noqa: E731 - as a driver does
    watch = LeaderWatch(client, LAYOUT.info, lambda: 0.0, shown.append, failed.append, spawn)
    watch.connected()
    while len(tasks) < 2 or not all(task.done() for task in tasks):  # noqa: ASYNC110 - some turns
        await asyncio.sleep(0)
    assert [type(error) for error in failed] == [OperationTimeoutError]
    assert shown == [info]


@pytest.mark.asyncio
async def test_a_node_that_could_not_be_watched_is_not_watched() -> None:
    """So the next look watches it; a node whose connection is gone is watched by the next connection."""
    failed = list[Exception]()
    client: Any = Client(OperationTimeoutError(), Unanswered())
    watches = LatchWatches(client, LAYOUT, pytest.fail, failed.append)
    await watches.watch("one")
    assert not watches.names
    assert [type(error) for error in failed] == [OperationTimeoutError]
    await watches.watch("other")
    assert len(failed) == 1


@pytest.mark.asyncio
async def test_a_leader_that_may_not_be_shown_hears_why() -> None:
    """It is neither shown, nor has it lost its office; and that somebody else was faster is no reason to give up."""
    info = LeaderInfo(1, "a", "b", "c")
    client: Any = Client(Refused(2, NoAuthError()))
    with pytest.raises(Refused, match="NoAuthError"):
        await OfficeSteps(client, LAYOUT, "n").publish(info, "n-latch-0000000001", 7)
    client = Client(Refused(2, NodeExistsError()), Refused(2, NoNodeError()))
    with pytest.raises(Unanswered):
        await OfficeSteps(client, LAYOUT, "n").publish(info, "n-latch-0000000001", 7)
    client = Client(Refused(1, BadVersionError()))
    assert not await OfficeSteps(client, LAYOUT, "n").publish(info, "n-latch-0000000001", 7)


@pytest.mark.asyncio
async def test_a_node_that_one_may_not_remove_is_not_taken_for_removed() -> None:
    """Only who is gone already needs no removal; an office that is shown by nobody is given back all the same."""
    client: Any = Client(Refused(2, NoNodeError()), Refused(0, NoAuthError()))
    with pytest.raises(Refused):
        await OfficeSteps(client, LAYOUT, "n").remove(Remove("n-latch-0000000001", 3, 7))
    assert [len(ops) for ops in client.written] == [3, 4]
    client = Client(Refused(2, NoNodeError()), Refused(2, NodeExistsError()), ())  # shown in between
    await OfficeSteps(client, LAYOUT, "n").remove(Remove("n-latch-0000000001", 3, 7))
    assert [len(ops) for ops in client.written] == [3, 4, 3]
    client = Client(Refused(0, NoNodeError()))
    await OfficeSteps(client, LAYOUT, "n").remove(Remove("n-latch-0000000001"))
    assert len(client.written) == 1


@pytest.mark.asyncio
async def test_a_record_that_one_may_not_make_is_told() -> None:
    """It would be looked for again and again, as fast as the ensemble answers; nobody would lead, or know why."""
    client: Any = Client()
    client.get = AsyncMock(side_effect=NoNodeError())
    client.children = AsyncMock(return_value=[])
    client.exists = AsyncMock(side_effect=lambda path: None if path == LAYOUT.record else object())
    client.multi = AsyncMock(side_effect=Refused(0, NoAuthError()))
    with pytest.raises(NoAuthError):
        await OfficeSteps(client, LAYOUT, "n").survey()


@pytest.mark.asyncio
async def test_a_leader_that_cannot_be_read_is_not_whom_we_know() -> None:
    """Another release may have shown it: whoever was seen before leads no more, and it is not asked again and again."""
    info, failed, shown = LeaderInfo(1, "a", "b", "c"), list[Exception](), list[LeaderInfo | None]()
    client: Any = Client(None, (info.to_bytes(), None), object(), (b"of another release", None), object())
    spawned: list[Any] = []
    watch = LeaderWatch(client, LAYOUT.info, lambda: 0.0, shown.append, failed.append, spawned.append)
    watch.connected()
    await spawned.pop()
    watch.look()
    await spawned.pop()
    assert shown == [info, None]
    assert [type(error) for error in failed] == [ValueError]
    assert not spawned
