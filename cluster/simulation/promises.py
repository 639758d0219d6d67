"""`Promise`: I17, what a restart strategy has promised about one job under one leader. Pure; fed by `checked`.

No task runs again before the delay of its restart is over; a job that may restart so many times fails with the next
failure, and with none before. Counted here anew, from what has happened to the tasks: losses of one outage are one
failure (decision 20), and so are those that had come before this leader (decision 57); a failure whose cause was a
checkpoint is none, nor is an end that a former leader wanted. And what one leader tries again uses no number of an
attempt that it may have used before (I7). Deliberately not here: the strategies.
"""

from __future__ import annotations

import math
from typing import Any

from cluster.model import execution_effects as do
from cluster.model import execution_events as ev
from cluster.model.execution import Execution
from cluster.model.job import JobStatus
from cluster.model.job_record import JobRecord
from cluster.model.outage import LASTS_S
from cluster.model.restart_judges import FixedDelayJudge
from cluster.model.vertex import TaskState
from cluster.simulation.owed import Delay, Owed, keeps
from runtime.sim.campaign import Record

EARLY_S = 0.001
"""That timers may come, where a loop counts them in ticks and code takes time (`Clock.tick_s`, `Clock.look_s`)."""
_ENDING = (JobStatus.FAILING, JobStatus.CANCELLING)


class Promise:
    """That of one job.

    Args:
        execution: The job.
        job: As it is stored.
        record: Is told, and raises.
    """

    def __init__(self, execution: Execution, job: JobRecord, record: Record) -> None:
        self._execution = execution
        self._record = record
        self._not_before: dict[str, float] = {}
        self._failures = 0
        self._in_doubt = self._wanted = 0
        self._outage_until = -math.inf
        self._before: tuple[int, JobStatus, dict[str, int]] = (0, JobStatus.INITIALIZING, {})
        self._owed = Owed(job.restart_strategy) if job.restart_strategy is not None else None
        self._outage: Delay = None
        self._latest = 0
        self._is_loss = self._was_wanted = False

    def before(self, event: ev.Event) -> None:
        """An event comes."""
        one = self._execution
        attempts = {vertex.task_id: vertex.attempt for vertex in one.vertices}
        self._before = (one.history.count, one.status, attempts)
        self._latest = one.latest.checkpoint_id if one.latest is not None else 0
        told = one.vertices.find(event.task_id) if isinstance(event, ev.TaskReported) else None
        was_found = told is not None and told.adopted
        self._is_loss = isinstance(event, ev.TaskManagerLost) or (told is not None and was_found and told.slot < 0)
        self._was_wanted = isinstance(event, ev.TaskReported) and was_found and event.state is TaskState.CANCELED

    def after(self, event: ev.Event, effects: list[Any], now: float) -> None:
        """It has been taken."""
        one = self._execution
        failed, status, attempts = self._before
        for vertex in one.vertices:
            if vertex.attempt > attempts[vertex.task_id] and not vertex.adopted:
                due = self._not_before.pop(vertex.task_id, -math.inf)
                text = f"{vertex.task_id} runs again {due - now:.3f} s before the delay of its restart is over"
                self._record.require(now >= due - EARLY_S, "I17", text)
                text = f"attempt {vertex.attempt} of {vertex.task_id} counts on from before an earlier try"
                self._record.require(vertex.attempt >= one._settings.attempts_before, "I7", text)
        for effect in effects:
            if isinstance(effect, do.ScheduleRestart):
                tasks = (
                    one.pending._restarts[effect.restart_id].tasks if effect.restart_id in one.pending._restarts else ()
                )
                self._not_before |= dict.fromkeys(tasks, now + effect.delay_s)
        if one.vertices.all_running:
            self._outage_until = -math.inf  # whatever the job itself has noticed
        if status not in _ENDING:
            self._compare(event, one.history.count - failed, effects, now)
            self._count(event, one.history.count - failed, now)
            self._judge()

    def _compare(self, event: ev.Event, failures: int, effects: list[Any], now: float) -> None:
        """Each failure is followed by what was owed: a restart with that delay, or the end of the job."""
        one = self._execution
        is_final = one.status in (JobStatus.FAILING, JobStatus.FAILED) and "Recovery is suppressed by" not in one.reason
        if self._owed is None or not failures or is_final:  # the last is a failure after which nothing would help
            return
        found = event.checkpoint if isinstance(event, ev.CheckpointFound) else None
        is_other = found is not None and self._latest not in (0, found.checkpoint_id)
        made = [effect.delay_s for effect in effects if isinstance(effect, do.ScheduleRestart)]
        for number in range(failures):
            owed: Delay = (0.0, 0.0) if is_other or self._was_wanted else self._next(self._owed, now)
            kept = keeps(owed, made[number]) if number < len(made) else owed is None
            text = f"failure {number + 1} of {failures}: restarts after {made} s, and {owed} was owed by {self._owed}"
            self._record.require(kept, "I17", text)
            if owed is None:
                return
            self._owed.scheduled(now, made[number])

    def _next(self, owed: Owed, now: float) -> Delay:
        if not self._is_loss:
            return owed.after(now)
        if now >= self._outage_until:
            self._outage = owed.after(now)
        return self._outage

    def _count(self, event: ev.Event, failures: int, now: float) -> None:
        if isinstance(event, ev.CheckpointFound):
            self._in_doubt += failures
        elif self._was_wanted:
            self._wanted += failures
        elif not self._is_loss:
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
        counted = self._failures <= one.restarts - self._wanted <= self._failures + self._in_doubt
        self._record.require(counted, "I17", f"{one.restarts} restarts are counted after {text}")
