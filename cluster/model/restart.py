"""What a job may do after a failure: the restart strategies as configuration, and which of them applies. Pure.

Each strategy makes a judge that keeps count (`cluster.model.restart_judges`); the job's execution asks it.
Deliberately not here: the configuration's key names (`cluster.config`), and which tasks restart (`failover`).
"""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, ClassVar

from cluster.model.restart_judges import (
    ExponentialDelayJudge,
    FailureRateJudge,
    FixedDelayJudge,
    NoRestartJudge,
    RestartJudge,
)

UNLIMITED_ATTEMPTS = 2_147_483_647
"""Java's largest int, which Flink shows for "for ever"."""


class RestartStrategy(ABC):
    """Base of the four strategies; immutable configuration."""

    __slots__ = ()
    kind: ClassVar[str]

    @abstractmethod
    def judge(self) -> RestartJudge:
        """A new judge, its counters at their start: each leader makes one, for a leader's death is no job's failure."""

    def to_plain(self) -> dict[str, Any]:
        """As MessagePack values, for the stored job."""
        fields: dict[str, Any] = asdict(self)  # type: ignore[call-overload]
        return {"type": self.kind, **fields}


@dataclass(frozen=True, slots=True)
class NoRestart(RestartStrategy):
    """The first failure is final (`flink-ha` 4.5).

    Attributes:
        always: `False` for the configuration's `none`, which gives way to the automatic choice when checkpointing is
            on; `True` for `off` and `disable`, and for a job that asks for it.
    """

    kind = "none"
    always: bool = True

    def judge(self) -> RestartJudge:
        """See the base class."""
        return NoRestartJudge()


@dataclass(frozen=True, slots=True)
class FixedDelay(RestartStrategy):
    """Restart up to `attempts` times, `delay_s` after each failure. The count never goes down (`flink-ha` 4.2).

    Attributes:
        attempts: Restarts allowed, 0 or more; 3 means four executions.
        delay_s: Seconds, 0 or more.
    """

    kind = "fixed-delay"
    attempts: int = 1
    delay_s: float = 1.0

    def __post_init__(self) -> None:
        _check_count("fixed-delay attempts", self.attempts, at_least=0)
        _check_seconds("fixed-delay delay_s", self.delay_s)

    def judge(self) -> RestartJudge:
        """See the base class."""
        return FixedDelayJudge(self.attempts, self.delay_s)


@dataclass(frozen=True, slots=True)
class FailureRate(RestartStrategy):
    """Restart while no more than so many failures fall into an interval (`flink-ha` 4.3, after FLINK-20752).

    Attributes:
        max_failures_per_interval: Failures tolerated, 1 or more; the next one within the interval is final.
        failure_rate_interval_s: Seconds, more than 0; both ends count as inside.
        delay_s: Seconds, 0 or more.
    """

    kind = "failure-rate"
    max_failures_per_interval: int = 1
    failure_rate_interval_s: float = 60.0
    delay_s: float = 1.0

    def __post_init__(self) -> None:
        _check_count("failure-rate max_failures_per_interval", self.max_failures_per_interval, at_least=1)
        _check_seconds("failure-rate failure_rate_interval_s", self.failure_rate_interval_s, above_zero=True)
        _check_seconds("failure-rate delay_s", self.delay_s)

    def judge(self) -> RestartJudge:
        """See the base class."""
        return FailureRateJudge(self.max_failures_per_interval, self.failure_rate_interval_s, self.delay_s)


