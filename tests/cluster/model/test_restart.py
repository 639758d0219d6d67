"""The restart strategies, rule by rule (`flink-ha` section 4)."""

from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cluster.model.restart import (
    UNLIMITED_ATTEMPTS,
    ExponentialDelay,
    FailureRate,
    FixedDelay,
    NoRestart,
    RestartStrategy,
    choose_strategy,
    strategy_from_plain,
)
from cluster.model.restart_judges import GiveUp, Restart

ALL = [NoRestart(), NoRestart(always=False), FixedDelay(3, 10.0), FailureRate(2, 30.0, 0.5), ExponentialDelay()]


def test_fixed_delay_allows_exactly_its_attempts() -> None:
    """S25: attempts 3 means three restarts, 10 s each, and the fourth failure is final."""
    judge = FixedDelay(attempts=3, delay_s=10.0).judge()
    assert [judge.on_failure(float(t), 0.0) for t in range(3)] == [Restart(10.0)] * 3
    verdict = judge.on_failure(3.0, 0.0)
    assert verdict == GiveUp("Recovery is suppressed by FixedDelay(attempts=3, delay_s=10)")


def test_fixed_delay_of_zero_attempts_never_restarts() -> None:
    """4.2: attempts 0 is never."""
    assert isinstance(FixedDelay(attempts=0).judge().on_failure(0.0, 0.0), GiveUp)


def test_fixed_delay_never_forgets() -> None:
    """4.2: the counter does not go down, even after months of healthy running."""
    judge = FixedDelay(attempts=1, delay_s=0.0).judge()
    assert isinstance(judge.on_failure(0.0, 0.0), Restart)
    assert isinstance(judge.on_failure(1e9, 0.0), GiveUp)


def test_failure_rate_tolerates_its_number_and_not_one_more() -> None:
    """4.3: the (N+1)-th failure within the interval is final (FLINK-20752: not the N-th)."""
    judge = FailureRate(2, 60.0, 1.0).judge()
    assert judge.on_failure(0.0, 0.0) == Restart(1.0)
    assert judge.on_failure(1.0, 0.0) == Restart(1.0)
    verdict = judge.on_failure(2.0, 0.0)
    assert isinstance(verdict, GiveUp)
    assert verdict.reason.startswith("Recovery is suppressed by FailureRate(max_failures_per_interval=2")


@pytest.mark.parametrize(("gap_s", "restarts"), [(60.0, False), (60.001, True)])
def test_failure_rate_counts_both_ends_of_the_interval(gap_s: float, restarts: bool) -> None:
    """4.3: exactly one interval apart still counts as inside."""
    judge = FailureRate(1, 60.0, 1.0).judge()
    judge.on_failure(0.0, 0.0)
    assert isinstance(judge.on_failure(gap_s, 0.0), Restart) is restarts


@given(st.lists(st.floats(0, 100), min_size=1, max_size=40), st.integers(1, 5), st.floats(0.1, 30))
def test_failure_rate_gives_up_exactly_when_one_more_fits(gaps: list[float], limit: int, interval_s: float) -> None:
    """4.3: it gives up at the first failure whose N-th predecessor is not more than the interval ago."""
    judge = FailureRate(limit, interval_s, 0.0).judge()
    times: list[float] = []
    for gap in gaps:
        times.append((times[-1] if times else 0.0) + gap)
        over = len(times) > limit and times[-1] - times[-1 - limit] <= interval_s
        assert isinstance(judge.on_failure(times[-1], 0.0), GiveUp) is over


def test_exponential_delays_are_those_of_the_defaults() -> None:
    """4.4: about 1, 1.5, 2.3, 3.4, 5.1, 7.6, 11, 17, 26, 38, 58, 60, 60 s."""
    judge = ExponentialDelay().judge()
    now, delays = 0.0, []
    for _ in range(13):
        verdict = judge.on_failure(now, 0.0)
        assert isinstance(verdict, Restart)
        delays.append(verdict.delay_s)
        now += verdict.delay_s + 0.001
    expected = [1, 1.5, 2.25, 3.375, 5.0625, 7.59, 11.39, 17.09, 25.63, 38.44, 57.67, 60, 60]
    assert delays == pytest.approx(expected, rel=1e-3)


def test_exponential_merges_failures_before_the_restart() -> None:
    """4.4: a failure at or before the next restart joins it; the counters do not move."""
    judge = ExponentialDelay(initial_backoff_s=2.0, attempts_before_reset_backoff=1).judge()
    assert judge.on_failure(10.0, 0.0) == Restart(2.0)
    assert judge.on_failure(11.5, 0.0) == Restart(0.5, merged=True)
    assert judge.on_failure(12.0, 0.0) == Restart(0.0, merged=True)
    assert isinstance(judge.on_failure(12.1, 0.0), GiveUp)


def test_exponential_gives_up_after_its_attempts() -> None:
    """4.4: allowed while a <= attempts-before-reset-backoff."""
    judge = ExponentialDelay(1.0, 60.0, 2.0, attempts_before_reset_backoff=2).judge()
    assert [type(judge.on_failure(t, 0.0)) for t in (0.0, 10.0, 20.0)] == [Restart, Restart, GiveUp]


@pytest.mark.parametrize(("quiet_s", "delay_s"), [(99.999, 2.0), (100.0, 1.0)])
def test_exponential_starts_over_after_quiet(quiet_s: float, delay_s: float) -> None:
    """4.4: the quiet time counts from the moment of the restart, and reaching the threshold is enough."""
    judge = ExponentialDelay(1.0, 60.0, 2.0, reset_backoff_threshold_s=100.0).judge()
    judge.on_failure(0.0, 0.0)
    assert judge.on_failure(1.0 + quiet_s, 0.0) == Restart(delay_s)


