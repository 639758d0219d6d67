"""Silence until it convicts: marked, looked at again, and then the last dial, which may save the node."""

from __future__ import annotations

from dataclasses import replace

import pytest

from actors.notices import DeathCause
from runtime.protocol import actions as do
from runtime.protocol import evidence as ev
from runtime.protocol.evidence import Evidence
from runtime.protocol.standing import Standing
from runtime.protocol.verdict import Verdict
from tests.runtime.protocol.standings import OLD, OTHER, SETTINGS, convict, make


def silent() -> Verdict:
    """Trusted, silent twice, and dialled for the last time."""
    verdict = make(Standing.TRUSTED)
    verdict.handle(ev.Silent("phi 10"), 1.0)
    assert verdict.handle(ev.Silent("phi 12"), 2.0) == [do.Redial(2.0, 25.0), do.WakeAt(52.0)]
    verdict.check()
    return verdict


@pytest.mark.parametrize(
    ("evidence", "expected"),
    [
        (ev.DialFailed("no answer"), convict(DeathCause.UNREACHABLE, "phi 12; no answer")),
        (ev.Woke(), convict(DeathCause.UNREACHABLE, "phi 12")),
        (ev.DialRefused("refused"), convict(DeathCause.PROCESS_DEAD, "refused")),
        (ev.Answered(OTHER), convict(DeathCause.NEW_INCARNATION, f"incarnation {OTHER} answers where {OLD} was")),
        (ev.Declared("by Eve"), convict(DeathCause.PROCESS_DEAD, "by Eve")),
    ],
)
def test_the_last_dial_to_a_silent_node_convicts(evidence: Evidence, expected: do.Convict) -> None:
    """Without an answer by silence; with a refusal or another incarnation for certain."""
    verdict = silent()
    assert verdict.handle(evidence, 60.0)[0] == expected
    verdict.check()


@pytest.mark.parametrize("evidence", [ev.Answered(OLD), ev.Introduced(OLD)])
def test_a_silent_node_that_shakes_hands_is_spared(evidence: Evidence) -> None:
    """Half-open connections: the silence was the connection's; it is withdrawn and counts from now on."""
    verdict = silent()
    assert verdict.handle(evidence, 3.0) == [do.BeginAgain(), do.Unsuspect(), do.Admit(OLD)]
    assert verdict.handle(ev.Woke(), 52.0) == ([do.WakeAt(3002.0)] if isinstance(evidence, ev.Introduced) else [])
    assert do.Recheck() in verdict.handle(ev.Silent("phi"), 100.0)


@pytest.mark.parametrize("standing", [Standing.NEW, Standing.TRUSTED, Standing.DOUBTED, Standing.ABSENT])
@pytest.mark.parametrize("told", [ev.Suspicious("phi 5"), ev.Silent("phi 10")])
def test_who_shakes_hands_is_heard(standing: Standing, told: Evidence) -> None:
    """Before any last dial, too, a handshake withdraws the suspicion, and silence begins anew, whoever dialled."""
    for handshake in (ev.Introduced(OLD), ev.Answered(OLD)):
        verdict = make(standing)
        verdict.handle(told, 1.0)
        assert verdict.handle(handshake, 2.0)[:2] == [do.BeginAgain(), do.Unsuspect()]
        assert verdict.handle(ev.Silent("phi"), 3.0) == [do.Suspect("phi"), do.Recheck()]
        verdict.check()


def test_handshakes_that_nobody_needed_are_not_counted() -> None:
    """Who is not missed may connect as often as it likes: the three times are those that saved it."""
    verdict = make(Standing.TRUSTED)
    for _ in range(10):
        assert verdict.handle(ev.Introduced(OLD), 1.0) == [do.BeginAgain(), do.Admit(OLD)]
    assert not verdict.minds_silence()
    verdict.handle(ev.Silent("phi"), 2.0)
    assert do.Redial(2.0, 25.0) in verdict.handle(ev.Silent("phi"), 2.0)


