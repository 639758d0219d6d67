"""No order of evidence makes the verdict contradict itself."""

from __future__ import annotations

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from actors.notices import DeathCause
from runtime.protocol import actions as do
from runtime.protocol import evidence as ev
from runtime.protocol.evidence import Evidence
from runtime.protocol.handshake import Refusal
from runtime.protocol.standing import Standing
from runtime.protocol.verdict import Verdict
from tests.runtime.protocol.standings import SETTINGS


class AnyStory(RuleBasedStateMachine):
    """Evidence in any order: the verdict stays consistent, and each incarnation is convicted at most once."""

    def __init__(self) -> None:
        super().__init__()
        self.verdict = Verdict(SETTINGS)
        self.now = 0.0
        self.convicted: set[int] = set()
        self.admitted = 0

    @rule(
        evidence=st.one_of(
            *(
                st.just(make_evidence())
                for make_evidence in (
                    ev.Watched,
                    ev.Unwatched,
                    ev.InboundClosed,
                    ev.Heard,
                    ev.Spoke,
                    ev.Woke,
                )
            ),
            st.builds(ev.Introduced, st.integers(1, 4)),
            st.builds(ev.Goodbye, st.integers(1, 4)),
            st.builds(ev.Answered, st.integers(1, 4), st.booleans()),
            st.builds(ev.TurnedAway, st.integers(0, 4), st.sampled_from(Refusal), st.just("x")),
            st.builds(ev.OwnStall, st.floats(0, 10)),
            st.just(ev.ConnectionMute("x", is_alive=True)),
            *(
                st.just(make_text("x"))
                for make_text in (
                    ev.ConnectionLost,
                    ev.ConnectionMute,
                    ev.DialRefused,
                    ev.DialFailed,
                    ev.Exited,
                    ev.Declared,
                    ev.Overflowed,
                    ev.Suspicious,
                    ev.Silent,
                )
            ),
        ),
        step=st.floats(0, 2000),
    )
    def happens(self, evidence: Evidence, step: float) -> None:
        self.now += step
        was_watched = self.verdict.is_watched
        for action in self.verdict.handle(evidence, self.now):
            match action:
                case do.Convict(uid, cause):
                    assert uid not in self.convicted
                    assert uid or was_watched or isinstance(evidence, ev.Exited | ev.Overflowed)
                    assert cause is not DeathCause.UNREACHABLE or was_watched
                    if uid:
                        self.convicted.add(uid)
                case do.Admit(uid):
                    assert uid not in self.convicted
                case do.Redial(at) | do.WakeAt(at):
                    assert at >= self.now

    @precondition(lambda self: self.verdict.standing is Standing.CONDEMNED)
    @rule()
    def the_condemned_are_executed_in_the_end(self) -> None:
        actions: list[do.Action] = []
        for _ in range(SETTINGS.stays + 1):  # each time as late as a loop that stands still
            self.now += SETTINGS.drain_s
            actions = self.verdict.handle(ev.Woke(), self.now)
            if self.verdict.standing is not Standing.CONDEMNED:
                break
        assert [type(action) for action in actions] == [do.Convict]
        self.convicted |= {action.uid for action in actions if isinstance(action, do.Convict)}

    @invariant()
    def it_is_consistent(self) -> None:
        self.verdict.check()
        self.verdict._silence.check()


TestAnyStory = AnyStory.TestCase
