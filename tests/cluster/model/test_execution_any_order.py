"""A job against a cluster that does everything in any order: promises that hold whatever happens."""

from __future__ import annotations

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from cluster.model import execution_effects as do
from cluster.model import execution_events as ev
from cluster.model.checkpoints import CheckpointSettings, StoreCheckpoint
from cluster.model.completed_checkpoint import CompletedCheckpoint
from cluster.model.failover import FailoverStrategy
from cluster.model.job import JobStatus
from cluster.model.restart import FixedDelay
from cluster.model.vertex import TaskState
from tests.cluster.model.stories import Story

LIMIT = 12


class AnyOrder(RuleBasedStateMachine):
    """TaskManagers x, y and z with as many slots as needed; messages to and from them may be late or repeated."""

    def __init__(self) -> None:
        super().__init__()
        self.story = Story(
            tasks=3,
            strategy=FixedDelay(LIMIT, 1.0),
            checkpoints=CheckpointSettings(1.0, tolerable_failures=1),
            failover=FailoverStrategy.REGION,
        )
        self.live: dict[tuple[str, int], str] = {}
        self.attempts: dict[str, int] = {}
        self.waiting: set[str] = set()
        self.delays: set[int] = set()
        self.id_wanted = self.is_looked_for = False
        self.stored: list[CompletedCheckpoint] = []
        self.number = 0
        self.asked: list[tuple[str, int, int]] = []
        self.storing: CompletedCheckpoint | None = None
        self.ended: list[do.JobEnded] = []
        self.tell(ev.Start())

    def tell(self, event: ev.Event, after_s: float = 0.0) -> None:
        for effect in self.story.tell(event, after_s):
            assert not self.ended or isinstance(effect, do.ReleaseSlot | do.DeclareNeed) or "Discard" in str(effect)
            match effect:
                case do.DeclareNeed(waiting):
                    self.waiting = set(waiting)
                case do.Deploy():
                    key = (effect.task_id, effect.attempt)
                    others = [one for one in self.live if one[0] == effect.task_id and one != key]
                    assert not others, "two live attempts of one task"
                    assert effect.attempt >= self.attempts.get(effect.task_id, 0)
                    self.attempts[effect.task_id] = effect.attempt
                    self.live[key] = effect.task_manager
                    assert not self.is_looked_for, "it may be run from what cannot be read"
                case do.ScheduleRestart(number, _):
                    self.delays.add(number)
                case do.DrawCheckpointId():
                    self.id_wanted = True
                case do.FindCheckpoint():
                    assert not self.is_looked_for
                    assert self.storing is None
                    self.is_looked_for = True
                case do.TriggerCheckpoint(number, targets):
                    self.asked += [(task_id, attempt, number) for task_id, attempt, _ in targets]
                case StoreCheckpoint(checkpoint):
                    assert set(checkpoint.states) | set(checkpoint.results) == {"a[0]", "a[1]", "a[2]"}
                    assert not self.is_looked_for
                    self.storing = checkpoint
                case do.JobEnded():
                    self.ended.append(effect)
                case _:
                    pass

    @precondition(lambda self: self.waiting)
    @rule(data=st.data(), where=st.sampled_from("xyz"))
    def offer(self, data: st.DataObject, where: str) -> None:
        task_id = data.draw(st.sampled_from(sorted(self.waiting)))
        self.waiting.discard(task_id)
        self.tell(ev.SlotOffered(task_id, where, 0))

    @precondition(lambda self: self.live)
    @rule(data=st.data(), state=st.sampled_from(["RUNNING", "RUNNING", "FINISHED", "FAILED", "CANCELED"]))
    def report(self, data: st.DataObject, state: str) -> None:
        key = data.draw(st.sampled_from(sorted(self.live)))
        if state != "RUNNING":
            del self.live[key]
        self.tell(ev.TaskReported(*key, TaskState(state), result=1))

    @rule(index=st.integers(0, 2), attempt=st.integers(0, 3), state=st.sampled_from(["FINISHED", "FAILED"]))
    def report_of_the_dead(self, index: int, attempt: int, state: str) -> None:
        if (f"a[{index}]", attempt) not in self.live:
            self.tell(ev.TaskReported(f"a[{index}]", attempt, TaskState(state)))

    @rule(where=st.sampled_from("xyz"))
    def lose(self, where: str) -> None:
        self.live = {key: place for key, place in self.live.items() if place != where}
        self.tell(ev.TaskManagerLost(where, "process-dead"))

    @precondition(lambda self: self.delays)
    @rule()
    def restart(self) -> None:
        self.tell(ev.RestartDue(self.delays.pop()), after_s=1.0)

    @rule(pause=st.floats(0, 3))
    def tick(self, pause: float) -> None:
        self.tell(ev.Tick(), after_s=pause)
        self.tell(ev.CheckpointTick())

    @precondition(lambda self: self.id_wanted)
    @rule(well=st.booleans())
    def draw_id(self, well: bool) -> None:
        self.id_wanted = False
        self.number += 1
        self.tell(ev.CheckpointIdDrawn(self.number) if well else ev.CheckpointIdFailed("down"))

    @precondition(lambda self: self.asked)
    @rule(data=st.data(), well=st.sampled_from([True, True, True, False]))
    def acknowledge(self, data: st.DataObject, well: bool) -> None:
        task_id, attempt, number = data.draw(st.sampled_from(sorted(self.asked)))
        if well:
            self.tell(ev.CheckpointAcked(task_id, attempt, number, (f"{number}/{task_id}", 1, "s")))
        else:
            self.tell(ev.CheckpointDeclined(task_id, attempt, number, "x"))

    @precondition(lambda self: self.storing)
    @rule(well=st.sampled_from([True, True, False]))
    def store(self, well: bool) -> None:
        checkpoint, self.storing = self.storing, None
        assert checkpoint is not None
        if well:
            self.stored.append(checkpoint)
        number = checkpoint.checkpoint_id
        self.tell(ev.CheckpointStored(number) if well else ev.CheckpointStoreFailed(number, "x"))

    @precondition(lambda self: self.is_looked_for)
    @rule(back=st.integers(0, 2))
    def find(self, back: int) -> None:
        """What is found is the newest, or an older one, or nothing can be said."""
        self.is_looked_for = False
        self.tell(ev.CheckpointFound([None, *self.stored][-1 - min(back, len(self.stored))]))

    @precondition(lambda self: self.story.execution.restarts > 3)
    @rule()
    def cancel(self) -> None:
        self.tell(ev.Cancel())

    @invariant()
    def holds(self) -> None:
        """The job ends once, with nothing left alive, and waits for slots exactly as it has said."""
        execution = self.story.execution
        assert len(self.ended) == execution.status.is_globally_terminal
        if self.ended:
            assert not self.live
            assert (self.ended[0].status is JobStatus.FINISHED) == (len(self.ended[0].results) == 3)
        else:
            assert set(execution.vertices.waiting) >= self.waiting

    def teardown(self) -> None:
        """From any point the job can still be brought to an end."""
        for _ in range(200):
            if self.ended:
                return
            if self.storing:
                self.store(well=True)
            if self.is_looked_for:
                self.find(back=0)
            for task_id in sorted(self.waiting):
                self.waiting.discard(task_id)
                self.tell(ev.SlotOffered(task_id, "x", 0))
            for key in sorted(self.live):
                del self.live[key]
                self.tell(ev.TaskReported(*key, TaskState.FINISHED, result=1))
            for number in sorted(self.delays):
                self.delays.discard(number)
                self.tell(ev.RestartDue(number))
        raise AssertionError(f"the job is stuck: {self.story.status}")


TestAnyOrder = AnyOrder.TestCase
TestAnyOrder.settings = settings(max_examples=80, stateful_step_count=40, deadline=None)
