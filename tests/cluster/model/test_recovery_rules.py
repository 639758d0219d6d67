"""Small rules of recovery: leases, who is waited for, what goes on, what is one outage, what is forgotten when."""

from __future__ import annotations

import math

from hypothesis import given
from hypothesis import strategies as st

from cluster.model import execution_effects as do
from cluster.model import execution_events as ev
from cluster.model.cleanup import CleanupRetry
from cluster.model.completed_checkpoint import CompletedCheckpoint
from cluster.model.ended_jobs import EndedJobs
from cluster.model.job import JobStatus
from cluster.model.outage import LASTS_S, Outage
from cluster.model.restart import ExponentialDelay, FixedDelay, RestartStrategy
from cluster.model.restart_judges import FixedDelayJudge, GiveUp, Restart, Verdict
from cluster.model.reunion import Reunion
from cluster.model.task_lease import TaskLease, surely_over_at
from cluster.model.verdicts import Verdicts
from cluster.model.vertex import TaskState
from tests.cluster.model.stories import Story, only

# --- leases -----------------------------------------------------------------------------------------------------------


@given(
    asked=st.lists(st.floats(0, 100), min_size=1, max_size=20),
    delays=st.lists(st.floats(0, 5), min_size=20, max_size=20),
    rate=st.floats(0.95, 1.05),
    lease_s=st.floats(0.5, 20),
)
def test_a_leader_never_waits_too_short(asked: list[float], delays: list[float], rate: float, lease_s: float) -> None:
    """Whatever answers are late, lost or out of order: after the leader's wait the TaskManager knows its lease over."""
    lease = TaskLease(lease_s)
    last_granted = 0.0
    for question, delay_s in zip(asked, delays, strict=False):
        heard_at = question + delay_s  # by the leader, who grants it then
        last_granted = max(last_granted, heard_at)
        lease.granted(question * rate)
    over_by_its_clock = surely_over_at(last_granted, lease_s) * rate
    assert lease.is_over(over_by_its_clock) or over_by_its_clock >= lease.until - 1e-6


def test_a_lease_is_never_shortened() -> None:
    """An old answer changes nothing; without a lease tasks run for ever."""
    lease = TaskLease(3.0)
    assert lease.is_over(0.0)
    assert lease.granted(10.0)
    assert not lease.granted(9.0)
    assert lease.until == 13.0
    assert (lease.is_over(12.9), lease.is_over(13.0)) == (False, True)
    assert TaskLease(None).until == math.inf
    assert TaskLease(None).renew_every_s is None


def test_a_reunion_ends_with_the_last_that_is_missing() -> None:
    """Back, dead for certain, or without a lease: each of these ends the wait for one."""
    reunion = Reunion({"a": 10.0, "b": 2.0, "c": 0.0}, 100.0)
    assert not reunion.is_over(100.0)
    assert reunion.missing == ("a", "b")
    assert reunion.ends_at == surely_over_at(100.0, 10.0)
    reunion.accounted("a")
    assert not reunion.is_over(102.0)
    assert reunion.is_over(surely_over_at(100.0, 2.0))
    assert Reunion({}, 0.0).is_over(0.0)


# --- tasks that come back ---------------------------------------------------------------------------------------------


def found(index: int, where: str = "x", origin: int = 1, attempt: int = 1, slot: int = 0) -> ev.TaskFound:
    return ev.TaskFound(f"a[{index}]", origin, attempt, where, slot)


def reuniting(
    tasks: int = 2, restored: CompletedCheckpoint | None = None, strategy: RestartStrategy | None = None
) -> Story:
    story = Story(tasks, strategy)
    story.tell(ev.Start(restored, reunite=True))
    assert story.status is JobStatus.CREATED
    return story


