"""The first few lines of a kind, then silence, then the count."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from runtime.repetition import Line, Repetition, Repetitions


def test_the_first_few_then_silence_then_the_count() -> None:
    """A10: ten lines, the tenth says that silence falls, and the first after five minutes how many were skipped."""
    repetition = Repetition(10, 300.0)
    lines = [repetition.next(float(second)) for second in range(300)]
    assert lines[:10] == [Line(0, is_last=False)] * 9 + [Line(0, is_last=True)]
    assert lines[10:] == [None] * 290

    assert repetition.next(308.9) is None
    assert repetition.next(309.0) == Line(291, is_last=False)
    assert [repetition.next(310.0) for _ in range(10)] == [Line(0, is_last=False)] * 8 + [Line(0, is_last=True), None]


def test_none_at_all() -> None:
    """A10: with 0 nothing is logged, ever."""
    repetition = Repetition(0, 300.0)
    assert [repetition.next(time) for time in (0.0, 300.0, 1e9)] == [None] * 3
    assert repetition.skipped == 3


def test_kinds_are_counted_for_themselves() -> None:
    """One kind's silence is not that of another, and the kind that was new longest ago is forgotten."""
    repetitions = Repetitions(1, 300.0, kinds=2)
    assert [repetitions.next(kind, 0.0) for kind in "abab"] == [Line(0, is_last=True)] * 2 + [None] * 2
    assert repetitions.skipped == 2
    assert repetitions.next("c", 0.0) == Line(0, is_last=True)
    assert repetitions.next("a", 0.0) == Line(0, is_last=True), "forgotten"


@given(st.integers(1, 5), st.floats(0.1, 10.0), st.lists(st.floats(0.0, 3.0), max_size=100))
def test_each_line_is_logged_or_counted(first: int, silence_s: float, gaps: list[float]) -> None:
    """However lines come, each is logged or counted exactly once."""
    repetition, now, logged, counted = Repetition(first, silence_s), 0.0, 0, 0
    for gap in gaps:
        now += gap
        line = repetition.next(now)
        if line is not None:
            logged += 1
            counted += line.skipped

    assert logged + counted + repetition.skipped == len(gaps)