@dataclass(frozen=True, slots=True)
class ExponentialDelay(RestartStrategy):
    """Wait longer after each failure, and begin anew after a quiet time (`flink-ha` 4.4, the rule of 1.19).

    Attributes:
        initial_backoff_s: The first delay, seconds, 0.001 or more.
        max_backoff_s: The longest delay, seconds, not below the first.
        backoff_multiplier: More than 1.
        reset_backoff_threshold_s: Quiet seconds, counted from the restart, after which the delay starts over.
        jitter_factor: 0 to 1; the delay is changed by up to this part of itself, either way.
        attempts_before_reset_backoff: Restarts allowed before a quiet time, 1 or more; `None` means any number.
    """

    kind = "exponential-delay"
    initial_backoff_s: float = 1.0
    max_backoff_s: float = 60.0
    backoff_multiplier: float = 1.5
    reset_backoff_threshold_s: float = 3600.0
    jitter_factor: float = 0.1
    attempts_before_reset_backoff: int | None = None

    def __post_init__(self) -> None:
        _check_seconds("exponential-delay initial_backoff_s", self.initial_backoff_s, above_zero=True)
        _check_seconds("exponential-delay max_backoff_s", self.max_backoff_s)
        if self.initial_backoff_s < 0.001:
            raise ValueError(
                f"exponential-delay initial_backoff_s must be 0.001 or more, not {self.initial_backoff_s!r}"
            )
        if self.max_backoff_s < self.initial_backoff_s:
            raise ValueError(
                f"exponential-delay max_backoff_s must not be below initial_backoff_s, "
                f"but {self.max_backoff_s!r} is below {self.initial_backoff_s!r}"
            )
        if not (_is_number(self.backoff_multiplier) and self.backoff_multiplier > 1):
            raise ValueError(
                f"exponential-delay backoff_multiplier must be more than 1, not {self.backoff_multiplier!r}"
            )
        _check_seconds("exponential-delay reset_backoff_threshold_s", self.reset_backoff_threshold_s, above_zero=True)
        if not (_is_number(self.jitter_factor) and 0 <= self.jitter_factor <= 1):
            raise ValueError(f"exponential-delay jitter_factor must be 0 to 1, not {self.jitter_factor!r}")
        if self.attempts_before_reset_backoff is not None:
            _check_count(
                "exponential-delay attempts_before_reset_backoff", self.attempts_before_reset_backoff, at_least=1
            )

    def judge(self) -> RestartJudge:
        """See the base class."""
        return ExponentialDelayJudge(
            initial_backoff_s=self.initial_backoff_s,
            max_backoff_s=self.max_backoff_s,
            backoff_multiplier=self.backoff_multiplier,
            reset_backoff_threshold_s=self.reset_backoff_threshold_s,
            jitter_factor=self.jitter_factor,
            attempts_before_reset_backoff=self.attempts_before_reset_backoff,
        )


_KINDS: dict[str, type[RestartStrategy]] = {
    strategy.kind: strategy for strategy in (NoRestart, FixedDelay, FailureRate, ExponentialDelay)
}


def strategy_from_plain(plain: Mapping[str, Any]) -> RestartStrategy:
    """The strategy that `RestartStrategy.to_plain` described.

    Raises:
        ValueError: If the type or a field is unknown, or a value is out of range.
    """
    fields = dict(plain)
    kind = fields.pop("type", None)
    strategy = _KINDS.get(str(kind))
    if strategy is None:
        raise ValueError(f"unknown restart strategy {kind!r}; known are {', '.join(sorted(_KINDS))}")
    try:
        return strategy(**fields)
    except TypeError as error:
        raise ValueError(f"restart strategy {kind}: {error}") from error


def choose_strategy(
    job: RestartStrategy | None, cluster: RestartStrategy | None, *, checkpointing: bool
) -> RestartStrategy:
    """Which strategy applies: the job's, else the cluster's, else the automatic one.

    Differs from Flink: there an explicit `none` stays none with checkpointing on. Here it becomes fixed-delay without a
    limit, as the reference page says; `off` and `disable` stay.

    Args:
        job: What the job asks for, or `None`.
        cluster: What the configuration says, or `None` if the key is absent.
        checkpointing: Whether the job keeps checkpoints.
    """
    chosen = job if job is not None else cluster
    if chosen is None or (isinstance(chosen, NoRestart) and not chosen.always):
        return FixedDelay(attempts=UNLIMITED_ATTEMPTS, delay_s=1.0) if checkpointing else NoRestart()
    return chosen


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)


def _check_count(what: str, value: object, at_least: int) -> None:
    if isinstance(value, bool) or not isinstance(value, int) or value < at_least:
        raise ValueError(f"{what} must be a whole number of {at_least} or more, not {value!r}")


def _check_seconds(what: str, value: float, *, above_zero: bool = False) -> None:
    if not _is_number(value) or value < 0 or (above_zero and value == 0):
        raise ValueError(f"{what} must be {'more than 0' if above_zero else '0 or more'} seconds, not {value!r}")
