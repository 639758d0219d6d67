"""A reader that may take no frame for now still hears who speaks, and lets no more than so much come."""

from __future__ import annotations

from typing import Any, cast

from runtime.remote.reader import HELD_BYTES, TURN_S, Reader


class Held:
    """A reader, what it has told, and what it has taken."""

    def __init__(self, loop: Loop | None = None, *, is_held: bool = True) -> None:
        self.heard = 0
        self.flows: list[bool] = []
        self.taken: list[bytes] = []
        node: Any = cast("Any", type("Node", (), {"loop": loop or Loop(), "dispatcher": Dispatcher()})())
        self.reader = Reader(node, self.hears, self.flows.append, self.taken.append)
        self.reader.is_held = is_held

    def hears(self) -> None:
        """Something came."""
        self.heard += 1

    def let_go(self) -> None:
        """It may take frames again."""
        self.reader.is_held = False
        self.reader.plan()


class Loop:
    """Of which nobody waits for a turn."""

    def call_soon(self, call: Any) -> None:
        """At once."""
        call()

    def time(self) -> float:
        """It stands still."""
        return 0.0


class BusyLoop(Loop):
    """On which each look at the clock takes longer than frames are taken in one turn."""

    def __init__(self) -> None:
        self.planned: list[Any] = []
        self._now = 0.0

    def call_soon(self, call: Any) -> None:
        """In the next turn."""
        self.planned.append(call)

    def time(self) -> float:
        """It moves on."""
        self._now += 2 * TURN_S
        return self._now

    def turn(self) -> None:
        """Do what was planned."""
        planned, self.planned = self.planned, []
        for call in planned:
            call()


class Dispatcher:
    """Holds nothing back."""

    def hold(self) -> bool:
        """See `Dispatcher`."""
        return False


def test_who_has_to_wait_is_heard() -> None:
    """Each time that something comes; and it is taken, in order, when its turn has come."""
    held = Held()
    held.reader.read([b"1"])
    held.reader.read([b"2", b"3"])
    assert (held.heard, held.flows, held.taken) == (2, [], [])
    held.let_go()
    assert (held.flows, held.taken) == ([], [b"1", b"2", b"3"])


def test_who_has_to_wait_may_not_bring_any_amount() -> None:
    """Beyond the limit the peer has to wait; it goes on when all is taken."""
    held = Held()
    held.reader.read([b"x" * HELD_BYTES])
    assert held.flows == []
    held.reader.read([b"y"])
    held.reader.read([b"z"])  # was on its way in the kernel
    assert held.flows == [False]
    held.let_go()
    assert held.flows == [False, True]
    assert held.taken == [b"x" * HELD_BYTES, b"y", b"z"]


def test_a_connection_ends_when_all_that_came_is_taken() -> None:
    """Frames that wait for the next turns are taken before its end is told, one turn after the other (D57)."""
    loop, ends = BusyLoop(), []
    busy = Held(loop, is_held=False)
    busy.reader.read([b"1", b"2", b"3"])
    busy.reader.end(lambda: ends.append(len(busy.taken)))
    assert (busy.taken, busy.flows, ends) == ([b"1"], [False], [])
    loop.turn()
    assert (busy.taken, ends) == ([b"1", b"2"], [])
    loop.turn()
    assert (busy.taken, ends) == ([b"1", b"2", b"3"], [3])
    assert not loop.planned


def test_what_is_dropped_tells_no_end() -> None:
    """Whoever was dropped in the midst of it takes nothing more, and says nothing of the end of the connection."""
    loop, ends = BusyLoop(), []
    busy = Held(loop, is_held=False)
    busy.reader.read([b"1", b"2", b"3"])
    busy.reader.end(lambda: ends.append(len(busy.taken)))
    busy.reader.drop()
    loop.turn()
    assert (busy.taken, ends) == ([b"1"], [])
