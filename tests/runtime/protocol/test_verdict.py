"""What the verdict does in one place and another."""

from __future__ import annotations

from dataclasses import replace

import pytest

from actors.notices import DeathCause
from runtime.protocol import actions as do
from runtime.protocol import evidence as ev
from runtime.protocol.evidence import Evidence
from runtime.protocol.handshake import Refusal
from runtime.protocol.standing import Standing
from runtime.protocol.verdict import Verdict
from tests.runtime.protocol.standings import OLD, OTHER, SETTINGS, convict, make


def test_nobody_is_convicted_unwatched_by_silence_or_of_never_having_been_there() -> None:
    """Silence, a refused first dial and a refused handshake are of no interest when nobody watches."""
    for evidence in (
        ev.Silent("phi"),
        ev.DialRefused("no"),
        ev.TurnedAway(OTHER, Refusal.QUARANTINED, "no"),
        ev.Suspicious("phi"),
    ):
        assert make(Standing.NEW, watched=False).handle(evidence, 1.0) == []
    assert make(Standing.TRUSTED, watched=False).handle(ev.Silent("phi"), 1.0) == []


@pytest.mark.parametrize(
    ("evidence", "cause"),
    [
        (ev.Goodbye(OLD), DeathCause.NODE_SHUTDOWN),
        (ev.Exited("x"), DeathCause.PROCESS_DEAD),
        (ev.Answered(OTHER), DeathCause.NEW_INCARNATION),
    ],
)
def test_a_certain_death_waits_until_its_last_words_are_read(evidence: Evidence, cause: DeathCause) -> None:
    """D57: while the inbound connection is open, the conviction waits for its end, or for the bound."""
    for last in (ev.InboundClosed(), ev.Woke()):
        verdict = make(Standing.TRUSTED, inbound=True)
        first = verdict.handle(evidence, 1.0)
        due = 301.0 if cause is DeathCause.NEW_INCARNATION else 1001.0
        assert first[0] == do.WakeAt(due)
        assert not any(isinstance(action, do.Convict | do.Admit) for action in first)
        (sentence,) = verdict.handle(last, due)
        assert isinstance(sentence, do.Convict)
        assert (sentence.uid, sentence.cause, sentence.is_certain) == (OLD, cause, True)


@pytest.mark.parametrize("standing", list(Standing))
def test_a_connection_that_brings_answers_is_read_to_its_end(standing: Standing) -> None:
    """D57: whoever shook hands on such a connection, from whatever was believed before, is told dead behind its end."""
    for uid in (OLD, OTHER, 77):
        verdict = make(standing)
        verdict.handle(ev.Watched(), 1.0)
        if do.Admit(uid) not in verdict.handle(ev.Answered(uid, brings_answers=True), 1.0):
            continue
        assert not any(isinstance(action, do.Convict) for action in verdict.handle(ev.Goodbye(uid), 2.0))
        (sentence,) = verdict.handle(ev.InboundClosed(), 3.0)
        assert isinstance(sentence, do.Convict)
        assert (sentence.uid, sentence.cause) == (uid, DeathCause.NODE_SHUTDOWN)


def test_redials_double_their_wait_and_then_leave_it_to_the_detector() -> None:
    """Timed out or reset before the handshake: wait 0.5, 1, 2 ..., then ABSENT; a later refusal still convicts."""
    verdict = make(Standing.TRUSTED)
    assert verdict.handle(ev.ConnectionLost("RST"), 0.0) == [do.Redial(0.0, 20.0), do.WakeAt(3000.0)]
    assert verdict.handle(ev.DialFailed("reset"), 10.0) == [do.Redial(11.0, 20.0)]
    assert verdict.handle(ev.DialFailed("reset"), 20.0) == [do.Redial(22.0, 20.0)]
    assert verdict.handle(ev.DialFailed("reset"), 30.0) == []
    assert verdict.standing is Standing.ABSENT
    assert verdict.handle(ev.DialRefused("refused"), 40.0) == [convict(DeathCause.PROCESS_DEAD, "refused")]


