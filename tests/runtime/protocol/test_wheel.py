"""Each peer is due once an interval, and all of them are spread over it."""

from __future__ import annotations

import itertools
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runtime.protocol.wheel import Wheel


def turn(wheel: Wheel[str], until: float) -> list[tuple[float, str, int]]:
    """What a shell that wakes exactly at `next_at` finds due."""
    found = []
    while (at := wheel.next_at()) is not None and at < until - 1e-9:
        found += [(at, peer, number) for peer, number in wheel.due(at)]
    return found


@given(st.floats(0.05, 5.0), st.lists(st.floats(0, 3.0), min_size=1, max_size=20))
def test_each_peer_is_due_once_a_turn_with_rising_numbers(interval: float, pauses: list[float]) -> None:
    """Whenever peers come, each is due at regular intervals, and its numbers are whole turns without a gap."""
    wheel: Wheel[str] = Wheel(interval, 100.0)
    now, first = 100.0, {}
    beats: list[tuple[float, str, int]] = []
    for index, pause in enumerate(pauses):
        beats += turn(wheel, now + pause)
        now += pause
        first[str(index)] = wheel.add(str(index), now)
    beats += turn(wheel, now + 5 * interval)
    for peer in first:
        mine = [(at, number) for at, name, number in beats if name == peer]
        assert len(mine) >= 4
        assert mine[0][1] in (first[peer], first[peer] + 1, first[peer] + 2)
        for (at, number), (later, following) in itertools.pairwise(mine):
            assert following == number + 1
            assert later - at == pytest.approx(interval)


@given(st.floats(0, 1e9), st.floats(0.02, 10.0), st.integers(0, 10**6))
def test_a_slot_is_due_when_it_begins(start: float, interval: float, turns: int) -> None:
    """At the very time of `next_at` something is due, also where floats are coarse: a shell never spins."""
    wheel: Wheel[str] = Wheel(interval, start)
    wheel.add("a", start + turns * interval)
    for _ in range(20):
        at = wheel.next_at()
        assert at is not None
        assert len(wheel.due(at)) == 1


def test_a_thousand_that_come_at_once_are_spread() -> None:
    """Forty of them have a slot in common, and so a wake-up of the loop; no slot has much more than its share."""
    wheel: Wheel[str] = Wheel(1.0, 0.0)
    for index in range(1000):
        wheel.add(str(index), 0.5)
    moments: dict[float, int] = {}
    for at, _, _ in turn(wheel, 1.51):
        moments[at] = moments.get(at, 0) + 1
    assert sum(moments.values()) >= 1000
    assert len(moments) == 25
    assert max(moments.values()) <= 60


def test_one_peer_costs_one_wake_up_a_turn() -> None:
    """Slots that are empty are skipped."""
    wheel: Wheel[str] = Wheel(0.1, 0.0)
    assert wheel.next_at() is None
    assert wheel.add("a", 0.05) == 1
    assert [(round(at, 6), number) for at, _, number in turn(wheel, 0.36)] == [(0.15, 2), (0.25, 3), (0.35, 4)]
    wheel.remove("a")
    wheel.remove("a")
    assert wheel.next_at() is None
    assert len(wheel) == 0


def test_what_was_missed_is_not_made_up_for() -> None:
    """After a stall of ten turns each peer is due once, with the number that the clock says."""
    wheel: Wheel[str] = Wheel(0.1, 0.0)
    chance = random.Random(1)
    for index in range(20):
        wheel.add(str(index), chance.random() * 0.1)
    found = wheel.due(1.0999)
    assert sorted(peer for peer, _ in found) == sorted(map(str, range(20)))
    assert {number for _, number in found} <= {10, 11}
    assert (wheel.next_at() or 0) >= 1.0999


@pytest.mark.parametrize("start", [0.0, 822_619.8, 31_000_000.123])
def test_what_is_next_is_due_then(start: float) -> None:
    """At the moment that `next_at` names something is due, also by a clock that has run for a year."""
    wheel: Wheel[int] = Wheel(0.1, start)
    now = start
    for peer in range(7):
        wheel.add(peer, now)
    for _ in range(200):
        at = wheel.next_at()
        assert at is not None
        assert wheel.due(at)
        now = at
