"""One job through failures, restarts and lost TaskManagers."""

from __future__ import annotations

import pytest

from cluster.model import execution_effects as do
from cluster.model import execution_events as ev
from cluster.model.failover import FailoverStrategy
from cluster.model.failures import Failure
from cluster.model.job import JobStatus
from cluster.model.restart import ExponentialDelay, FixedDelay, NoRestart
from cluster.model.vertex import TaskState
from tests.cluster.model.stories import Story, only


def test_region_restarts_only_the_failed_task() -> None:
    """4.7: tasks that are not connected do not restart together."""
    story = Story().running()
    assert story.report(0, "FAILED", error="boom") == [
        do.ReleaseSlot("a[0]", "x", 0),
        story.execution.history.root,
        do.ScheduleRestart(1, 1.0),
        do.StatusChanged(JobStatus.RESTARTING),
    ]
    assert story.state(1) is TaskState.RUNNING
    assert story.tell(ev.RestartDue(1)) == [do.StatusChanged(JobStatus.RUNNING), do.DeclareNeed(("a[0]",))]
    (deploy,) = only(story.offer(0), do.Deploy)
    assert deploy.attempt == 2
    assert story.report(0, "RUNNING", 2) == [do.AllRunning()]
    assert story.execution.restarts == 1


def test_full_restarts_all_and_waits_for_the_old_attempts() -> None:
    """4.1: delay and cancelling run in parallel, and the new attempts come after both."""
    story = Story(failover=FailoverStrategy.FULL).running()
    assert story.report(0, "FAILED", error="boom") == [
        do.ReleaseSlot("a[0]", "x", 0),
        story.execution.history.root,
        do.CancelAttempt("a[1]", 1, "y"),
        do.ScheduleRestart(1, 1.0),
        do.StatusChanged(JobStatus.RESTARTING),
    ]
    assert story.tell(ev.RestartDue(1)) == []
    assert story.report(1, "CANCELED") == [
        do.ReleaseSlot("a[1]", "y", 1),
        do.StatusChanged(JobStatus.RUNNING),
        do.DeclareNeed(("a[0]", "a[1]")),
    ]


def test_the_delay_is_kept_when_the_old_attempts_end_first() -> None:
    """4.1: the other order of the two."""
    story = Story(failover=FailoverStrategy.FULL).running()
    story.report(0, "FAILED", error="boom")
    assert story.report(1, "FAILED", error="dying") == [do.ReleaseSlot("a[1]", "y", 1)]
    assert story.status is JobStatus.RESTARTING
    assert only(story.tell(ev.RestartDue(1)), do.DeclareNeed) == [do.DeclareNeed(("a[0]", "a[1]"))]


@pytest.mark.parametrize("state", ["RUNNING", "FINISHED", "FAILED", "CANCELED"])
@pytest.mark.parametrize("attempt", [1, 3])
def test_reports_of_other_attempts_are_ignored(state: str, attempt: int) -> None:
    """4.1: what comes from an attempt that is no longer the present one has no effect."""
    story = Story(tasks=1).running()
    story.report(0, "FAILED")
    story.tell(ev.RestartDue(1))
    story.offer(0)
    assert story.report(0, state, attempt) == []
    assert story.state(0) is TaskState.DEPLOYING


def test_reports_of_unknown_tasks_are_ignored() -> None:
    """A message that names no task of the job has no effect."""
    assert Story(tasks=1).running().report(7, "FAILED") == []


def test_a_lost_task_manager_is_one_failure() -> None:
    """Section 8: one death costs one attempt, however many tasks ran there."""
    story = Story(tasks=4, strategy=FixedDelay(1, 0.5)).running(where="x")
    effects = story.tell(ev.TaskManagerLost("x", "process-dead", "refused"))
    (failure,) = only(effects, Failure)
    assert effects == [failure, do.ScheduleRestart(1, 0.5), do.StatusChanged(JobStatus.RESTARTING)]
    assert story.tell(ev.RestartDue(1))[-1] == do.DeclareNeed(("a[0]", "a[1]", "a[2]", "a[3]"))
    assert failure.reason == "TaskManager x was lost (process-dead: refused)"
    assert failure.task_ids == ("a[0]", "a[1]", "a[2]", "a[3]")


def test_a_lost_task_manager_without_tasks_is_nobodys_failure() -> None:
    """A death elsewhere is not counted."""
    story = Story(strategy=NoRestart()).running(where="x")
    assert story.tell(ev.TaskManagerLost("z", "stopped")) == []


