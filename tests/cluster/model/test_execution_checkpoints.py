"""A job and its checkpoints: when they are taken, what they carry, and what a lost one means."""

from __future__ import annotations

from typing import Any

import pytest

from cluster.model import execution_effects as do
from cluster.model import execution_events as ev
from cluster.model.checkpoints import CheckpointSettings, DiscardStates, StoreCheckpoint
from cluster.model.completed_checkpoint import CompletedCheckpoint
from cluster.model.failover import FailoverStrategy
from cluster.model.job import JobStatus
from cluster.model.restart import FixedDelay
from tests.cluster.model.stories import Story, only

RESTORED = CompletedCheckpoint(7, {"a[0]": ("b0", 1, "s")}, {"a[1]": 42}, {"a[0]": 3})


EVERY_SECOND = CheckpointSettings(interval_s=1.0)


def checkpointing(**settings: Any) -> Story:
    return Story(checkpoints=EVERY_SECOND, **settings).running()


def take(story: Story, number: int) -> CompletedCheckpoint:
    assert story.tell(ev.CheckpointTick(), after_s=1.0) == [do.DrawCheckpointId()]
    (trigger,) = story.tell(ev.CheckpointIdDrawn(number))
    assert isinstance(trigger, do.TriggerCheckpoint)
    effects: list[do.Effect] = []
    for task_id, attempt, _ in trigger.targets:
        effects += story.tell(ev.CheckpointAcked(task_id, attempt, number, (f"{number}/{task_id}", 1, "s")))
    (store,) = only(effects, StoreCheckpoint)
    return store.checkpoint  # type: ignore[no-any-return]


def test_a_checkpoint_asks_each_running_task() -> None:
    """Tick, id, trigger, acknowledgements, store."""
    story = checkpointing()
    story.tell(ev.CheckpointTick())
    assert story.tell(ev.CheckpointIdDrawn(1)) == [do.TriggerCheckpoint(1, (("a[0]", 1, "x"), ("a[1]", 1, "y")))]


def test_no_checkpoint_while_a_task_does_not_run() -> None:
    """A checkpoint needs all tasks running or finished, when it is due and when its id has come."""
    story = checkpointing()
    story.tell(ev.CheckpointTick())
    story.report(0, "FAILED")
    assert story.tell(ev.CheckpointIdDrawn(1)) == []
    assert story.tell(ev.CheckpointTick(), after_s=9.0) == []


def test_tasks_restart_from_the_newest_stored_checkpoint() -> None:
    """S4: the newest checkpoint that is stored, and none that is not."""
    story = checkpointing()
    take(story, 1)
    story.tell(ev.CheckpointStored(1))
    story.report(0, "FAILED")
    story.tell(ev.RestartDue(1))
    (deploy,) = only(story.offer(0), do.Deploy)
    assert deploy.restore == (1, ("1/a[0]", 1, "s"))


def test_a_restart_waits_for_the_checkpoint_that_is_being_stored() -> None:
    """When it is stored, the older one's states are deleted; who restores must not hold one of those."""
    story = checkpointing()
    take(story, 1)
    story.report(0, "FAILED")
    assert story.tell(ev.RestartDue(1)) == []
    assert only(story.tell(ev.CheckpointStored(1)), do.DeclareNeed) == [do.DeclareNeed(("a[0]",))]
    (deploy,) = only(story.offer(0), do.Deploy)
    assert deploy.restore == (1, ("1/a[0]", 1, "s"))


def test_who_is_stored_as_finished_while_a_restart_waits_does_not_run_again() -> None:
    """Nothing of its state is in the checkpoint that is restored, so it would do all its steps twice (cues 9200001)."""
    story = checkpointing(failover=FailoverStrategy.FULL)
    story.report(0, "FINISHED", result=5)
    assert take(story, 1).results == {"a[0]": 5}
    story.report(1, "FAILED")
    story.tell(ev.RestartDue(1))
    assert only(story.tell(ev.CheckpointStored(1)), do.DeclareNeed) == [do.DeclareNeed(("a[1]",))]
    story.offer(1)
    (end,) = only(story.report(1, "FINISHED", 2, result=6), do.JobEnded)
    assert end.results == {"a[0]": 5, "a[1]": 6}