def test_silence_convicts_in_two_steps_unless_something_is_heard_between_them() -> None:
    """Mark, drain, look again, dial: only the second silence in a row does, and it is a judgement, not a certainty."""
    verdict = make(Standing.ABSENT)
    assert verdict.handle(ev.Silent("phi 10"), 1.0) == [do.Suspect("phi 10"), do.Recheck()]
    assert verdict.handle(ev.Heard(), 1.0) == [do.Unsuspect()]
    assert verdict.handle(ev.Silent("phi 11"), 2.0) == [do.Suspect("phi 11"), do.Recheck()]
    assert verdict.handle(ev.Silent("phi 12"), 2.0) == [do.Redial(2.0, 25.0), do.WakeAt(52.0)]
    (sentence,) = verdict.handle(ev.DialFailed("no answer"), 27.0)
    assert sentence == convict(DeathCause.UNREACHABLE, "phi 12; no answer")
    assert not sentence.is_certain


def test_our_own_stall_excuses_the_silence() -> None:
    """After a stall no silence is judged for the grace time, or for as long as the stall, which has a limit."""
    verdict = make(Standing.TRUSTED)
    verdict.handle(ev.Silent("phi 10"), 1.0)
    verdict.handle(ev.OwnStall(3000.0), 2.0)
    assert verdict.handle(ev.Silent("phi 12"), 3001.0) == []
    verdict.handle(ev.OwnStall(1.0), 3001.0)
    assert verdict.handle(ev.Silent("phi 12"), 4000.0) == []
    assert do.Recheck() in verdict.handle(ev.Silent("phi 12"), 4001.0)
    verdict.handle(ev.OwnStall(1e6), 5000.0)
    assert verdict.handle(ev.Silent("phi 12"), 9999.0) == []
    assert do.Recheck() in verdict.handle(ev.Silent("phi 12"), 10000.0)


def test_d73_the_verdict_on_an_incarnation_never_reverses() -> None:
    """D73, D75: a convicted incarnation that answers again is rejected, and whoever watches it anew is told."""
    verdict = make(Standing.ABSENT)
    for evidence in (ev.Silent("phi"), ev.Silent("phi"), ev.DialFailed("no answer")):
        verdict.handle(evidence, 1.0)
    text = "incarnation 5 was declared dead before (unreachable)"
    assert verdict.handle(ev.Introduced(OLD), 2.0) == [do.Reject(text)]
    assert verdict.handle(ev.Answered(OLD), 2.0) == [do.Reject(text)]
    verdict.handle(ev.Watched(), 3.0)
    assert verdict.standing is Standing.NEW
    assert verdict.handle(ev.Answered(OLD, begun_at=2.9), 4.0) == [do.Reject(text)]
    assert verdict.standing is Standing.NEW, "nobody had asked when that dial began; the answer was given before"
    now = ev.Answered(OLD, begun_at=3.0)
    assert verdict.handle(now, 4.0) == [do.Reject(text), convict(DeathCause.QUARANTINED, text, 0, as_of=3.0)]


def test_d74_a_new_watch_on_a_dead_address_is_judged_afresh() -> None:
    """D74: after a conviction a new watch starts anew, and a new silence convicts again."""
    verdict = make(Standing.DEAD)
    verdict.handle(ev.Watched(), 1.0)
    verdict.handle(ev.Answered(OTHER), 1.0)
    assert do.Recheck() in verdict.handle(ev.Silent("phi"), 2.0)
    assert verdict.handle(ev.Silent("phi"), 2.0) == [do.Redial(2.0, 25.0), do.WakeAt(52.0)]
    assert verdict.handle(ev.Woke(), 52.0) == [convict(DeathCause.UNREACHABLE, "phi", OTHER)]


