"""Checkpoints of one job under any sequence of acknowledgements, declines, ends and answers of the store."""

from __future__ import annotations

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from cluster.model.checkpoints import (
    CheckpointEffect,
    DiscardStates,
    StoreCheckpoint,
)
from tests.cluster.model.coordinating import coordinator, handle


class AnyOrder(RuleBasedStateMachine):
    """Acknowledgements, declines, ends and answers of the store in any order."""

    TASKS = ("a[0]", "a[1]", "a[2]")

    def __init__(self) -> None:
        super().__init__()
        self.made = coordinator(tolerable_failures=2, timeout_s=7.0)
        self.now = 0.0
        self.number = 0
        self.asked: dict[str, int] = {}
        self.stored: list[int] = []
        self.discarded: set[str] = set()

    def perform(self, effects: list[CheckpointEffect]) -> None:
        for effect in effects:
            if isinstance(effect, StoreCheckpoint):
                checkpoint = effect.checkpoint
                assert set(checkpoint.states) | set(checkpoint.results) == set(self.asked)
                assert not {name for name, _, _ in checkpoint.states.values()} & self.discarded
            elif isinstance(effect, DiscardStates):
                self.discarded |= {name for name, _, _ in effect.handles}

    @rule(pause=st.floats(0, 4))
    def tick(self, pause: float) -> None:
        self.now += pause
        self.perform(self.made.expire(self.now))
        if self.made.begin(self.now):
            self.number += 1
            self.asked = dict.fromkeys(self.TASKS, 1)
            self.perform(self.made.trigger(self.number, self.now, self.asked, {}))

    @rule(task=st.sampled_from(TASKS), attempt=st.integers(1, 2), back=st.integers(0, 2))
    def acknowledge(self, task: str, attempt: int, back: int) -> None:
        number = self.number - back
        self.perform(self.made.acknowledged(task, attempt, number, handle(f"{task}@{attempt}", number), self.now))

    @rule(task=st.sampled_from(TASKS))
    def finish(self, task: str) -> None:
        self.perform(self.made.task_finished(task, 1, self.now))

    @rule(task=st.sampled_from(TASKS), how=st.sampled_from(["decline", "abort"]))
    def lose(self, task: str, how: str) -> None:
        if how == "decline":
            self.perform(self.made.declined(task, 1, self.number, "x", self.now))
        else:
            self.perform(self.made.abort("x", self.now))

    @rule(well=st.booleans())
    def answer(self, well: bool) -> None:
        before = self.made.latest
        if well:
            self.perform(self.made.stored(self.number, self.now))
        else:
            self.perform(self.made.store_failed(self.number, "x", self.now))
        if self.made.latest is not before and self.made.latest is not None:
            assert before is None or self.made.latest.checkpoint_id > before.checkpoint_id

    @invariant()
    def holds(self) -> None:
        self.made.check()
        if self.made.latest is not None:
            assert not {name for name, _, _ in self.made.latest.states.values()} & self.discarded


TestAnyOrder = AnyOrder.TestCase

TestAnyOrder.settings = settings(max_examples=60, stateful_step_count=30, deadline=None)