def test_a_lost_task_manager_ends_what_was_being_cancelled_there() -> None:
    """The old attempt is gone with its TaskManager, and that is not a second failure."""
    story = Story(strategy=FixedDelay(1, 1.0), failover=FailoverStrategy.FULL).running()
    story.report(0, "FAILED")
    story.tell(ev.RestartDue(1))
    assert story.tell(ev.TaskManagerLost("y", "unreachable"))[-1] == do.DeclareNeed(("a[0]", "a[1]"))
    assert story.execution.history.count == 1


def test_a_second_failure_during_the_delay_is_counted_and_has_its_own_timer() -> None:
    """4.6: fixed-delay counts a failure in another region, and starts its own timer."""
    story = Story(strategy=FixedDelay(2, 1.0)).running()
    story.report(0, "FAILED")
    assert only(story.report(1, "FAILED"), do.ScheduleRestart) == [do.ScheduleRestart(2, 1.0)]
    assert only(story.tell(ev.RestartDue(1)), do.DeclareNeed) == [do.DeclareNeed(("a[0]",))]
    assert story.status is JobStatus.RESTARTING
    assert only(story.tell(ev.RestartDue(2)), do.DeclareNeed) == [do.DeclareNeed(("a[0]", "a[1]"))]
    assert story.execution.status.value == "RUNNING"


def test_merged_failures_are_one_restart() -> None:
    """4.4: exponential-delay merges a failure that comes before the pending restart."""
    story = Story(strategy=ExponentialDelay(2.0)).running()
    story.report(0, "FAILED")
    story.now = 0.5
    assert only(story.report(1, "FAILED"), do.ScheduleRestart) == [do.ScheduleRestart(2, 1.5)]
    assert story.execution.restarts == 1


def test_a_full_restart_takes_over_an_earlier_one() -> None:
    """A task waits in one restart only."""
    story = Story(tasks=3, failover=FailoverStrategy.FULL).running(where="xyz")
    story.report(0, "FAILED")
    story.report(1, "CANCELED")
    story.report(2, "CANCELED")
    story.tell(ev.RestartDue(1))
    story.offer(1)
    story.report(1, "FAILED", 2)
    assert story.tell(ev.RestartDue(1)) == []
    assert only(story.tell(ev.RestartDue(2)), do.DeclareNeed) == [do.DeclareNeed(("a[0]", "a[1]", "a[2]"))]


def test_giving_up_fails_the_job_when_nothing_runs_any_more() -> None:
    """S25: after the last attempt the job is FAILED, once the other tasks have ended, and says by which strategy."""
    story = Story(strategy=NoRestart()).running()
    reason = "Recovery is suppressed by NoRestart. The failure was: boom"
    assert story.report(0, "FAILED", error="boom") == [
        do.ReleaseSlot("a[0]", "x", 0),
        story.execution.history.root,
        do.StatusChanged(JobStatus.FAILING, reason),
        do.CancelAttempt("a[1]", 1, "y"),
    ]
    assert story.report(1, "CANCELED") == [
        do.ReleaseSlot("a[1]", "y", 1),
        do.StatusChanged(JobStatus.FAILED, reason),
        do.JobEnded(JobStatus.FAILED, {}, reason),
    ]


def test_four_executions_with_three_attempts() -> None:
    """S25: attempts 3 means four runs in all."""
    story = Story(tasks=1, strategy=FixedDelay(3, 10.0)).running()
    for attempt in (1, 2, 3):
        (restart,) = only(story.report(0, "FAILED", attempt), do.ScheduleRestart)
        assert restart.delay_s == 10.0
        story.tell(ev.RestartDue(restart.restart_id))
        (deploy,) = only(story.offer(0), do.Deploy)
        assert deploy.attempt == attempt + 1
    assert only(story.report(0, "FAILED", 4), do.JobEnded)
    assert story.status is JobStatus.FAILED


def test_a_failure_that_cannot_be_mended_is_final_and_not_counted() -> None:
    """4.1: no strategy is asked when restarting cannot help."""
    story = Story(strategy=FixedDelay(100)).running()
    effects = story.report(0, "FAILED", error="no such class", recoverable=False)
    assert only(effects, do.StatusChanged) == [do.StatusChanged(JobStatus.FAILING, "no such class")]
    assert story.execution.restarts == 0


def test_failures_while_failing_change_nothing() -> None:
    """The first reason stays."""
    story = Story(tasks=3, strategy=NoRestart()).running(where="xyz")
    story.report(0, "FAILED", error="first")
    story.tell(ev.TaskManagerLost("y", "stopped"))
    (ended,) = only(story.report(2, "FAILED", error="third"), do.JobEnded)
    assert "first" in ended.reason
