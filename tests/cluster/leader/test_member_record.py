"""`MemberRecord`: TaskManagers are let in when they are recorded, in the order in which they came."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from functools import partial
from types import SimpleNamespace
from typing import Any

import msgpack
import pytest

from cluster.election.driver import ElectionUnavailable
from cluster.leader.member_record import MemberRecord


class Pointers:
    """Takes everything."""

    async def put(self, key: str, value: bytes, epoch: int) -> None:
        """See `PointerStore`."""


async def test_who_is_recorded_by_one_write_is_let_in_in_the_order_of_coming() -> None:
    """Not in the order of a set of names, which is another in each process: a seed would be another run in each."""
    writes: list[Callable[[Any], None]] = []
    work: list[Any] = []

    def beside(put: Awaitable[Any], done: Callable[[Any], None], failed: Callable[[BaseException], None]) -> None:
        work.append(put)
        writes.append(done)

    services: Any = SimpleNamespace(pointers=Pointers())
    record = MemberRecord(1, services, beside)
    let_in: list[str] = []
    names = [f"actor://taskmanager@tm{number}:6123/user/taskmanager" for number in range(13)]
    for name in names:  # the first is written at once, and the others together when that is done
        record.add(name, 3.0, partial(let_in.append, name))
    while writes:
        await work.pop(0)
        writes.pop(0)(None)
    assert let_in == names


async def test_what_is_recorded_is_not_known_after_a_write_without_an_answer() -> None:
    """It may have taken effect: who was struck off by it is recorded anew before it gets a task, and nobody else is."""
    writes: list[tuple[Callable[[Any], None], Callable[[BaseException], None]]] = []
    written: list[dict[str, float]] = []

    class Kept(Pointers):
        async def put(self, key: str, value: bytes, epoch: int) -> None:
            written.append(msgpack.unpackb(value))

    def later(put: Any, done: Callable[[Any], None], failed: Callable[[BaseException], None]) -> None:
        with pytest.raises(StopIteration):
            put.send(None)
        writes.append((done, failed))

    services: Any = SimpleNamespace(pointers=Kept())
    record = MemberRecord(1, services, later)
    x, y = (f"actor://taskmanager@tm{number}:6123/user/taskmanager" for number in (1, 2))
    record.found({x: 3.0, y: 3.0})
    record.drop(x)
    writes.pop(0)[1](ElectionUnavailable("no answer"))
    let_in: list[str] = []
    record.add(y, 3.0, partial(let_in.append, y))
    writes.pop(0)[1](ElectionUnavailable("no answer"))
    record.add(x, 3.0, partial(let_in.append, x))
    assert not let_in
    writes.pop(0)[0](None)
    assert let_in == [x]
    assert written == [{y: 3.0}, {y: 3.0}, {x: 3.0, y: 3.0}]


async def test_who_comes_back_while_it_is_struck_off_is_recorded_anew() -> None:
    """It was let in by the record of before, and the next leader would not have waited for it (endings 9121000)."""
    writes: list[Callable[[Any], None]] = []

    def beside(put: Any, done: Callable[[Any], None], failed: Callable[[BaseException], None]) -> None:
        put.close()
        writes.append(done)

    services: Any = SimpleNamespace(pointers=Pointers())
    record = MemberRecord(1, services, beside)
    path = "actor://taskmanager@tm1:6123/user/taskmanager"
    record.found({path: 3.0})
    record.drop(path)
    let_in: list[str] = []
    record.add(path, 3.0, partial(let_in.append, path))
    assert not let_in
    writes.pop(0)(None)
    assert not let_in
    writes.pop(0)(None)
    assert let_in == [path]
