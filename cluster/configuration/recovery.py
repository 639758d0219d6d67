"""Reads the keys about recovery: what is kept of jobs, for how long, and what tasks do while nobody leads. Pure.

Its caller is `cluster.config`. Deliberately not here: what the values do (`cluster.leader`, `cluster.store`).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from cluster.configuration import keys as keys
from cluster.configuration.keys import Key
from cluster.model.cleanup import CleanupRetry


@dataclass(frozen=True, slots=True)
class RecoverySettings:
    """What is kept, and what happens meanwhile. Times are seconds.

    Attributes:
        keeps_tasks: Whether tasks go on running when their leader dies, for the next one to adopt.
        task_lease_s: How long tasks run without word from a leader; `None` follows the failure detector.
        storage_timeout_s: After which an operation on the storage directory has failed.
        retains_on_cancel: Whether the checkpoints of a cancelled job stay.
        retains_on_failure: Whether the checkpoints of a failed job stay.
        results_dir: Where results are, if not in the storage directory.
        forgets_results: Whether the results of ended jobs are deleted at last.
        ended_jobs_kept: How many of them are kept at most.
        ended_jobs_kept_s: For how long.
        cleanup: How the cleaning up behind an ended job is repeated.
        worker_failures_per_min: TaskManagers that may end before they register, in a minute, before starts are slowed.
        worker_retry_s: How long starts are slowed then.
        worker_idle_s: How long a TaskManager that the provider has made may have nothing to do.
    """

    keeps_tasks: bool
    task_lease_s: float | None
    storage_timeout_s: float
    retains_on_cancel: bool
    retains_on_failure: bool
    results_dir: str | None
    forgets_results: bool
    ended_jobs_kept: int
    ended_jobs_kept_s: float
    cleanup: CleanupRetry
    worker_failures_per_min: float
    worker_retry_s: float
    worker_idle_s: float


def read_recovery(get: Callable[[Key[Any]], Any], refuse: Callable[[Key[Any], str], None]) -> RecoverySettings:
    """The settings.

    Args:
        get: Reads a key.
        refuse: Complains about a key's value, with words for what is accepted.
    """
    retention = get(keys.RETENTION)
    return RecoverySettings(
        keeps_tasks=get(keys.FAILOVER_TASKS) == "keep",
        task_lease_s=get(keys.TASK_LEASE),
        storage_timeout_s=get(keys.STORAGE_TIMEOUT),
        retains_on_cancel=retention == "retain_on_cancellation",
        retains_on_failure=retention != "no_externalized_checkpoints",
        results_dir=get(keys.RESULTS_DIR),
        forgets_results=get(keys.RESULTS_DELETED) == "true",
        ended_jobs_kept=get(keys.ENDED_JOBS_KEPT),
        ended_jobs_kept_s=get(keys.ENDED_JOBS_KEPT_FOR),
        cleanup=_read_cleanup(get, refuse),
        worker_failures_per_min=get(keys.WORKER_FAILURE_RATE),
        worker_retry_s=get(keys.WORKER_RETRY),
        worker_idle_s=get(keys.WORKER_IDLE),
    )


def _read_cleanup(get: Callable[[Key[Any]], Any], refuse: Callable[[Key[Any], str], None]) -> CleanupRetry:
    """All parameters are read, so that a mistake in those of another strategy is told, too."""
    initial_s, max_s = get(keys.CLEANUP_INITIAL), get(keys.CLEANUP_MAX)
    if max_s < initial_s:
        refuse(keys.CLEANUP_MAX, f"it must not be shorter than {keys.CLEANUP_INITIAL.name}")
    delay_s = get(keys.CLEANUP_FIXED_DELAY)
    choices = {
        "none": CleanupRetry(0.0, 0.0, 0),
        "fixed-delay": CleanupRetry(delay_s, delay_s, get(keys.CLEANUP_FIXED_ATTEMPTS)),
        "exponential-delay": CleanupRetry(initial_s, max_s, get(keys.CLEANUP_ATTEMPTS)),
    }
    return choices[get(keys.CLEANUP_STRATEGY)]
