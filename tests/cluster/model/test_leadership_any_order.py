"""The contender's state machine under events in any order and with any epochs."""

from __future__ import annotations

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from cluster.model.leadership import (
    Challenge,
    Leadership,
    LeadershipEffect,
    Publish,
    Resign,
    Role,
    StartLeader,
    StopLeader,
)


class Contender(RuleBasedStateMachine):
    """Events in any order and with any epochs."""

    def __init__(self) -> None:
        super().__init__()
        self.leadership = Leadership()
        self.started: list[int] = []
        self.running: set[int] = set()
        self.published: list[int] = []

    def perform(self, effects: list[LeadershipEffect]) -> None:
        for effect in effects:
            match effect:
                case StartLeader(epoch):
                    assert not self.running, "two leader parts at once"
                    assert not self.started or epoch > self.started[-1], "epochs must rise"
                    self.started.append(epoch)
                    self.running.add(epoch)
                case StopLeader(epoch):
                    assert epoch in self.running
                case Publish(epoch, _):
                    assert epoch in self.running
                    self.published.append(epoch)
                case Challenge() | Resign():
                    pass

    @rule()
    def stand(self) -> None:
        self.perform(self.leadership.stand())

    @rule(epoch=st.integers(1, 12))
    def granted(self, epoch: int) -> None:
        self.perform(self.leadership.granted(epoch))

    @rule()
    def revoked(self) -> None:
        self.perform(self.leadership.revoked())
        assert not any(self.leadership.may_act(epoch) for epoch in range(13))

    @rule(epoch=st.integers(1, 12))
    def ready(self, epoch: int) -> None:
        self.perform(self.leadership.ready(epoch, "here"))

    @rule(epoch=st.integers(1, 12), well=st.booleans())
    def answered(self, epoch: int, well: bool) -> None:
        answer = self.leadership.published if well else self.leadership.publish_failed
        self.perform(answer(epoch))

    @rule(epoch=st.integers(1, 12))
    def stopped(self, epoch: int) -> None:
        if self.leadership.role is Role.STOPPING and epoch == self.leadership.epoch:
            self.running.discard(epoch)
        self.perform(self.leadership.stopped(epoch))

    @rule(epoch=st.integers(0, 12))
    def leader_changed(self, epoch: int) -> None:
        self.perform(self.leadership.leader_changed(epoch))

    @rule(epoch=st.integers(1, 12), certain=st.booleans())
    def leader_dead(self, epoch: int, certain: bool) -> None:
        self.perform(self.leadership.leader_dead(epoch, certain=certain))

    @rule(lost=st.booleans())
    def contact(self, lost: bool) -> None:
        self.perform(self.leadership.suspended() if lost else self.leadership.resumed())

    @rule(epoch=st.integers(1, 12))
    def failed(self, epoch: int) -> None:
        self.perform(self.leadership.failed(epoch))

    @rule()
    def leave(self) -> None:
        self.perform(self.leadership.leave())

    @invariant()
    def holds(self) -> None:
        """At most one leader part, never under an epoch that is not the highest known when it acts."""
        self.leadership.check()
        acting = [epoch for epoch in range(13) if self.leadership.may_act(epoch)]
        assert len(acting) <= 1
        assert all(epoch in self.running and epoch == self.leadership.highest_epoch for epoch in acting)


TestAnyOrder = Contender.TestCase

TestAnyOrder.settings = settings(max_examples=60, stateful_step_count=30, deadline=None)
