"""Jobs of thousands of tasks: a word of one of them has nobody look at all the others, on the loop of the leader."""

from __future__ import annotations

from collections.abc import Iterator
from unittest.mock import Mock

import pytest

from cluster.model import execution_effects as do
from cluster.model.execution_events import RestartDue, SlotOffered, Start, TaskReported
from cluster.model.job import JobStatus
from cluster.model.restart import FixedDelay
from cluster.model.slots import SlotPool
from cluster.model.vertex import TaskState, Vertex
from cluster.model.vertices import Vertices
from tests.cluster.model.stories import Story, only

TASKS = 200


@pytest.fixture
def looks(monkeypatch: pytest.MonkeyPatch) -> Mock:
    """Counts how often somebody goes through tasks."""
    counted = Mock()

    def iterate(vertices: Vertices) -> Iterator[Vertex]:
        counted()
        return iter(list(vertices._by_id.values()))

    def select(vertices: Vertices, task_ids: set[str]) -> list[Vertex]:
        counted()
        return [vertices._by_id[task_id] for task_id in sorted(task_ids)]

    monkeypatch.setattr(Vertices, "__iter__", iterate)
    monkeypatch.setattr(Vertices, "select", select)
    return counted


def running() -> Story:
    story = Story(TASKS, FixedDelay(TASKS, 1.0))
    story.execution.handle(Start(None), 0.0)
    for number in range(TASKS):
        story.execution.handle(SlotOffered(f"a[{number}]", "x", number), 0.0)
        story.execution.handle(TaskReported(f"a[{number}]", 1, TaskState.RUNNING), 0.0)
    return story


def test_a_word_of_a_task_is_about_that_task(looks: Mock) -> None:
    """A job of 32,768 tasks cost its leader a quarter of an hour of computing until all had run and finished."""
    execution = running().execution
    looks.reset_mock()
    for number in range(TASKS):
        execution.handle(TaskReported(f"a[{number}]", 1, TaskState.FINISHED), 1.0)
    assert execution.status is JobStatus.FINISHED
    assert looks.call_count == 0


def test_a_failure_is_about_the_tasks_that_failed(looks: Mock) -> None:
    """When 500 tasks failed one by one, each looked through all tasks for each that had failed before: 5 s."""
    execution, scheduled = running().execution, []
    looks.reset_mock()
    for number in range(TASKS):
        effects = execution.handle(TaskReported(f"a[{number}]", 1, TaskState.FAILED), 1.0)
        scheduled += only(effects, do.ScheduleRestart)
    assert looks.call_count == TASKS  # of one task each
    for restart in scheduled:
        execution.handle(RestartDue(restart.restart_id), 2.0)
    assert looks.call_count == 2 * TASKS
    assert [one.attempt for one in execution.vertices.in_state(TaskState.SCHEDULED)] == [2] * TASKS


def test_slots_are_counted_once_for_all_that_wait(monkeypatch: pytest.MonkeyPatch) -> None:
    """When 2,000 tasks got slots of 500 TaskManagers, these were looked at again for each of them: 6 s."""
    counted, pool = Mock(side_effect=SlotPool._able), SlotPool()
    monkeypatch.setattr(SlotPool, "_able", lambda one, job_id: counted(one, job_id))
    for number in range(50):
        pool.register(f"x{number}", 4)
    given = pool.declare("j", [str(number) for number in range(TASKS)])
    assert len(given) == TASKS
    assert counted.call_count == 1
    for one in given:
        pool.release(one.task_manager, "j", one.task_id)
    assert counted.call_count == 1  # nobody waits
