"""Every row of the verdict's table."""

from __future__ import annotations

from typing import get_args

import pytest

from actors.notices import DeathCause
from runtime.protocol import actions as do
from runtime.protocol import evidence as ev
from runtime.protocol.actions import Action
from runtime.protocol.evidence import Evidence
from runtime.protocol.handshake import Refusal
from runtime.protocol.standing import Standing
from tests.runtime.protocol.standings import OLD, OTHER, convict, make

N, T, D, A, C, X = Standing  # new, trusted, doubted, absent, condemned, dead
DEAD_BEFORE = "incarnation 5 was declared dead before (process-dead)"
OTHER_ANSWERS = "incarnation 6 answers where 5 was"

# Every row of the table: evidence at time 1 in a watched standing without an inbound connection (condemned: with one),
# what is to be done, and the standing behind it.
ROWS: list[tuple[Standing, Evidence, list[Action], Standing]] = [
    (N, ev.Watched(), [], N),
    (T, ev.Watched(), [], T),
    (D, ev.Watched(), [do.WakeAt(3000.0)], D),
    (A, ev.Watched(), [do.Redial(1.0, 20.0), do.WakeAt(3000.0)], A),
    (C, ev.Watched(), [], C),
    (X, ev.Watched(), [], N),
    (N, ev.Unwatched(), [], N),
    (T, ev.Unwatched(), [], T),
    (D, ev.Unwatched(), [], D),
    (A, ev.Unwatched(), [], A),
    (C, ev.Unwatched(), [], C),
    (X, ev.Unwatched(), [], X),
    (N, ev.Introduced(OLD), [do.BeginAgain(), do.Admit(OLD)], T),
    (T, ev.Introduced(OLD), [do.BeginAgain(), do.Admit(OLD)], T),
    (T, ev.Introduced(OTHER), [do.Hold(), do.Redial(1.0, 20.0), do.WakeAt(3001.0)], D),
    (D, ev.Introduced(OLD), [do.BeginAgain(), do.Admit(OLD)], D),
    (D, ev.Introduced(OTHER), [do.Hold()], D),
    (A, ev.Introduced(OLD), [do.BeginAgain(), do.Admit(OLD)], A),
    (A, ev.Introduced(OTHER), [do.Hold(), do.Redial(1.0, 20.0), do.WakeAt(3001.0)], D),
    (C, ev.Introduced(OLD), [do.Reject("incarnation 5 is dead")], C),
    (C, ev.Introduced(OTHER), [do.Hold(), do.WakeAt(301.0)], C),
    (X, ev.Introduced(OLD), [do.Reject(DEAD_BEFORE)], X),
    (X, ev.Introduced(OTHER), [do.Admit(OTHER)], T),
    (N, ev.InboundClosed(), [], N),
    (T, ev.InboundClosed(), [], T),
    (D, ev.InboundClosed(), [], D),
    (A, ev.InboundClosed(), [], A),
    (C, ev.InboundClosed(), [convict(DeathCause.PROCESS_DEAD, "killed")], X),
    (X, ev.InboundClosed(), [], X),
    (N, ev.ConnectionLost("EOF"), [], N),
    (T, ev.ConnectionLost("EOF"), [do.Redial(1.0, 20.0), do.WakeAt(3001.0)], D),
    (D, ev.ConnectionLost("EOF"), [], D),
    (A, ev.ConnectionLost("EOF"), [], A),
    (C, ev.ConnectionLost("EOF"), [], C),
    (X, ev.ConnectionLost("EOF"), [], X),
    (N, ev.ConnectionMute("for 2 s"), [], N),
    (T, ev.ConnectionMute("for 2 s"), [do.Redial(1.0, 20.0), do.WakeAt(3001.0)], D),
    (D, ev.ConnectionMute("for 2 s"), [], D),
    (A, ev.ConnectionMute("for 2 s"), [], A),
    (C, ev.ConnectionMute("for 2 s"), [], C),
    (X, ev.ConnectionMute("for 2 s"), [], X),
    (N, ev.Answered(OLD), [do.BeginAgain(), do.Admit(OLD)], T),
    (T, ev.Answered(OLD), [do.BeginAgain(), do.Admit(OLD)], T),
    (T, ev.Answered(OTHER), [convict(DeathCause.NEW_INCARNATION, OTHER_ANSWERS), do.Admit(OTHER)], T),
    (D, ev.Answered(OLD), [do.BeginAgain(), do.Admit(OLD)], T),
    (D, ev.Answered(OTHER), [convict(DeathCause.NEW_INCARNATION, OTHER_ANSWERS), do.Admit(OTHER)], T),
    (A, ev.Answered(OLD), [do.BeginAgain(), do.Admit(OLD)], T),
    (A, ev.Answered(OTHER), [convict(DeathCause.NEW_INCARNATION, OTHER_ANSWERS), do.Admit(OTHER)], T),
    (C, ev.Answered(OTHER), [do.Reject("a predecessor at its address is still being read")], C),
    (X, ev.Answered(OLD), [do.Reject(DEAD_BEFORE)], X),
    (X, ev.Answered(OTHER), [do.Admit(OTHER)], T),
    (N, ev.DialRefused("refused"), [convict(DeathCause.PROCESS_DEAD, "refused", 0)], X),
    (T, ev.DialRefused("refused"), [], T),
    (D, ev.DialRefused("refused"), [convict(DeathCause.PROCESS_DEAD, "refused")], X),
    (A, ev.DialRefused("refused"), [convict(DeathCause.PROCESS_DEAD, "refused")], X),
    (C, ev.DialRefused("refused"), [], C),
    (X, ev.DialRefused("refused"), [], X),
    (N, ev.DialFailed("no answer"), [], N),
    (T, ev.DialFailed("no answer"), [], T),
    (D, ev.DialFailed("no answer"), [do.Redial(2.0, 20.0)], D),
    (A, ev.DialFailed("no answer"), [], A),
    (C, ev.DialFailed("no answer"), [], C),
    (X, ev.DialFailed("no answer"), [], X),
    (N, ev.TurnedAway(OTHER, Refusal.WRONG_TARGET, "no"), [convict(DeathCause.NEVER_EXISTED, "no", 0)], X),
    (N, ev.TurnedAway(OTHER, Refusal.QUARANTINED, "no"), [convict(DeathCause.QUARANTINED, "no", 0)], X),
    (N, ev.TurnedAway(OTHER, Refusal.VERSION, "no"), [convict(DeathCause.UNREACHABLE, "no", 0)], X),
    (T, ev.TurnedAway(OTHER, Refusal.WRONG_TARGET, "no"), [convict(DeathCause.NEW_INCARNATION, "no")], X),
    (T, ev.TurnedAway(OLD, Refusal.QUARANTINED, "no"), [convict(DeathCause.QUARANTINED, "no")], X),
    (T, ev.TurnedAway(OLD, Refusal.WRONG_TARGET, "no"), [], T),
    (D, ev.TurnedAway(OTHER, Refusal.QUARANTINED, "no"), [convict(DeathCause.NEW_INCARNATION, "no")], X),
    (D, ev.TurnedAway(OLD, Refusal.QUARANTINED, "no"), [convict(DeathCause.QUARANTINED, "no")], X),
    (D, ev.TurnedAway(0, Refusal.WRONG_TARGET, "no"), [do.Redial(2.0, 20.0)], D),
    (A, ev.TurnedAway(OTHER, Refusal.WRONG_TARGET, "no"), [convict(DeathCause.NEW_INCARNATION, "no")], X),
    (A, ev.TurnedAway(0, Refusal.WRONG_TARGET, "no"), [], A),
    (C, ev.TurnedAway(OTHER, Refusal.WRONG_TARGET, "no"), [], C),
    (X, ev.TurnedAway(OTHER, Refusal.WRONG_TARGET, "no"), [], X),
    (N, ev.Goodbye(OLD), [], N),
    (T, ev.Goodbye(OLD), [convict(DeathCause.NODE_SHUTDOWN, "the node shut down")], X),
    (D, ev.Goodbye(OLD), [convict(DeathCause.NODE_SHUTDOWN, "the node shut down")], X),
    (A, ev.Goodbye(OLD), [convict(DeathCause.NODE_SHUTDOWN, "the node shut down")], X),
    (C, ev.Goodbye(OLD), [], C),
    (X, ev.Goodbye(OLD), [], X),
    (N, ev.Exited("exit status 3"), [convict(DeathCause.PROCESS_DEAD, "exit status 3", 0)], X),
    (T, ev.Exited("exit status 3"), [convict(DeathCause.PROCESS_DEAD, "exit status 3")], X),
    (D, ev.Exited("exit status 3"), [convict(DeathCause.PROCESS_DEAD, "exit status 3")], X),
    (A, ev.Exited("exit status 3"), [convict(DeathCause.PROCESS_DEAD, "exit status 3")], X),
    (C, ev.Exited("exit status 3"), [], C),
    (X, ev.Exited("exit status 3"), [], X),
    (N, ev.Declared("by Eve"), [convict(DeathCause.PROCESS_DEAD, "by Eve", 0)], X),
    (T, ev.Declared("by Eve"), [convict(DeathCause.PROCESS_DEAD, "by Eve")], X),
    (D, ev.Declared("by Eve"), [convict(DeathCause.PROCESS_DEAD, "by Eve")], X),
    (A, ev.Declared("by Eve"), [convict(DeathCause.PROCESS_DEAD, "by Eve")], X),
    (C, ev.Declared("by Eve"), [convict(DeathCause.PROCESS_DEAD, "by Eve")], X),
    (X, ev.Declared("by Eve"), [], X),
    (N, ev.Overflowed("full"), [convict(DeathCause.QUARANTINED, "full", 0)], X),
    (T, ev.Overflowed("full"), [convict(DeathCause.QUARANTINED, "full")], X),
    (D, ev.Overflowed("full"), [convict(DeathCause.QUARANTINED, "full")], X),
    (A, ev.Overflowed("full"), [convict(DeathCause.QUARANTINED, "full")], X),
    (C, ev.Overflowed("full"), [], C),
    (X, ev.Overflowed("full"), [], X),
    (N, ev.Heard(), [], N),
    (T, ev.Heard(), [], T),
    (D, ev.Heard(), [], D),
    (A, ev.Heard(), [], A),
    (C, ev.Heard(), [], C),
    (X, ev.Heard(), [], X),
    (N, ev.Spoke(), [], N),
    (T, ev.Spoke(), [], T),
    (D, ev.Spoke(), [], D),
    (A, ev.Spoke(), [], A),
    (C, ev.Spoke(), [], C),
    (X, ev.Spoke(), [], X),
    (N, ev.Suspicious("phi 5"), [do.Suspect("phi 5")], N),
    (T, ev.Suspicious("phi 5"), [do.Suspect("phi 5")], T),
    (D, ev.Suspicious("phi 5"), [do.Suspect("phi 5")], D),
    (A, ev.Suspicious("phi 5"), [do.Suspect("phi 5")], A),
    (C, ev.Suspicious("phi 5"), [], C),
    (X, ev.Suspicious("phi 5"), [], X),
    (N, ev.Silent("phi 10"), [do.Suspect("phi 10"), do.Recheck()], N),
    (T, ev.Silent("phi 10"), [do.Suspect("phi 10"), do.Recheck()], T),
    (D, ev.Silent("phi 10"), [do.Suspect("phi 10"), do.Recheck()], D),
    (A, ev.Silent("phi 10"), [do.Suspect("phi 10"), do.Recheck()], A),
    (C, ev.Silent("phi 10"), [], C),
    (X, ev.Silent("phi 10"), [], X),
    (N, ev.OwnStall(2.0), [], N),
    (T, ev.OwnStall(2.0), [], T),
    (D, ev.OwnStall(2.0), [], D),
    (A, ev.OwnStall(2.0), [], A),
    (C, ev.OwnStall(2.0), [], C),
    (X, ev.OwnStall(2.0), [], X),
    (N, ev.Woke(), [], N),
    (T, ev.Woke(), [], T),
    (D, ev.Woke(), [do.WakeAt(3000.0)], D),
    (A, ev.Woke(), [do.WakeAt(3000.0)], A),
    (C, ev.Woke(), [do.WakeAt(1000.0)], C),
    (X, ev.Woke(), [], X),
]


@pytest.mark.parametrize(("standing", "evidence", "actions", "after"), ROWS, ids=str)
def test_every_row_of_the_table(standing: Standing, evidence: Evidence, actions: list[Action], after: Standing) -> None:
    """Each evidence in each standing leads to exactly these actions and this standing."""
    verdict = make(standing)
    assert verdict.handle(evidence, 1.0) == actions
    assert verdict.standing is after
    verdict.check()


def test_no_row_is_forgotten() -> None:
    """The rows above cover every evidence in every standing."""
    assert {(standing, type(evidence)) for standing, evidence, _, _ in ROWS} == {
        (standing, kind) for standing in Standing for kind in get_args(Evidence)
    }
