"""Which tasks restart when some have failed: `region` or `full`. Pure (`flink-ha` 4.7).

The tasks of a job exchange no data here, so each is a region of its own. Deliberately not here: may they restart at
all, and when (`cluster.model.restart_judges`).
"""

from __future__ import annotations

import enum
from collections.abc import Collection


class FailoverStrategy(enum.Enum):
    """The values of `jobmanager.execution.failover-strategy`."""

    REGION = "region"
    """Only the failed tasks."""
    FULL = "full"
    """All tasks of the job."""

    def tasks_to_restart(
        self, failed: Collection[str], tasks: Collection[str], finished_for_good: Collection[str], *, everything: bool
    ) -> set[str]:
        """The ids of the tasks to restart.

        Args:
            failed: Tasks that have failed.
            tasks: All tasks of the job.
            finished_for_good: Tasks whose result is in the checkpoint that will be restored; these never run again.
            everything: A global failure, which restarts all tasks under either strategy.
        """
        if everything or self is FailoverStrategy.FULL:
            return set(tasks) - set(finished_for_good)
        return set(failed)