def test_what_was_found_goes_on_and_the_rest_is_started() -> None:
    """Only when all are back; an adopted attempt keeps its number, place and slot."""
    story = reuniting()
    assert story.tell(found(0, attempt=7)) == []
    effects = story.tell(ev.AllReturned())
    assert only(effects, do.Adopt) == [do.Adopt("a[0]", 7, "x")]
    assert only(effects, do.DeclareNeed) == [do.DeclareNeed(("a[1]",))]
    story.report(0, "RUNNING", 7)
    assert story.state(0) is TaskState.RUNNING
    story.tell(ev.TaskManagerLost("x", "process-dead"))
    story.tell(ev.RestartDue(1))
    story.offer(0, "y")
    assert story.execution.vertices.find("a[0]").attempt == 8  # type: ignore[union-attr]


def test_an_adoption_is_asked_for_again() -> None:
    """Without an answer the order is repeated, as every other."""
    story = reuniting(1)
    story.tell(found(0))
    story.tell(ev.AllReturned())
    assert only(story.tell(ev.Tick(), 2.0), do.Adopt) == [do.Adopt("a[0]", 1, "x")]


def test_the_younger_of_two_goes_on() -> None:
    """By the epoch of origin, then by number; the other is ended, in whatever order they come."""
    for first, second in ((found(0, "x", 1, 9), found(0, "y", 2, 1)), (found(0, "y", 2, 1), found(0, "x", 1, 9))):
        story = reuniting(1)
        effects = [*story.tell(first), *story.tell(second), *story.tell(ev.AllReturned())]
        assert only(effects, do.Disown) == [do.Disown("a[0]", "x")]
        assert only(effects, do.Adopt) == [do.Adopt("a[0]", 1, "y")]


def test_what_comes_too_late_is_ended() -> None:
    """After the reunion, and after the end of the job."""
    story = reuniting(1)
    story.tell(ev.AllReturned())
    assert story.tell(found(0)) == [do.Disown("a[0]", "x")]
    story.tell(ev.Cancel())
    assert story.status is JobStatus.CANCELED
    assert story.tell(found(0)) == [do.Disown("a[0]", "x")]
    assert story.tell(found(0, slot=-1)) == []


def test_one_that_dies_before_all_are_back_is_just_missing() -> None:
    """Its attempt is started anew, and no failure counts."""
    story = reuniting(1)
    story.tell(found(0))
    story.tell(ev.TaskManagerLost("x", "process-dead"))
    effects = story.tell(ev.AllReturned())
    assert only(effects, do.Adopt) == []
    assert only(effects, do.DeclareNeed) == [do.DeclareNeed(("a[0]",))]
    assert story.execution.history.count == 0


def test_what_has_finished_for_the_checkpoint_is_not_adopted() -> None:
    """An attempt of a task that is finished for good is ended."""
    story = reuniting(2, CompletedCheckpoint(3, {}, {"a[0]": 5}, {}))
    story.tell(found(0))
    effects = story.tell(ev.AllReturned())
    assert only(effects, do.Disown) == [do.Disown("a[0]", "x")]
    assert story.state(0) is TaskState.FINISHED


def test_an_end_that_is_older_than_the_checkpoint_is_not_adopted() -> None:
    """A later attempt ran when it was made: that end was accounted for, and numbers never go back (`late 7022`)."""
    story = reuniting(3, CompletedCheckpoint(3, {}, {}, {"a[0]": 2, "a[1]": 2, "a[2]": 2}))
    story.tell(found(0, attempt=1, slot=-1))
    story.tell(found(1, attempt=1))
    story.tell(found(2, attempt=2))
    effects = story.tell(ev.AllReturned())
    assert only(effects, do.Adopt) == [do.Adopt("a[2]", 2, "x")]
    assert only(effects, do.Disown) == [do.Disown("a[1]", "x")]
    assert [deploy.attempt for deploy in only(story.offer(0, "y"), do.Deploy)] == [3]


def test_what_a_former_leader_was_ending_is_no_failure() -> None:
    """It died while it began all tasks anew: they end as it wanted, and begin again; no attempt is used up by that."""
    story = reuniting(2, strategy=FixedDelay(0, 1.0))
    for index in range(2):
        story.tell(found(index))
    story.tell(ev.AllReturned())
    story.report(0, "RUNNING")
    for index in range(2):
        story.report(index, "CANCELED")
        story.tell(ev.RestartDue(index + 1))
        assert [deploy.attempt for deploy in only(story.offer(index), do.Deploy)] == [2]
    assert story.status is JobStatus.RUNNING


