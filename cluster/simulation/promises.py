"""`Promise`: I17, what a restart strategy has promised about one job under one leader. Pure; fed by `checked`.

No task runs again before the delay of its restart is over; a job that may restart so many times fails with the next
failure, and with none before. Counted here anew, from what has happened to the tasks: losses of one outage are one
failure (decision 20), and a failure whose cause was a checkpoint is none. Deliberately not here: the strategies.
"""

from __future__ import annotations

import math
from typing import Any

from cluster.model import execution_effects as do
from cluster.model import execution_events as ev
from cluster.model.execution import Execution
from cluster.model.job import JobStatus
from cluster.model.outage import LASTS_S
from cluster.model.restart_judges import FixedDelayJudge
from runtime.sim.campaign import Record

_ENDING = (JobStatus.FAILING, JobStatus.CANCELLING)


class Promise:
    """That of one job.

    Args:
        execution: The job.
        record: Is told, and raises.
    """

    def __init__(self, execution: Execution, record: Record) -> None:
        self._execution = execution
        self._record = record
        self._not_before: dict[str, float] = {}
        self._failures = 0
        self._in_doubt = 0
        self._outage_until = -math.inf
        self._before: tuple[int, JobStatus, dict[str, int]] = (0, JobStatus.INITIALIZING, {})

    def before(self) -> None:
        """An event comes."""
        one = self._execution
        attempts = {vertex.task_id: vertex.attempt for vertex in one.vertices}
        self._before = (one.history.count, one.status, attempts)

    def after(self, event: ev.Event, effects: list[Any], now: float) -> None:
        """It has been taken."""
        one = self._execution
        failed, status, attempts = self._before
        for vertex in one.vertices:
            if vertex.attempt > attempts[vertex.task_id] and not vertex.adopted:
                due = self._not_before.pop(vertex.task_id, -math.inf)
                text = f"{vertex.task_id} runs again {due - now:.3f} s before the delay of its restart is over"
                self._record.require(now >= due, "I17", text)
        for effect in effects:
            if isinstance(effect, do.ScheduleRestart):
                tasks = (
                    one.pending._restarts[effect.restart_id].tasks if effect.restart_id in one.pending._restarts else ()
                )
                self._not_before |= dict.fromkeys(tasks, now + effect.delay_s)
            elif isinstance(effect, do.AllRunning):
                self._outage_until = -math.inf
        if status not in _ENDING:
            self._count(event, one.history.count - failed, now)
            self._judge()

    def _count(self, event: ev.Event, failures: int, now: float) -> None:
        if isinstance(event, ev.CheckpointFound):
            self._in_doubt += failures
        elif not isinstance(event, ev.TaskManagerLost):
            self._failures += failures
        elif failures and now >= self._outage_until:
            self._failures += 1
            self._outage_until = now + LASTS_S

    def _judge(self) -> None:
        one, judge = self._execution, self._execution._verdicts._judge
        if not isinstance(judge, FixedDelayJudge):
            return
        gives_up = one.status in (JobStatus.FAILING, JobStatus.FAILED) and "suppressed by FixedDelay" in one.reason
        text = f"{self._failures} failures (and {self._in_doubt} in doubt) of {judge._attempts} that may be"
        self._record.require(
            not gives_up or self._failures + self._in_doubt > judge._attempts, "I17", f"a job fails after {text}"
        )
        if one.status in _ENDING or one.status.is_globally_terminal:
            return
        self._record.require(self._failures <= judge._attempts, "I17", f"a job goes on after {text}")
        counted = self._failures <= one.restarts <= self._failures + self._in_doubt
        self._record.require(counted, "I17", f"{one.restarts} restarts are counted after {text}")
