"""Reads `restart-strategy` and its parameters into a strategy of `cluster.model.restart`. Pure.

Its caller is `cluster.config`. Deliberately not here: what a strategy does, and which one applies to a job.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from cluster.configuration import keys as keys
from cluster.configuration.keys import Key
from cluster.model.restart import ExponentialDelay, FailureRate, FixedDelay, NoRestart, RestartStrategy


def read_restart_strategy(
    get: Callable[[Key[Any]], Any], refuse: Callable[[Key[Any], str], None]
) -> RestartStrategy | None:
    """The configured strategy, or `None` when the key is absent.

    Parameters of strategies that were not chosen are read too, so that a mistake in them is told.

    Args:
        get: Reads a key.
        refuse: Complains about a key's value, with words for what is accepted.
    """
    fixed = FixedDelay(attempts=get(keys.FIXED_DELAY_ATTEMPTS), delay_s=get(keys.FIXED_DELAY_DELAY))
    rate = FailureRate(
        max_failures_per_interval=get(keys.FAILURE_RATE_MAX),
        failure_rate_interval_s=get(keys.FAILURE_RATE_INTERVAL),
        delay_s=get(keys.FAILURE_RATE_DELAY),
    )
    longest_s, first_s = get(keys.EXPONENTIAL_MAX), get(keys.EXPONENTIAL_INITIAL)
    if longest_s < first_s:
        refuse(keys.EXPONENTIAL_MAX, f"it must not be shorter than {keys.EXPONENTIAL_INITIAL.name}")
    exponential = ExponentialDelay(
        initial_backoff_s=first_s,
        max_backoff_s=max(first_s, longest_s),
        backoff_multiplier=get(keys.EXPONENTIAL_MULTIPLIER),
        reset_backoff_threshold_s=get(keys.EXPONENTIAL_RESET),
        jitter_factor=get(keys.EXPONENTIAL_JITTER),
        attempts_before_reset_backoff=get(keys.EXPONENTIAL_ATTEMPTS),
    )
    chosen: dict[str | None, RestartStrategy | None] = {
        None: None,
        "none": NoRestart(always=False),
        "off": NoRestart(),
        "disable": NoRestart(),
        "fixed-delay": fixed,
        "failure-rate": rate,
        "exponential-delay": exponential,
    }
    return chosen[get(keys.RESTART_STRATEGY)]