def test_who_stood_still_itself_waits_anew_for_last_words() -> None:
    """D57: a loop that was late has not read what came meanwhile; but no loop is waited for without end."""
    verdict = make(Standing.CONDEMNED)
    assert verdict.handle(ev.Woke(), 1100.0) == [do.WakeAt(1400.0)]
    assert verdict.handle(ev.Woke(), 1399.0) == [do.WakeAt(1400.0)]
    assert verdict.handle(ev.Woke(), 1449.0) == [convict(DeathCause.PROCESS_DEAD, "killed")]
    verdict = make(Standing.CONDEMNED)
    for late in (2000.0, 3000.0, 4000.0):
        assert verdict.handle(ev.Woke(), late) == [do.WakeAt(late + 300.0)]
        verdict.check()
    assert verdict.handle(ev.Woke(), 5000.0) == [convict(DeathCause.PROCESS_DEAD, "killed")]


def test_a_newcomer_does_not_wait_at_the_door_for_long() -> None:
    """What its predecessor had sent is read for a shorter time when somebody waits, never for a longer."""
    verdict = make(Standing.TRUSTED, inbound=True)
    verdict.handle(ev.Goodbye(OLD), 0.0)
    assert verdict.handle(ev.Introduced(OTHER), 100.0) == [do.Hold(), do.WakeAt(400.0)]
    assert verdict.handle(ev.Introduced(OTHER), 200.0) == [do.Hold(), do.WakeAt(400.0)]
    assert verdict.handle(ev.Woke(), 400.0) == [convict(DeathCause.NODE_SHUTDOWN, "the node shut down")]


def test_a_refusal_that_may_be_a_firewalls_is_no_proof() -> None:
    """With `refusal_is_certain=False` a refused dial is one that failed; silence alone convicts."""
    verdict = Verdict(replace(SETTINGS, refusal_is_certain=False))
    verdict.handle(ev.Watched(), 0.0)
    assert verdict.handle(ev.DialRefused("refused"), 0.0) == []
    verdict.handle(ev.Answered(OLD), 0.0)
    verdict.handle(ev.ConnectionLost("EOF"), 0.0)
    assert verdict.handle(ev.DialRefused("refused"), 1.0) == [do.Redial(2.0, 20.0)]
    verdict.handle(ev.DialRefused("refused"), 1.0)
    verdict.handle(ev.DialRefused("refused"), 1.0)
    assert verdict.standing is Standing.ABSENT
    assert verdict.handle(ev.DialRefused("refused"), 1.0) == []
    verdict.handle(ev.Silent("phi"), 2.0)
    verdict.handle(ev.Silent("phi"), 2.0)
    assert verdict.handle(ev.DialRefused("no"), 3.0) == [convict(DeathCause.UNREACHABLE, "phi; no")]


def test_what_a_detector_showed_goes_along_with_the_suspicion() -> None:
    """The reading reaches those who are told."""
    reading = ev.Reading(5.0, 2.5, 0.1)
    assert make(Standing.TRUSTED).handle(ev.Suspicious("phi 5", reading), 1.0) == [do.Suspect("phi 5", reading)]


def mute(*, is_alive: bool) -> Verdict:
    """Watched, and nothing comes back on its connection."""
    verdict = make(Standing.TRUSTED)
    assert verdict.handle(ev.ConnectionMute("mute", is_alive), 1.0) == [
        do.Redial(1.0, 20.0),
        do.WakeAt(2001.0 if is_alive else 3001.0),
    ]
    return verdict


def test_who_cannot_be_connected_to_is_suspected_and_not_convicted() -> None:
    """No dial is answered for long: told once, whatever is heard beside it, and withdrawn by a handshake only."""
    verdict = mute(is_alive=True)
    for now in (2.0, 3.0, 4.0):
        verdict.handle(ev.DialFailed("no answer"), now)
    assert verdict.standing is Standing.ABSENT
    text = "no connection for 2000.00 s: mute"
    assert verdict.handle(ev.Woke(), 2001.0) == [do.Suspect(text, ground=ev.Ground.NO_CONNECTION)]
    assert verdict.handle(ev.Heard(), 3002.0) == []
    assert verdict.handle(ev.Woke(), 9000.0) == []
    assert not verdict.minds_silence()
    assert verdict.handle(ev.Answered(OLD), 9000.0) == [do.BeginAgain(), do.Unsuspect(), do.Admit(OLD)]
    assert verdict.handle(ev.Woke(), 9001.0) == []


