"""News of deaths wait for what was sent before them."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from runtime.protocol.arrivals import Arrivals


@given(st.lists(st.integers(0, 20)), st.lists(st.one_of(st.integers(0, 3), st.tuples(st.integers(0, 20)))))
def test_what_waits_is_told_in_order_and_when_all_before_it_is_read(positions: list[int], steps: list[object]) -> None:
    """D57: news of two kinds, each with its own positions: none is told early, none late, equal ones in their order."""
    arrivals: Arrivals[tuple[int, int]] = Arrivals(1)
    waiting = [
        (position, number) for number, position in enumerate(positions) if arrivals.hold(position, (position, number))
    ]
    assert [one[0] for one in waiting] == [position for position in positions if position]
    told: list[tuple[int, int]] = []
    for step in steps:
        told += arrivals.count(step) if isinstance(step, int) else arrivals.settle(*step, 0)  # type: ignore[misc]
        arrivals.check()
        assert told == sorted(one for one in waiting if one[0] <= arrivals.read)
    told += arrivals.give_up()
    assert told == sorted(waiting)
