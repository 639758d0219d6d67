"""`JobCleaner`: removes what is stored of jobs that have ended, and goes on until it has succeeded. Shell.

A child of the Dispatcher. The result stays, dirty until everything else is gone; a leader that dies in between leaves
the rest to the next one. When it is repeated: `cluster.model.cleanup`. After Flink's `DispatcherResourceCleaner`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from cluster.election.driver import StaleEpoch
from cluster.leader.messages import CleanUp, JobCleaned
from cluster.leader.services import LeaderServices
from cluster.leader.under_epoch import UnderEpoch


@dataclass(frozen=True, slots=True)
class _Cleaned:
    job_id: str


@dataclass(frozen=True, slots=True)
class _Failed:
    order: CleanUp
    error: BaseException


class JobCleaner(UnderEpoch):
    """Cleans up under one epoch.

    Args:
        epoch: Of the leader.
        services: What it works with.
    """

    def __init__(self, epoch: int, services: LeaderServices) -> None:
        self._epoch = epoch
        self._services = services
        self._failures: dict[str, int] = {}

    def receive(self, message: Any) -> None:
        """Handle one message."""
        match message:
            case CleanUp(job_id, retain):
                self.context.pipe_to_self(
                    self._clean(job_id, retain=retain),
                    on_success=lambda _: _Cleaned(job_id),
                    on_failure=lambda error: _Failed(message, error),
                )
            case _Cleaned(job_id):
                self._failures.pop(job_id, None)
                self.context.parent.tell(JobCleaned(job_id), self.ref)
            case _Failed(_, StaleEpoch()):
                pass  # the next leader finds the job dirty, and cleans it
            case _Failed(order, error):
                self._again(order, error)
            case _:
                self.unhandled(message)

    def _again(self, order: CleanUp, error: BaseException) -> None:
        job_id = order.job_id
        failures = self._failures[job_id] = self._failures.get(job_id, 0) + 1
        wait_s = self._services.settings.cleanup.wait_s(failures)
        if wait_s is None:  # FLINK-26652: said loudly; the result stays dirty, so that the next leader begins again
            self.log.error("an ended job is not clean, and is left so", job=job_id, error=str(error), tries=failures)
            return
        self.log.warning("an ended job is not clean yet", job=job_id, error=str(error), again_in_s=wait_s)
        self.context.timers.start_single(job_id, order, wait_s)

    async def _clean(self, job_id: str, *, retain: bool) -> None:
        """May be repeated: what is removed already is no hindrance."""
        await self._services.checkpoints.discard(self._epoch, job_id, retain=retain)
        await self._services.jobs.remove(self._epoch, job_id)
        await self._services.results.mark_clean(self._epoch, job_id)