def test_a_failed_task_aborts_the_checkpoint() -> None:
    """What was written for it is deleted, and it is no failure of its own."""
    story = checkpointing()
    story.tell(ev.CheckpointTick())
    story.tell(ev.CheckpointIdDrawn(1))
    story.tell(ev.CheckpointAcked("a[1]", 1, 1, ("b", 1, "s")))
    effects = story.report(0, "FAILED", error="boom")
    assert do.CheckpointFailed(1, "a task failed: boom") in effects
    assert DiscardStates((("b", 1, "s"),)) in effects
    assert story.execution.history.count == 1


def test_a_finished_task_is_carried_by_later_checkpoints() -> None:
    """A task that has finished is in the next checkpoint with its result, and not asked."""
    story = checkpointing()
    story.report(0, "FINISHED", result=5)
    checkpoint = take(story, 1)
    assert checkpoint.results == {"a[0]": 5}
    assert set(checkpoint.states) == {"a[1]"}


def test_too_many_failed_checkpoints_are_a_global_failure() -> None:
    """4.1: it counts, and restarts all tasks, under either failover strategy."""
    story = checkpointing(strategy=FixedDelay(1, 2.0))
    story.tell(ev.CheckpointTick())
    story.tell(ev.CheckpointIdDrawn(1))
    effects = story.tell(ev.CheckpointDeclined("a[0]", 1, 1, "disk full"))
    assert effects == [
        do.CheckpointFailed(1, "a[0] declined it: disk full"),
        story.execution.history.root,
        do.CancelAttempt("a[0]", 1, "x"),
        do.CancelAttempt("a[1]", 1, "y"),
        do.ScheduleRestart(1, 2.0),
        do.StatusChanged(JobStatus.RESTARTING),
    ]


def test_no_id_from_the_store_is_a_failed_checkpoint() -> None:
    """A store that does not answer is not ignored."""
    story = checkpointing()
    story.tell(ev.CheckpointTick())
    effects = story.tell(ev.CheckpointIdFailed("no contact"))
    assert effects[0] == do.CheckpointFailed(0, "no id could be drawn: no contact")
    assert story.status is JobStatus.RESTARTING


def test_a_checkpoint_that_cannot_be_stored_is_a_failed_checkpoint() -> None:
    """Storage down while running counts against the tolerance."""
    story = Story(checkpoints=CheckpointSettings(1.0, tolerable_failures=1)).running()
    take(story, 1)
    assert story.tell(ev.CheckpointStoreFailed(1, "disk full")) == [
        do.CheckpointFailed(1, "it could not be stored: disk full")
    ]
    assert story.execution.latest is None


def test_late_states_of_an_ended_job_are_deleted() -> None:
    """Nothing is left behind by a job that has ended."""
    story = checkpointing()
    story.tell(ev.CheckpointTick())
    story.tell(ev.CheckpointIdDrawn(1))
    story.tell(ev.Cancel())
    story.report(0, "CANCELED")
    story.report(1, "CANCELED")
    assert story.tell(ev.CheckpointAcked("a[0]", 1, 1, ("b", 1, "s"))) == [DiscardStates((("b", 1, "s"),))]


def test_a_job_without_checkpoints_ignores_events_about_them() -> None:
    """No coordinator, no checkpoint."""
    story = Story().running()
    assert story.tell(ev.CheckpointTick()) == []
    assert story.tell(ev.CheckpointIdDrawn(1)) == []


def test_recovered_checkpoints_are_the_first_to_restore_from() -> None:
    """After a leader's death and before its own first checkpoint, the new leader restores from the old one's."""
    story = Story(checkpoints=EVERY_SECOND).running(RESTORED)
    story.report(0, "FAILED", 4)
    story.tell(ev.RestartDue(1))
    (deploy,) = only(story.offer(0), do.Deploy)
    assert deploy.restore == (7, ("b0", 1, "s"))


def test_a_state_that_does_not_come_is_asked_for_again() -> None:
    """The question, or the answer, may have been lost with a connection: those are asked that are silent."""
    story = checkpointing()
    story.tell(ev.CheckpointTick())
    story.tell(ev.CheckpointIdDrawn(1))
    story.tell(ev.CheckpointAcked("a[0]", 1, 1, ("b0", 1, "s")))
    assert story.tell(ev.CheckpointTick(), after_s=9.0) == []
    assert story.tell(ev.CheckpointTick(), after_s=1.0) == [do.TriggerCheckpoint(1, (("a[1]", 1, "y"),))]
    assert story.tell(ev.CheckpointTick(), after_s=9.0) == []
    assert story.tell(ev.CheckpointTick(), after_s=1.0) == [do.TriggerCheckpoint(1, (("a[1]", 1, "y"),))]