@pytest.mark.parametrize("failure", [ev.DialFailed("no answer"), ev.Woke()])
def test_who_speaks_during_its_last_dial_is_dialled_once_more(failure: Evidence) -> None:
    """The cut is over just now: the dial began too early. Once only, for it may also be a cut of the other way."""
    verdict = silent()
    assert verdict.is_last_dial
    assert verdict.handle(ev.Spoke(), 10.0) == []
    assert verdict.handle(failure, 52.0) == [do.Redial(52.0, 25.0), do.WakeAt(102.0)]
    verdict.check()
    verdict.handle(ev.Spoke(), 60.0)
    (sentence,) = verdict.handle(failure, 102.0)
    assert isinstance(sentence, do.Convict)
    assert sentence.cause is DeathCause.UNREACHABLE


def test_who_was_mute_and_speaks_again_has_time_to_answer() -> None:
    """Before its last dial: that lasts until an answer would have come; a refusal or failure of it changes nothing."""
    verdict = make(Standing.TRUSTED)
    assert verdict.handle(ev.Spoke(was_mute=True), 10.0) == []
    verdict.handle(ev.Silent("phi"), 20.0)
    assert do.Redial(30.0, 380.0) in verdict.handle(ev.Silent("phi"), 30.0)
    assert verdict.handle(ev.DialFailed("no answer"), 110.0) == [do.WakeAt(410.0)]
    verdict.check()
    assert verdict.handle(ev.Woke(), 410.0) == [convict(DeathCause.UNREACHABLE, "phi")]


def test_who_speaks_again_during_its_last_dial_has_a_longer_one() -> None:
    """The second dial lasts until an answer would have come; what else it says makes that longer once, not for ever."""
    verdict = silent()
    verdict.handle(ev.Spoke(was_mute=True), 10.0)
    assert verdict.handle(ev.DialFailed("lost"), 30.0) == [do.Redial(30.0, 380.0), do.WakeAt(410.0)]
    for now in range(40, 410, 10):
        verdict.handle(ev.Spoke(), float(now))
    assert verdict.handle(ev.Woke(), 410.0) == [do.WakeAt(800.0)]
    for now in range(420, 800, 10):
        verdict.handle(ev.Spoke(), float(now))
    verdict.handle(ev.Woke(), 800.0)
    (sentence,) = verdict.handle(ev.Woke(), 810.0)
    assert isinstance(sentence, do.Convict)


def test_who_speaks_again_and_never_answers_is_convicted_in_the_end() -> None:
    """Three times it has time to answer; an answer makes it three again."""
    verdict = make(Standing.TRUSTED)
    for last in (ev.Heard(), None):
        for _ in range(5):
            verdict.handle(ev.Spoke(was_mute=True), 1.0)
            assert verdict.minds_silence()
        if last:
            verdict.handle(last, 1.0)
            assert not verdict.minds_silence()
    for _ in range(2):
        verdict.handle(ev.Spoke(was_mute=True), 1000.0)
        verdict.handle(ev.Silent("phi"), 1000.0)
    assert verdict.handle(ev.Woke(), 1050.0) == [convict(DeathCause.UNREACHABLE, "phi")]


@pytest.mark.parametrize(
    ("evidence", "detail"),
    [(ev.DialFailed("lost"), "phi; lost"), (ev.DialRefused("a firewall"), "phi; a firewall"), (ev.Woke(), "phi")],
)
def test_whom_nobody_knows_gets_a_last_dial_too(evidence: Evidence, detail: str) -> None:
    """The dial that goes on may wait for its first packet to be sent again; a fresh one is made (seed 211522)."""
    verdict = Verdict(replace(SETTINGS, refusal_is_certain=False))
    verdict.handle(ev.Watched(), 0.0)
    assert verdict.handle(evidence, 0.5) == []
    verdict.handle(ev.Silent("phi"), 1.0)
    assert verdict.handle(ev.Silent("phi"), 2.0) == [do.Redial(2.0, 25.0), do.WakeAt(52.0)]
    assert verdict.standing is Standing.NEW
    verdict.check()
    assert verdict.handle(ev.Silent("phi"), 3.0) == []
    assert verdict.handle(evidence, 4.0) == [convict(DeathCause.UNREACHABLE, detail, 0)]
    verdict.check()


