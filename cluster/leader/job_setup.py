"""From a stored job and the leader's settings to an `Execution` that can start. No I/O and no decisions here.

Used by `cluster.leader.job_master`. Deliberately not here: reading the stored job (`cluster.leader.job_recovery`).
"""

from __future__ import annotations

import random
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from cluster.leader.services import LeaderSettings
from cluster.leader.submissions import digest_of
from cluster.model.checkpoints import CheckpointCoordinator, CheckpointSettings
from cluster.model.execution import Execution
from cluster.model.execution_effects import JobEnded
from cluster.model.execution_settings import ExecutionSettings
from cluster.model.job_description import describe_job
from cluster.model.job_record import JobRecord
from cluster.model.job_result import JobResult
from cluster.model.restart import RestartStrategy, choose_strategy
from cluster.model.vertices import Vertices


@dataclass(frozen=True, slots=True)
class JobSetup:
    """What applies to a job once its own settings and the cluster's are laid over each other.

    Attributes:
        execution: Not started yet.
        strategy: The restart strategy that applies.
        interval_s: The checkpoint interval that applies, or `None`.
    """

    execution: Execution
    strategy: RestartStrategy
    interval_s: float | None

    @classmethod
    def of(
        cls, record: JobRecord, settings: LeaderSettings, randomness: random.Random, attempts_before: int = 0
    ) -> JobSetup:
        """Set a job up; its own settings win over the cluster's.

        Args:
            record: As it is stored.
            settings: The cluster's.
            randomness: For jitter.
            attempts_before: Numbers of attempts that may have been used under this leader.
        """
        interval_s = record.checkpoint_interval_s or settings.checkpoint_interval_s
        strategy = choose_strategy(
            record.restart_strategy, settings.restart_strategy, checkpointing=interval_s is not None
        )
        keeper = None
        if interval_s is not None:
            keeper = CheckpointCoordinator(
                CheckpointSettings(
                    interval_s,
                    settings.checkpoint_timeout_s,
                    settings.checkpoint_min_pause_s,
                    settings.checkpoint_failures_tolerated,
                )
            )
        execution = Execution(
            Vertices.of(record),
            strategy.judge(),
            lambda: randomness.uniform(-1.0, 1.0),
            keeper,
            ExecutionSettings(
                settings.failover_strategy,
                settings.slot_request_timeout_s,
                settings.resend_s,
                settings.attempts_history,
                attempts_before,
            ),
        )
        return cls(execution, strategy, interval_s)

    def describe(
        self, record: JobRecord, progress: Mapping[str, Any], wall_offset_s: float, skipped: Mapping[int, str]
    ) -> dict[str, Any]:
        """Everything about the job, as `describe_job` says, and which checkpoints could not be read."""
        described = describe_job(record, self.execution, self.strategy, self.interval_s, progress, wall_offset_s)
        unread = {str(number): reason for number, reason in skipped.items()}
        return {**described, "checkpoints": {**described["checkpoints"], "skipped": unread}}

    def result(self, record: JobRecord, end: JobEnded, ended_at: float, details: Mapping[str, Any]) -> JobResult:
        """What is stored of a job that has ended.

        Args:
            record: As it is stored.
            end: How it has ended.
            ended_at: Wall time.
            details: As `describe` says.
        """
        return JobResult(
            *(record.job_id, record.name, end.status, end.results, end.reason, record.submitted_at),
            ended_at=ended_at,
            restarts=self.execution.restarts,
            details=details,
            digest=digest_of(record.to_bytes()),
        )