def rotten(strategy: FixedDelay) -> tuple[Story, CompletedCheckpoint, list[do.Effect]]:
    """Two checkpoints; a task fails, and its next attempt fails before it runs. What follows is the last."""
    story = Story(checkpoints=EVERY_SECOND, strategy=strategy).running()
    first = take(story, 1)
    story.tell(ev.CheckpointStored(1))
    take(story, 2)
    story.tell(ev.CheckpointStored(2))
    story.report(0, "FAILED")
    story.tell(ev.RestartDue(1), after_s=1.0)
    (deploy,) = only(story.offer(0), do.Deploy)
    assert deploy.restore == (2, ("2/a[0]", 1, "s"))
    return story, first, story.report(0, "FAILED", 2, error="2/a[0] is missing")


def test_a_checkpoint_that_rots_while_its_leader_leads_is_given_up() -> None:
    """Whoever fails before it runs may not be able to read its state: an older one takes its place, at no cost."""
    story, first, effects = rotten(FixedDelay(1, 1.0))
    assert only(effects, do.FindCheckpoint)
    assert not only(effects, do.ScheduleRestart)
    (restart,) = only(story.tell(ev.CheckpointFound(first)), do.ScheduleRestart)
    assert restart.delay_s == 0.0
    story.tell(ev.RestartDue(restart.restart_id))
    (deploy,) = only(story.offer(0), do.Deploy)
    assert (deploy.attempt, deploy.restore) == (3, (1, ("1/a[0]", 1, "s")))
    story.report(0, "RUNNING", 3)
    assert story.execution.history.newest_first()[0].reason == "2/a[0] is missing"
    assert take(story, 3).checkpoint_id == 3


@pytest.mark.parametrize("answer", ["the same", "nothing"])
def test_a_start_that_fails_for_another_reason_counts(answer: str) -> None:
    """The checkpoint is whole, or that cannot be said: the restart strategy is asked, as for any failure."""
    story, _, _ = rotten(FixedDelay(1, 1.0))
    found = story.execution.latest if answer == "the same" else None
    story.tell(ev.CheckpointFound(found))
    assert story.status is JobStatus.FAILING
    assert "The failure was: 2/a[0] is missing" in story.execution.reason


def test_nothing_is_run_and_nothing_is_asked_twice_while_a_checkpoint_is_in_doubt() -> None:
    """Another failure meanwhile waits for the same answer, and its restart too."""
    story, first, _ = rotten(FixedDelay(9, 1.0))
    effects = story.report(1, "FAILED")
    (restart,) = only(effects, do.ScheduleRestart)
    assert not only(effects, do.FindCheckpoint)
    assert not only(story.tell(ev.RestartDue(restart.restart_id), after_s=1.0), do.DeclareNeed)
    effects = story.tell(ev.CheckpointFound(first))
    assert only(effects, do.DeclareNeed)[0].waiting == ("a[1]",)


def test_a_checkpoint_is_not_looked_for_while_another_is_stored() -> None:
    """What is older is deleted then, and would be missed."""
    story = checkpointing(failover=FailoverStrategy.REGION)
    take(story, 1)
    story.tell(ev.CheckpointStored(1))
    story.report(0, "FAILED")
    story.tell(ev.RestartDue(1), after_s=1.0)
    story.offer(0)
    story.report(0, "RUNNING", 2)
    take(story, 2)
    story.report(1, "FAILED")
    assert not only(story.tell(ev.RestartDue(2), after_s=1.0), do.DeclareNeed)
    assert only(story.tell(ev.CheckpointStored(2)), do.DeclareNeed)


def test_a_job_that_is_cancelled_does_not_wait_for_the_answer() -> None:
    """It ends; what the store says comes too late."""
    story, first, _ = rotten(FixedDelay(9, 1.0))
    story.tell(ev.Cancel())
    story.report(1, "CANCELED")
    assert story.status is JobStatus.CANCELED
    assert story.tell(ev.CheckpointFound(first)) == []
