"""`JobCleaner`: removes what is stored of jobs that have ended, and goes on until it has succeeded. Shell.

A child of the Dispatcher. The result stays, dirty until everything else is gone; a leader that dies in between leaves
the rest to the next one. After Flink's `DispatcherResourceCleaner`, with its exponential retry.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from actors import Actor
from cluster.election.driver import StaleEpoch
from cluster.leader.messages import CleanUp
from cluster.leader.services import LeaderServices

AGAIN_S = 1.0
"""Before the first repetition; doubles each time."""
AGAIN_MAX_S = 3600.0


@dataclass(frozen=True, slots=True)
class _Failed:
    job_id: str
    error: BaseException


class JobCleaner(Actor[Any]):
    """Cleans up under one epoch.

    Args:
        epoch: Of the leader.
        services: What it works with.
    """

    def __init__(self, epoch: int, services: LeaderServices) -> None:
        self._epoch = epoch
        self._services = services
        self._next_s: dict[str, float] = {}

    def receive(self, message: Any) -> None:
        """Handle one message."""
        match message:
            case CleanUp(job_id):
                self.context.pipe_to_self(self._clean(job_id), on_failure=lambda error: _Failed(job_id, error))
            case _Failed(_, StaleEpoch()):
                pass  # the next leader finds the job dirty, and cleans it
            case _Failed(job_id, error):
                wait_s = self._next_s.get(job_id, AGAIN_S)
                self._next_s[job_id] = min(wait_s * 2, AGAIN_MAX_S)
                self.log.warning("an ended job is not clean yet", job=job_id, error=str(error), again_in_s=wait_s)
                self.context.timers.start_single(job_id, CleanUp(job_id), wait_s)
            case _:
                self.unhandled(message)

    async def _clean(self, job_id: str) -> None:
        """May be repeated: what is removed already is no hindrance."""
        await self._services.checkpoints.discard(self._epoch, job_id)
        await self._services.jobs.remove(self._epoch, job_id)
        await self._services.results.mark_clean(self._epoch, job_id)
        self._next_s.pop(job_id, None)
