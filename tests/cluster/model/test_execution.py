"""One job from start to end: slots, cancelling, recovery. What fails is in `test_execution_failures`."""

from __future__ import annotations

import pytest

from cluster.model import execution_effects as do
from cluster.model import execution_events as ev
from cluster.model.completed_checkpoint import CompletedCheckpoint
from cluster.model.failover import FailoverStrategy
from cluster.model.failures import Failure
from cluster.model.job import JobStatus
from cluster.model.restart import FixedDelay, NoRestart
from cluster.model.vertex import TaskState, Vertex
from tests.cluster.model.stories import Story, only


def test_start_asks_for_slots() -> None:
    """A job begins by saying which tasks need a slot."""
    assert Story().start() == [
        do.StatusChanged(JobStatus.CREATED),
        do.StatusChanged(JobStatus.RUNNING),
        do.DeclareNeed(("a[0]", "a[1]")),
    ]


def test_a_slot_is_used_at_once() -> None:
    """A task whose slot comes is deployed there with its first attempt."""
    story = Story()
    story.start()
    assert story.offer(1, "y") == [do.Deploy("a[1]", "a", 1, 2, 1, "y", 1, None)]
    assert story.state(1) is TaskState.DEPLOYING
    assert story.execution.vertices.waiting == ("a[0]",)


def test_all_running_is_said_once() -> None:
    """When the last task runs, and not before, the job is said to be running; again only after a restart."""
    story = Story()
    story.start()
    for index in (0, 1):
        story.offer(index)
    assert story.report(0, "RUNNING") == []
    assert story.report(1, "RUNNING") == [do.AllRunning()]
    assert story.report(1, "RUNNING") == []


def test_results_of_all_tasks_finish_the_job() -> None:
    """A job is finished when each task has returned; slots are given back on the way."""
    story = Story().running()
    assert story.report(0, "FINISHED", result=10) == [do.ReleaseSlot("a[0]", "x", 0)]
    assert story.report(1, "FINISHED", result=11) == [
        do.ReleaseSlot("a[1]", "y", 1),
        do.StatusChanged(JobStatus.FINISHED),
        do.JobEnded(JobStatus.FINISHED, {"a[0]": 10, "a[1]": 11}),
    ]


def test_a_task_may_finish_before_it_is_said_to_run() -> None:
    """A lost or late RUNNING does not matter."""
    story = Story(tasks=1)
    story.start()
    story.offer(0)
    assert only(story.report(0, "FINISHED", result=1), do.JobEnded)


@pytest.mark.parametrize("moment", ["before", "waiting", "deploying", "running", "delay", "failing"])
def test_cancelling_wins_at_any_moment(moment: str) -> None:
    """4.6: a job that is cancelled ends CANCELED, also during the delay of a restart, and never restarts."""
    story = Story(strategy=NoRestart() if moment == "failing" else FixedDelay(3))
    if moment != "before":
        story.start()
    if moment in ("deploying", "running"):
        story.offer(0)
    if moment == "running":
        story.report(0, "RUNNING")
    if moment in ("delay", "failing"):
        story.offer(0)
        story.offer(1)
        story.report(0, "FAILED")
    story.tell(ev.Cancel())
    story.tell(ev.RestartDue(1))
    if moment == "before":
        story.start()
    for index in (0, 1):
        if story.state(index) is TaskState.CANCELING:
            assert story.status is JobStatus.CANCELLING
            story.report(index, "CANCELED")
    assert story.status is JobStatus.CANCELED
    assert story.tell(ev.Cancel()) == []
    assert story.execution.vertices.waiting == ()


def test_cancelling_withdraws_the_need() -> None:
    """A cancelled job asks for no slots any more."""
    story = Story()
    story.start()
    assert story.tell(ev.Cancel()) == [
        do.StatusChanged(JobStatus.CANCELLING),
        do.StatusChanged(JobStatus.CANCELED),
        do.JobEnded(JobStatus.CANCELED, {}),
        do.DeclareNeed(()),
    ]


@pytest.mark.parametrize("index", [0, 9])
def test_a_slot_that_nobody_needs_is_given_back(index: int) -> None:
    """A slot for a task that does not wait is released at once, also after the end of the job."""
    story = Story(tasks=1).running()
    assert story.offer(index, "z") == [do.ReleaseSlot(f"a[{index}]", "z", index)]
    story.report(0, "FINISHED")
    assert story.offer(index, "z") == [do.ReleaseSlot(f"a[{index}]", "z", index)]


def test_a_slot_offered_twice_is_kept() -> None:
    """A repeated offer of the slot that is in use does not give it away."""
    story = Story(tasks=1).running(where="x")
    assert story.offer(0, "x") == []
    assert story.state(0) is TaskState.RUNNING


def test_waiting_too_long_for_slots_is_one_failure() -> None:
    """S27: a wait beyond slot.request.timeout is a failure that counts, once, and says what is missing."""
    story = Story(tasks=3, strategy=FixedDelay(1, 1.0), slot_request_timeout_s=300.0)
    story.start()
    assert story.tell(ev.Tick(), after_s=299.0) == []
    effects = story.tell(ev.Tick(), after_s=1.0)
    (failure,) = only(effects, Failure)
    assert effects == [
        failure,
        do.ScheduleRestart(1, 1.0),
        do.StatusChanged(JobStatus.RESTARTING),
        do.DeclareNeed(()),
    ]
    assert failure.reason == "no slot within 300 s for a[0], a[1], a[2]: 3 more needed"
    assert only(story.tell(ev.RestartDue(1)), do.DeclareNeed) == [do.DeclareNeed(("a[0]", "a[1]", "a[2]"))]
    story.tell(ev.Tick(), after_s=300.0)
    assert story.status is JobStatus.FAILED


