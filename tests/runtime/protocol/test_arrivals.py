"""News of deaths wait for what was sent before them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runtime.protocol.arrivals import Arrivals, Room


@given(st.lists(st.integers(0, 20)), st.lists(st.one_of(st.integers(0, 3), st.tuples(st.integers(0, 20)))))
def test_what_waits_is_told_in_order_and_when_all_before_it_is_read(positions: list[int], steps: list[object]) -> None:
    """D57: news of two kinds, each with its own positions: none is told early, none late, equal ones in their order."""
    arrivals: Arrivals[tuple[int, int]] = Arrivals(1, Room(100, 100))
    waiting = [
        (position, number)
        for number, position in enumerate(positions)
        if arrivals.hold(position, (position, number), 1)
    ]
    assert [one[0] for one in waiting] == [position for position in positions if position]
    told: list[tuple[int, int]] = []
    for step in steps:
        told += arrivals.count(step) if isinstance(step, int) else arrivals.settle(*step, 0)  # type: ignore[misc]
        arrivals.check()
        assert told == sorted(one for one in waiting if one[0] <= arrivals.read)
    told += arrivals.give_up()
    assert told == sorted(waiting)


@pytest.mark.parametrize(("room", "most"), [(Room(2, 100), 2), (Room(100, 9), 3), (Room(100, 1), 1)])
def test_what_waits_has_a_bound(room: Room, most: int) -> None:
    """One may wait whatever its size; what need not wait is taken at any time; what was told makes room."""
    arrivals: Arrivals[int] = Arrivals(1, room)
    kept = 0
    while not arrivals.lacks_room(5 + kept, 3):
        arrivals.hold(5 + kept, kept, 3)
        kept += 1
        arrivals.check()
    assert kept == most
    arrivals.count(4)
    assert not arrivals.lacks_room(4, 1000)
    assert arrivals.count(1) == [0]
    assert arrivals.lacks_room(9, 1000) is (most > 1)
    assert arrivals.give_up() == list(range(1, most))
    assert not arrivals.lacks_room(9, 1000)