def test_whom_nobody_knew_is_met_by_the_last_dial() -> None:
    """It answers, and is trusted; the dial is over."""
    verdict = make(Standing.NEW)
    for now in (1.0, 2.0):
        verdict.handle(ev.Silent("phi"), now)
    assert verdict.handle(ev.Answered(OLD), 3.0)[-1] == do.Admit(OLD)
    assert verdict.handle(ev.Woke(), 52.0) == []
    assert verdict.standing is Standing.TRUSTED
    verdict.check()


def test_who_shakes_hands_and_never_answers_is_convicted_in_the_end() -> None:
    """Three times a handshake saves a silent node; an answer makes it three again."""
    verdict = make(Standing.TRUSTED)
    for rounds, last in ((3, ev.Heard()), (3, None)):
        for _ in range(rounds):
            verdict.handle(ev.Silent("phi"), 1.0)
            assert do.Redial(1.0, 25.0) in verdict.handle(ev.Silent("phi"), 1.0)
            verdict.handle(ev.Answered(OLD), 1.0)
        if last:
            verdict.handle(last, 1.0)
    verdict.handle(ev.Silent("phi"), 1.0)
    assert verdict.handle(ev.Silent("phi"), 1.0) == [convict(DeathCause.UNREACHABLE, "phi")]


@pytest.mark.parametrize("spared", [ev.OwnStall(1.0), ev.Heard(), ev.Unwatched()])
def test_the_last_dial_convicts_nobody_any_more(spared: Evidence) -> None:
    """A stall of ours, an answer, or nobody who asks: then the dial is an ordinary one."""
    verdict = silent()
    verdict.handle(spared, 3.0)
    assert verdict.handle(ev.Woke(), 52.0) == [do.WakeAt(3002.0)]
    assert verdict.handle(ev.DialFailed("no answer"), 60.0) == [do.Redial(61.0, 20.0)]
    verdict.check()


@pytest.mark.parametrize("failure", [ev.DialFailed("connection reset"), ev.Woke()])
def test_a_last_dial_that_fails_late_tells_that_we_stood_still(failure: Evidence) -> None:
    """What the node has answered meanwhile is not read yet: it is excused, and dialled as whoever is doubted is."""
    verdict = silent()
    assert verdict.handle(failure, 1052.5) == [do.Redial(1052.5, 20.0), do.WakeAt(4052.5)]
    assert not verdict.is_last_dial
    verdict.check()
    assert verdict.handle(ev.Silent("phi"), 2052.0) == [], "our own time is no silence of the node"
    assert do.Recheck() in verdict.handle(ev.Silent("phi"), 2054.0)
    assert verdict.handle(ev.Silent("phi"), 2055.0) == [do.Redial(2055.0, 25.0), do.WakeAt(2105.0)]
    (sentence,) = verdict.handle(failure, 2105.0)
    assert isinstance(sentence, do.Convict)


def test_an_answer_is_news_only_after_a_silence() -> None:
    """From the first sign of silence until it is cleared; who answers all the time is not judged each time."""
    verdict = make(Standing.TRUSTED)
    verdict.handle(ev.Watched(), 0.0)
    assert not verdict.minds_silence()
    for evidence in (ev.Suspicious(""), ev.Silent("")):
        verdict.handle(evidence, 1.0)
        assert verdict.minds_silence()
        verdict.handle(ev.Heard(), 1.1)
        assert not verdict.minds_silence()
    verdict = silent()
    verdict.handle(ev.Answered(OLD), 1.0)
    assert verdict.minds_silence()
    verdict.handle(ev.Heard(), 1.1)
    assert not verdict.minds_silence()