def test_failures_that_are_found_are_one() -> None:
    """Their former leader has dealt with some of them perhaps, and the attempts that followed are lost with it."""
    story = reuniting(2, strategy=FixedDelay(1, 1.0))
    for index in range(2):
        story.tell(found(index, slot=-1))
    story.tell(ev.AllReturned())
    for index in range(2):
        story.report(index, "FAILED", error="long ago")
    assert (story.status, story.execution.restarts) == (JobStatus.RESTARTING, 1)
    story.tell(ev.RestartDue(1))
    story.tell(ev.RestartDue(2))
    for index in range(2):
        story.offer(index)
        story.report(index, "RUNNING", 2)
    story.report(0, "FAILED", 2, error="now")
    assert story.status is JobStatus.FAILING


# --- outages ----------------------------------------------------------------------------------------------------------


def verdicts(*events: float | str, attempts: int = 2) -> list[Verdict]:
    """Losses at those times; "run" is a moment at which all tasks run."""
    outage, judge, heard = Outage(), FixedDelayJudge(attempts, 1.0), []
    for event in events:
        if isinstance(event, str):
            outage.ended()
        else:
            heard.append(outage.loss(event, lambda at=event: judge.on_failure(at, 0.0)))  # type: ignore[misc]
    return heard


def test_the_quiet_time_begins_with_the_last_restart_of_an_outage() -> None:
    """A loss that does not count is followed by a restart all the same: a failure soon after it is no new beginning."""
    strategy = ExponentialDelay(
        initial_backoff_s=1.0, max_backoff_s=60.0, reset_backoff_threshold_s=5.0, jitter_factor=0.0
    )
    verdicts = Verdicts(strategy.judge(), lambda: 0.0)
    assert verdicts.on_failure(0.0, loss=True) == Restart(1.0)
    assert verdicts.on_failure(4.0, loss=True) == Restart(1.0, merged=True)
    assert verdicts.on_failure(4.5, loss=False) == Restart(0.5, merged=True), "it joins the restart at 5"
    assert verdicts.on_failure(6.5, loss=False) == Restart(strategy.backoff_multiplier), "5.5 s after the first of them"


def test_losses_of_one_outage_count_once() -> None:
    """Until all tasks run again, but no longer than an outage lasts."""
    counts, joins = Restart(1.0), Restart(1.0, merged=True)
    assert verdicts(0.0, 1.0, 9.9) == [counts, joins, joins]
    assert verdicts(0.0, "run", 1.0) == [counts, counts]
    assert verdicts(0.0, LASTS_S, 2 * LASTS_S - 1.0) == [counts, counts, joins]
    assert isinstance(verdicts(0.0, "run", 1.0, "run", 2.0)[-1], GiveUp)


# --- ended jobs -------------------------------------------------------------------------------------------------------


def test_ended_jobs_are_forgotten_by_number_and_age() -> None:
    """The oldest beyond the number, and each after its time; one that could not be deleted is due again."""
    ended = EndedJobs(2, 100.0)
    for at, job_id in enumerate("abc"):
        ended.add(job_id, float(at))
    ended.add("a", 50.0)
    assert ended.due(3.0) == ["a"]
    assert ended.due(3.0) == ["a"]
    ended.forgotten("a")
    assert ended.due(3.0) == []
    assert ended.due(101.0) == ["b"]
    assert EndedJobs(0, None).due(1e9) == []


def test_cleaning_is_tried_again_as_configured() -> None:
    """Exponential up to a bound, fixed, a number of times, or never."""
    assert [CleanupRetry(1.0, 60.0).wait_s(n) for n in (1, 2, 7, 1000)] == [1.0, 2.0, 60.0, 60.0]
    assert [CleanupRetry(5.0, 5.0, 2).wait_s(n) for n in (1, 2, 3)] == [5.0, 5.0, None]
    assert CleanupRetry(0.0, 0.0, 0).wait_s(1) is None
