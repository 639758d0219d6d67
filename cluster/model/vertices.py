"""All tasks of one job, and what can be asked of them together. Pure. One task is a `cluster.model.vertex.Vertex`.

They are kept by state, too: a job may have thousands of tasks, and is asked after each word of one of them whether all
of them run. Used by `cluster.model.execution`. Deliberately not here: what is decided about them.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from operator import attrgetter
from typing import Any

from cluster.model.completed_checkpoint import CompletedCheckpoint
from cluster.model.failures import Failure
from cluster.model.job_record import JobRecord
from cluster.model.vertex import TaskState, Vertex

ASK_AFTER_S = 10.0
"""Between two questions whether a task runs still."""
NAMES_SHOWN = 20
"""So many of the tasks that got no slot are named in the reason."""
_LIVE = tuple(state for state in TaskState if not state.is_ended)


class Vertices:
    """The tasks of a job, in its order."""

    __slots__ = ("_by_id", "_by_state")

    def __init__(self, vertices: Iterable[Vertex]) -> None:
        self._by_id: dict[str, Vertex] = {}
        self._by_state: dict[TaskState, dict[str, Vertex]] = {state: {} for state in TaskState}
        for number, one in enumerate(vertices):
            one.number, one.moved = number, self._moved
            self._by_id[one.task_id] = self._by_state[one.state][one.task_id] = one

    @classmethod
    def of(cls, record: JobRecord) -> Vertices:
        """Every parallel instance of every task of a job."""
        return cls(
            Vertex(task.name, index, task.parallelism) for task in record.tasks for index in range(task.parallelism)
        )

    def __iter__(self) -> Iterator[Vertex]:
        return iter(self._by_id.values())

    def __len__(self) -> int:
        return len(self._by_id)

    @property
    def ids(self) -> Collection[str]:
        """Ids of all tasks."""
        return self._by_id.keys()

    def find(self, task_id: str) -> Vertex | None:
        """The task with that id, or `None`."""
        return self._by_id.get(task_id)

    def select(self, task_ids: Iterable[str]) -> list[Vertex]:
        """The tasks with those ids, in the order of the job."""
        return _in_order(self._by_id[task_id] for task_id in set(task_ids) if task_id in self._by_id)

    def in_state(self, *states: TaskState) -> list[Vertex]:
        """The tasks in one of those states."""
        return _in_order(one for state in states for one in self._by_state[state].values())

    def since(self, at: float, *states: TaskState) -> list[Vertex]:
        """The tasks that have been in one of those states since `at` or earlier."""
        return [one for one in self.in_state(*states) if one.since <= at]

    def unanswered(self, now: float, after_s: float) -> list[Vertex]:
        """The tasks whose TaskManager was told something so long ago, or has to be asked after them; now it is.

        What says that a task has ended may be lost with a connection, so one that runs is asked after now and then.
        """
        told = self.since(now - after_s, TaskState.DEPLOYING, TaskState.CANCELING)
        for one in told:
            one.since = now
        quiet = [one for one in self.since(now - ASK_AFTER_S, TaskState.RUNNING) if one.asked_at <= now - ASK_AFTER_S]
        for one in quiet:
            one.asked_at = now
        return told + quiet

    def give_up_waiting(self, now: float, limit_s: float) -> Failure | None:
        """Those that have waited so long for a slot fail, all by one failure; `None` if there are none."""
        late = self.since(now - limit_s, TaskState.SCHEDULED)
        if not late:
            return None
        for one in late:
            one.move(TaskState.FAILED, now)
        names = tuple(one.task_id for one in late)
        shown = ", ".join(names[:NAMES_SHOWN]) + (", ..." if len(names) > NAMES_SHOWN else "")
        reason = f"no slot within {limit_s:g} s for {shown}: {len(names)} more needed"
        return Failure(now, reason, names)

    def lose(self, task_manager: str, now: float) -> tuple[str, ...]:
        """Whatever ran there has ended; the tasks that have failed by it."""
        lost = [one for one in self if one.task_manager == task_manager]
        failed = tuple(one.task_id for one in lost if one.state is not TaskState.CANCELING)
        for one in lost:
            one.move(TaskState.FAILED if one.task_id in failed else TaskState.CANCELED, now)
        return failed

    def restore(self, checkpoint: CompletedCheckpoint | None, attempts_before: int, now: float) -> None:
        """Begin where a checkpoint ended: attempts count on, and what had finished stays so."""
        for one in self:
            one.attempt = attempts_before
            if checkpoint is not None:
                one.attempt = max(checkpoint.attempts.get(one.task_id, 0), attempts_before)
                if one.task_id in checkpoint.results:
                    one.finish(checkpoint.results[one.task_id], now)

    @property
    def waiting(self) -> tuple[str, ...]:
        """Ids of the tasks that wait for a slot."""
        return tuple(one.task_id for one in self.in_state(TaskState.SCHEDULED))

    @property
    def all_ended(self) -> bool:
        """Whether nothing of the job runs any more."""
        return not any(self._by_state[state] for state in _LIVE)

    def have_ended(self, task_ids: Collection[str]) -> bool:
        """Whether nothing of these tasks runs any more. Looks through whichever are fewer: these, or those that run."""
        if len(task_ids) <= sum(len(self._by_state[state]) for state in _LIVE):
            return all(self._by_id[task_id].state.is_ended for task_id in task_ids)
        return not any(task_id in task_ids for state in _LIVE for task_id in self._by_state[state])

    @property
    def all_finished(self) -> bool:
        """Whether every task ended well."""
        return len(self._by_state[TaskState.FINISHED]) == len(self)

    @property
    def all_running(self) -> bool:
        """Whether every task that has not finished is running, and there is one."""
        running, finished = self._by_state[TaskState.RUNNING], self._by_state[TaskState.FINISHED]
        return bool(running) and len(running) + len(finished) == len(self)

    @property
    def results(self) -> dict[str, Any]:
        """What the finished tasks returned, by task id."""
        return {one.task_id: one.result for one in self.in_state(TaskState.FINISHED)}

    def _moved(self, one: Vertex, before: TaskState) -> None:
        del self._by_state[before][one.task_id]
        self._by_state[one.state][one.task_id] = one


def _in_order(vertices: Iterable[Vertex]) -> list[Vertex]:
    return sorted(vertices, key=attrgetter("number"))
