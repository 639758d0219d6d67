"""How a job reacts to failures: plain settings. Pure; the Dispatcher takes them from the configuration.

Used by `cluster.model.execution`. Deliberately not here: how often a job may restart (`cluster.model.restart`).
"""

from __future__ import annotations

from dataclasses import dataclass

from cluster.model.failover import FailoverStrategy


@dataclass(frozen=True, slots=True)
class ExecutionSettings:
    """How a job reacts. Times are seconds.

    Attributes:
        failover: Which tasks restart.
        slot_request_timeout_s: Waiting longer for a slot is a failure, which counts.
        resend_s: A command to a TaskManager without an answer is repeated after this time.
        attempts_history: How many failures are remembered.
        attempts_before: Numbers of attempts that may have been used under this leader already.
    """

    failover: FailoverStrategy = FailoverStrategy.REGION
    slot_request_timeout_s: float = 300.0
    resend_s: float = 2.0
    attempts_history: int = 16
    attempts_before: int = 0