def test_a_refusal_where_the_node_is_heard_beside_it_proves_nothing() -> None:
    """It lives, so something refuses in its name; when it falls silent, a refusal counts again."""
    verdict = mute(is_alive=True)
    assert verdict.handle(ev.DialRefused("refused"), 2.0) == [do.Redial(3.0, 20.0)]
    verdict.handle(ev.Silent("chen"), 4.0)
    assert verdict.handle(ev.DialRefused("refused"), 5.0) == [convict(DeathCause.PROCESS_DEAD, "refused")]
    assert mute(is_alive=False).handle(ev.DialRefused("refused"), 2.0) == [convict(DeathCause.PROCESS_DEAD, "refused")]
    again = mute(is_alive=True)
    again.handle(ev.Answered(OLD), 2.0)
    again.handle(ev.ConnectionLost("EOF"), 3.0)
    assert again.handle(ev.DialRefused("refused"), 3.0) == [convict(DeathCause.PROCESS_DEAD, "refused")]


def test_two_grounds_are_one_suspicion() -> None:
    """Out of reach, and then silent: told with the first, withdrawn with the last."""
    verdict = mute(is_alive=False)
    verdict.handle(ev.Woke(), 3001.0)
    assert verdict.handle(ev.Suspicious("chen"), 3002.0) == []
    assert verdict.handle(ev.Answered(OLD), 3003.0) == [do.BeginAgain(), do.Unsuspect(), do.Admit(OLD)]
    assert verdict.handle(ev.Heard(), 3004.0) == []
    verdict.handle(ev.Suspicious("chen"), 3005.0)
    assert verdict.handle(ev.Unwatched(), 3006.0) == [do.Unsuspect()]


def test_who_begins_to_watch_a_node_out_of_reach_is_told() -> None:
    """There may have been no connection for long: the time runs from its loss, and not from the watch.

    While nobody cared, nobody dialled: it is asked at once whether it is there again.
    """
    verdict = make(Standing.ABSENT, watched=False)
    assert verdict.handle(ev.Woke(), 3000.0) == []
    assert verdict.handle(ev.Watched(), 5000.0) == [do.Redial(5000.0, 20.0), do.WakeAt(5000.0)]
    (suspect,) = verdict.handle(ev.Woke(), 5000.0)
    assert suspect == do.Suspect("no connection for 5000.00 s: EOF", ground=ev.Ground.NO_CONNECTION)


@pytest.mark.parametrize("standing", [Standing.NEW, Standing.DEAD])
def test_nobody_is_declared_dead_whom_nobody_knows(standing: Standing) -> None:
    """The operator's word about a node that is not known and not watched is no event."""
    assert make(standing, watched=False).handle(ev.Declared("by Eve"), 1.0) == []


def test_a_late_hello_of_a_predecessor_convicts_nobody() -> None:
    """A Hello of another uid is only a reason to dial: the one that answers is the one that lives."""
    verdict = make(Standing.TRUSTED)
    assert verdict.handle(ev.Introduced(OTHER), 1.0)[:2] == [do.Hold(), do.Redial(1.0, 20.0)]
    assert verdict.handle(ev.Answered(OLD), 2.0) == [do.BeginAgain(), do.Admit(OLD)]
    assert not verdict.is_dead(OLD)


def test_the_memory_of_the_dead_is_bounded() -> None:
    """A place where thousands of incarnations lived is remembered by its last ones."""
    verdict = Verdict(SETTINGS)
    for uid in range(1, 2001):
        verdict.handle(ev.Answered(uid), 0.0)
    assert verdict.is_dead(1999)
    assert not verdict.is_dead(1)


@pytest.mark.parametrize("standing", [Standing.TRUSTED, Standing.DOUBTED, Standing.ABSENT])
def test_the_goodbye_of_a_predecessor_ends_nobody(standing: Standing) -> None:
    """It was still to be read on a connection that had ended, and another incarnation lives there by now."""
    verdict = make(standing)
    assert verdict.handle(ev.Goodbye(OTHER), 1.0) == []
    assert verdict.standing is standing