@given(st.floats(-1, 1), st.integers(1, 3000), st.floats(0, 1))
def test_exponential_delay_stays_in_its_bounds(jitter: float, failures: int, factor: float) -> None:
    """4.4: with any jitter and after any number of failures the delay is within [initial, max]."""
    judge = ExponentialDelay(1.0, 50.0, 3.0, reset_backoff_threshold_s=1e9, jitter_factor=factor).judge()
    now = 0.0
    for _ in range(min(failures, 2000)):
        verdict = judge.on_failure(now, jitter)
        assert isinstance(verdict, Restart)
        assert 1.0 <= verdict.delay_s <= 50.0
        now += verdict.delay_s + 0.5


def test_exponential_jitter_moves_the_delay_by_its_factor() -> None:
    """4.4: jitter changes the delay by up to its factor, either way."""
    strategy = ExponentialDelay(10.0, 1000.0, 2.0, jitter_factor=0.1)
    for jitter, expected in ((1.0, 22.0), (-1.0, 18.0)):
        judge = strategy.judge()
        judge.on_failure(0.0, 0.0)
        verdict = judge.on_failure(50.0, jitter)
        assert isinstance(verdict, Restart)
        assert verdict.delay_s == pytest.approx(expected)


def test_none_makes_the_first_failure_final() -> None:
    """4.5: no restart."""
    assert NoRestart().judge().on_failure(0.0, 0.0) == GiveUp("Recovery is suppressed by NoRestart")


@pytest.mark.parametrize(
    ("job", "cluster", "checkpointing", "expected"),
    [
        (None, None, False, NoRestart()),
        (None, None, True, FixedDelay(UNLIMITED_ATTEMPTS, 1.0)),
        (None, NoRestart(always=False), False, NoRestart()),
        (None, NoRestart(always=False), True, FixedDelay(UNLIMITED_ATTEMPTS, 1.0)),
        (None, NoRestart(), True, NoRestart()),
        (None, FixedDelay(3, 10.0), True, FixedDelay(3, 10.0)),
        (None, FixedDelay(3, 10.0), False, FixedDelay(3, 10.0)),
        (FixedDelay(1), FailureRate(), True, FixedDelay(1)),
        (NoRestart(), FailureRate(), True, NoRestart()),
        (ExponentialDelay(), None, False, ExponentialDelay()),
    ],
)
def test_choice(
    job: RestartStrategy | None, cluster: RestartStrategy | None, checkpointing: bool, expected: RestartStrategy
) -> None:
    """S24: the job's, else the cluster's, else the automatic one; `none` gives way to checkpointing, `off` does not."""
    assert choose_strategy(job, cluster, checkpointing=checkpointing) == expected


@pytest.mark.parametrize("strategy", ALL, ids=str)
def test_plain_form_comes_back(strategy: RestartStrategy) -> None:
    """A strategy stored with its job is the same after reading."""
    assert strategy_from_plain(strategy.to_plain()) == strategy


@pytest.mark.parametrize("plain", [{"type": "sometimes"}, {}, {"type": "fixed-delay", "tries": 3}])
def test_unknown_plain_form_is_refused(plain: dict[str, object]) -> None:
    """What is no strategy is refused by name."""
    with pytest.raises(ValueError, match="restart strategy"):
        strategy_from_plain(plain)


@pytest.mark.parametrize(
    ("make", "text"),
    [
        (lambda: FixedDelay(-1), "attempts must be a whole number of 0 or more, not -1"),
        (lambda: FixedDelay(1, -0.1), "delay_s must be 0 or more"),
        (lambda: FixedDelay(1, float("nan")), "delay_s must be 0 or more"),
        (lambda: FailureRate(0), "max_failures_per_interval must be a whole number of 1 or more"),
        (lambda: FailureRate(1, 0.0), "failure_rate_interval_s must be more than 0"),
        (lambda: FailureRate(1, 1.0, -1.0), "delay_s must be 0 or more"),
        (lambda: ExponentialDelay(0.0), "initial_backoff_s must be more than 0"),
        (lambda: ExponentialDelay(0.0001), "initial_backoff_s must be 0.001 or more"),
        (lambda: ExponentialDelay(2.0, 1.0), "max_backoff_s must not be below"),
        (lambda: ExponentialDelay(backoff_multiplier=1.0), "backoff_multiplier must be more than 1"),
        (lambda: ExponentialDelay(reset_backoff_threshold_s=0.0), "reset_backoff_threshold_s must be more than 0"),
        (lambda: ExponentialDelay(jitter_factor=1.1), "jitter_factor must be 0 to 1"),
        (lambda: ExponentialDelay(attempts_before_reset_backoff=0), "attempts_before_reset_backoff must be"),
    ],
)
def test_bad_values_are_named(make: object, text: str) -> None:
    """Each value out of range is refused with its name and what is accepted."""
    assert callable(make)
    with pytest.raises(ValueError, match=text):
        make()


def test_a_strategy_makes_a_new_judge_each_time() -> None:
    """4.6: a new leader counts from the start."""
    strategy = FixedDelay(1, 0.0)
    for _ in range(3):
        assert isinstance(strategy.judge().on_failure(0.0, random.Random(1).uniform(-1, 1)), Restart)
