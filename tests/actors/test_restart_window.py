"""How often a child may be restarted, and how long a restart waits: limits, windows, backoff."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from actors import Backoff, Directive, OneForOneStrategy
from actors.supervision import ChildStats
from tests.actors.refs import ref

DAY_S = 86_400.0


def verdicts(strategy: OneForOneStrategy, times: list[float]) -> str:
    """What one child's failures at these times lead to: `r`estart or `s`top."""
    child = ChildStats(ref("child"))
    letters = {Directive.RESTART: "r", Directive.STOP: "s"}
    return "".join(letters[strategy.judge(child, [child], ValueError(), now).directive] for now in times)


def test_no_retries() -> None:
    """S21: with 0 retries the first failure stops, with or without a window."""
    assert verdicts(OneForOneStrategy(0), [1.0]) == "s"
    assert verdicts(OneForOneStrategy(0, 10.0), [1.0, 100.0]) == "ss"


def test_limit_for_a_whole_life() -> None:
    """S22: without a window n failures restart and the next stops, however long the life; the count never decays."""
    times = [0.0, 1.0, 365 * DAY_S, 700 * DAY_S]

    assert verdicts(OneForOneStrategy(3), times) == "rrrs"
    assert verdicts(OneForOneStrategy(3, math.inf), times) == "rrrs"


@pytest.mark.parametrize("limit", [None, -1, -7])
def test_no_limit(limit: int | None) -> None:
    """S23: with no limit and no window a child may fail for ever."""
    assert verdicts(OneForOneStrategy(limit), [float(n) for n in range(100)]) == "r" * 100
    assert verdicts(OneForOneStrategy(limit, math.inf), [0.0] * 100) == "r" * 100


@pytest.mark.parametrize("limit", [None, -1])
def test_no_limit_with_a_window_is_one(limit: int | None) -> None:
    """S24: with a window and no limit one restart in each window is allowed."""
    strategy = OneForOneStrategy(limit, 10.0)

    assert verdicts(strategy, [0.0, 5.0]) == "rs"
    assert verdicts(strategy, [0.0, 10.5, 21.5]) == "rrr"


def test_the_window_is_fixed() -> None:
    """S25: the window opens at a failure and does not slide; the failure after its end opens the next, with count 1."""
    strategy = OneForOneStrategy(2, 10.0)

    # A sliding window would see three failures within ten seconds at 11.0 (4, 9, 11) and stop.
    assert verdicts(strategy, [0.0, 9.0, 11.0, 12.0]) == "rrrr"
    assert verdicts(strategy, [0.0, 9.0, 9.5]) == "rrs"
    assert verdicts(strategy, [0.0, 9.0, 11.0, 12.0, 13.0]) == "rrrrs"


def test_the_end_belongs_to_the_window() -> None:
    """S25: a failure exactly at the window's end still counts in it."""
    assert verdicts(OneForOneStrategy(1, 10.0), [0.0, 10.0]) == "rs"
    assert verdicts(OneForOneStrategy(1, 10.0), [0.0, math.nextafter(10.0, 11.0)]) == "rr"


def test_each_child_has_its_own_count() -> None:
    """S26: failures of one child do not count for another, and a new child of the same name starts at zero."""
    first, second = ChildStats(ref("a", 1)), ChildStats(ref("b", 2))
    strategy = OneForOneStrategy(1, decider=[ValueError])

    assert strategy.judge(first, [first, second], ValueError(), 0.0).directive is Directive.RESTART
    assert strategy.judge(second, [first, second], ValueError(), 0.0).directive is Directive.RESTART
    assert strategy.judge(first, [first, second], ValueError(), 0.0).directive is Directive.STOP

    reborn = ChildStats(ref("a", 3))
    assert strategy.judge(reborn, [reborn, second], ValueError(), 0.0).directive is Directive.RESTART


def test_very_long_windows() -> None:
    """S27: a window of thirty days is thirty days, not for ever and not nothing."""
    window_s = 30 * DAY_S

    assert verdicts(OneForOneStrategy(1, window_s), [0.0, window_s - 1.0]) == "rs"
    assert verdicts(OneForOneStrategy(1, window_s), [0.0, window_s + 1.0]) == "rr"


@given(
    limit=st.one_of(st.none(), st.integers(-2, 4)),
    window_s=st.one_of(st.none(), st.just(math.inf), st.floats(0.0, 20.0)),
    gaps=st.lists(st.floats(0.0, 15.0), max_size=25),
)
def test_the_window_against_a_model(limit: int | None, window_s: float | None, gaps: list[float]) -> None:
    """S21-S25: verdicts are always those of a model that keeps all times and cuts them into windows."""
    times = [sum(gaps[: n + 1]) for n in range(len(gaps))]

    assert verdicts(OneForOneStrategy(limit, window_s), times) == modelled(limit, window_s, times)


