"""One job from start to end, through failures, restarts, lost TaskManagers, cancelling and recovery."""

from __future__ import annotations

import pytest

from cluster.model import execution_effects as do
from cluster.model import execution_events as ev
from cluster.model.completed_checkpoint import CompletedCheckpoint
from cluster.model.failover import FailoverStrategy
from cluster.model.failures import Failure
from cluster.model.job import JobStatus
from cluster.model.restart import ExponentialDelay, FixedDelay, NoRestart
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