def test_commands_without_an_answer_are_repeated() -> None:
    """A lost message must not leave a task deploying or cancelling for ever."""
    story = Story(tasks=1, resend_s=2.0)
    story.start()
    (deploy,) = story.offer(0)
    assert story.tell(ev.Tick(), after_s=1.9) == []
    assert story.tell(ev.Tick(), after_s=0.1) == [deploy]
    assert story.tell(ev.Tick(), after_s=1.9) == []
    story.tell(ev.Cancel())
    assert story.tell(ev.Tick(), after_s=2.0) == [do.CancelAttempt("a[0]", 1, "x")]


RESTORED = CompletedCheckpoint(7, {"a[0]": ("b0", 1, "s")}, {"a[1]": 42}, {"a[0]": 3})


def test_recovery_continues_from_the_checkpoint() -> None:
    """S4, 2.4: tasks restore their state with a higher attempt, and what had finished is not run again."""
    story = Story()
    assert story.start(RESTORED)[-1] == do.DeclareNeed(("a[0]",))
    assert story.offer(0) == [do.Deploy("a[0]", "a", 0, 2, 4, "x", 0, (7, ("b0", 1, "s")))]
    story.report(0, "RUNNING", 4)
    (ended,) = only(story.report(0, "FINISHED", 4, result=1), do.JobEnded)
    assert ended.results == {"a[0]": 1, "a[1]": 42}


def test_recovery_of_a_job_whose_tasks_had_all_finished() -> None:
    """A leader that died between the last result and its storing leaves a job that only has to be ended."""
    story = Story()
    effects = story.start(CompletedCheckpoint(7, {}, {"a[0]": 1, "a[1]": 2}))
    assert only(effects, do.JobEnded) == [do.JobEnded(JobStatus.FINISHED, {"a[0]": 1, "a[1]": 2})]


def test_a_second_start_changes_nothing() -> None:
    """A job is started once."""
    assert Story().running().start() == []


def test_full_failover_does_not_run_finished_tasks_again() -> None:
    """What the checkpoint carries as finished stays finished."""
    story = Story(tasks=3, failover=FailoverStrategy.FULL).running(RESTORED, where="x")
    story.report(0, "FAILED", 4)
    assert story.state(1) is TaskState.FINISHED
    assert story.state(2) is TaskState.CANCELING


def test_the_history_keeps_the_newest_failures() -> None:
    """Bounded: attempts-history-size, newest first."""
    story = Story(tasks=1, strategy=FixedDelay(100, 0.0), attempts_history=2).running()
    for attempt in (1, 2, 3):
        story.report(0, "FAILED", attempt, error=f"number {attempt}")
        story.tell(ev.RestartDue(attempt))
        story.offer(0)
    assert [failure.reason for failure in story.execution.history.newest_first()] == ["number 3", "number 2"]
    assert story.execution.history.truncated


@pytest.mark.parametrize("before", list(TaskState))
@pytest.mark.parametrize("after", list(TaskState))
def test_the_table_of_an_attempts_life(before: TaskState, after: TaskState) -> None:
    """Every row of the table: what is not allowed raises, and who has no slot is nowhere."""
    allowed = {
        "CREATED": {"SCHEDULED", "FINISHED", "CANCELED"},
        "SCHEDULED": {"DEPLOYING", "CANCELED", "FAILED"},
        "DEPLOYING": {"RUNNING", "FINISHED", "CANCELING", "FAILED"},
        "RUNNING": {"FINISHED", "CANCELING", "FAILED"},
        "CANCELING": {"CANCELED"},
        "FINISHED": {"CREATED"},
        "CANCELED": {"CREATED"},
        "FAILED": {"CREATED"},
    }
    vertex = Vertex("a", 0, 1)
    vertex.state, vertex.task_manager, vertex.slot = before, "x", 0
    if after.value in allowed[before.value]:
        vertex.move(after, 1.0)
        assert vertex.state is after
        assert (vertex.task_manager == "x") is after.is_placed
    else:
        with pytest.raises(ValueError, match="cannot go from"):
            vertex.move(after, 1.0)


def test_a_task_that_runs_is_asked_after() -> None:
    """What says that it has ended may be lost with a connection: its TaskManager is asked now and then."""
    story = Story().running()
    assert story.tell(ev.Tick(), after_s=9.9) == []
    questions = [do.Adopt("a[0]", 1, "x"), do.Adopt("a[1]", 1, "y")]
    assert story.tell(ev.Tick(), after_s=0.1) == questions
    assert story.tell(ev.Tick(), after_s=9.9) == []
    story.report(0, "RUNNING")
    assert story.tell(ev.Tick(), after_s=0.1) == questions
    story.report(1, "FINISHED", result=1)
    assert story.tell(ev.Tick(), after_s=10.0) == questions[:1]