def modelled(limit: int | None, window_s: float | None, times: list[float]) -> str:
    """The same from the whole history at once: cut the times into windows, then count inside each."""
    forever = window_s is None or math.isinf(window_s)
    unlimited = limit is None or limit < 0
    if limit == 0:
        return "s" * len(times)
    if forever:
        return "r" * len(times) if unlimited else "".join("r" if n < (limit or 0) else "s" for n in range(len(times)))
    windows: list[list[float]] = []
    for time in times:
        if windows and time - windows[-1][0] <= (window_s or 0.0):
            windows[-1].append(time)
        else:
            windows.append([time])
    allowed = 1 if unlimited else (limit or 0)
    return "".join("r" if n < allowed else "s" for window in windows for n in range(len(window)))


def test_backoff_doubles_up_to_its_cap() -> None:
    """S79: the delay doubles with each restart in a row and stops growing at the cap."""
    backoff = Backoff(min_s=0.5, max_s=10.0, random_factor=0.0)

    assert [backoff.delay_s(n, 0.7) for n in range(7)] == [0.5, 1.0, 2.0, 4.0, 8.0, 10.0, 10.0]
    assert backoff.delay_s(100_000, 0.0) == 10.0


def test_backoff_is_spread() -> None:
    """S79: the delay is stretched by up to the random factor, in proportion to the draw."""
    backoff = Backoff(min_s=1.0, max_s=8.0, random_factor=0.5)

    assert backoff.delay_s(1, 0.0) == 2.0
    assert backoff.delay_s(1, 0.5) == pytest.approx(2.5)
    assert backoff.delay_s(9, 1.0) == pytest.approx(12.0)


def test_quiet_time_is_the_mean_by_default() -> None:
    """S79: counting begins again after a quiet time, by default the mean of the two bounds."""
    assert Backoff(1.0, 9.0).quiet_s == 5.0
    assert Backoff(1.0, 9.0, reset_after_s=0.25).quiet_s == 0.25


def test_backoff_counts_rows_of_failures() -> None:
    """S79: failures in a row lengthen the delay; after a quiet time, counted from the restart, it is short again."""
    strategy = OneForOneStrategy(decider=[ValueError], backoff=Backoff(1.0, 16.0, 0.0, reset_after_s=5.0))
    child = ChildStats(ref("child"))

    def delay_s(now: float) -> float:
        return strategy.judge(child, [child], ValueError(), now).delay_s

    assert [delay_s(0.0), delay_s(1.5), delay_s(4.0)] == [1.0, 2.0, 4.0]
    assert delay_s(4.0 + 4.0 + 5.0) == 8.0, "quiet for exactly the reset time is not yet quiet enough"
    assert delay_s(13.0 + 8.0 + 5.1) == 1.0


def test_only_restarts_wait() -> None:
    """S79: a verdict other than restart has no delay, and does not count for the backoff."""
    strategy = OneForOneStrategy(
        decider={ValueError: Directive.RESTART, KeyError: Directive.RESUME}, backoff=Backoff(1.0, 8.0, 0.0)
    )
    child = ChildStats(ref("child"))

    assert strategy.judge(child, [child], KeyError(), 0.0).delay_s == 0.0
    assert strategy.judge(child, [child], ValueError(), 0.0).delay_s == 1.0


@given(st.floats(0.001, 100.0), st.floats(1.0, 1000.0), st.floats(0.0, 1.0), st.integers(0, 5000), st.floats(0.0, 1.0))
def test_backoff_bounds(min_s: float, times: float, factor: float, restarts: int, draw: float) -> None:
    """S79: no delay is shorter than the minimum or longer than the cap with its whole spread."""
    backoff = Backoff(min_s, min_s * times, factor)
    delay_s = backoff.delay_s(restarts, draw)

    assert min_s <= delay_s <= backoff.max_s * (1.0 + factor)


@pytest.mark.parametrize(
    "values",
    [(0.0, 1.0), (-1.0, 1.0), (2.0, 1.0), (1.0, math.inf), (math.nan, 1.0), (1.0, 2.0, -0.1), (1.0, 2.0, 1.1)],
)
def test_nonsense_is_refused(values: tuple[float, ...]) -> None:
    """S79: a backoff whose bounds or spread make no sense is refused when it is made."""
    with pytest.raises(ValueError):
        Backoff(*values)
