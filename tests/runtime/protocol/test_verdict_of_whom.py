"""Of whom a dial's answer or refusal is, and who is told of it: those who had asked before that dial began."""

from __future__ import annotations

import math

import pytest

from actors.notices import DeathCause
from runtime.protocol import actions as do
from runtime.protocol import evidence as ev
from runtime.protocol.evidence import Evidence
from runtime.protocol.handshake import Refusal
from runtime.protocol.standing import Standing
from runtime.protocol.verdict import Verdict
from tests.runtime.protocol.standings import OLD, OTHER, SETTINGS, convict, make


@pytest.mark.parametrize(
    "late",
    [
        ev.Answered(OTHER, begun_at=0.5),
        ev.TurnedAway(OTHER, Refusal.QUARANTINED, "no", begun_at=0.5),
    ],
)
def test_a_dial_that_is_older_than_the_acquaintance_is_answered_by_a_predecessor(late: Evidence) -> None:
    """Its answer was under way while the peer died, lived again and dialled us: another dial tells who lives there."""
    verdict = Verdict(SETTINGS)
    verdict.handle(ev.Watched(), 0.5)
    verdict.handle(ev.Introduced(OLD), 1.0)
    actions = verdict.handle(late, 2.0)
    assert any(isinstance(action, do.Redial) for action in actions)
    assert not any(isinstance(action, do.Convict | do.Admit) for action in actions)
    assert do.Admit(OLD) in verdict.handle(ev.Answered(OLD, begun_at=2.0), 2.1)
    assert (verdict.standing, verdict.uid) == (Standing.TRUSTED, OLD)


@pytest.mark.parametrize("before", [Standing.NEW, Standing.DEAD])
@pytest.mark.parametrize("late", [ev.DialRefused("no", 2.9), ev.TurnedAway(OTHER, Refusal.QUARANTINED, "no", 2.9)])
def test_what_was_found_before_anybody_asked_is_no_answer(before: Standing, late: Evidence) -> None:
    """D7: who is watched may live there only since then, while we stood still: another dial tells, at once."""
    verdict = make(before, watched=False)
    verdict.handle(ev.Watched(), 3.0)
    assert verdict.handle(late, 4.0) == [do.Redial(4.0, 20.0)]
    assert verdict.standing is Standing.NEW
    assert verdict.handle(ev.DialRefused("refused", 4.0), 4.1) == [
        convict(DeathCause.PROCESS_DEAD, "refused", 0, as_of=4.0)
    ]


@pytest.mark.parametrize("before", [Standing.NEW, Standing.DEAD])
@pytest.mark.parametrize(
    ("found", "cause"),
    [
        (ev.DialRefused("no", 2.0), DeathCause.PROCESS_DEAD),
        (ev.TurnedAway(OTHER, Refusal.QUARANTINED, "no", 2.0), DeathCause.QUARANTINED),
        (ev.TurnedAway(OTHER, Refusal.VERSION, "no", 2.0), DeathCause.UNREACHABLE),
        (ev.TurnedAway(OTHER, Refusal.WRONG_TARGET, "no", 2.0), DeathCause.NEVER_EXISTED),
    ],
)
def test_what_a_dial_finds_answers_all_who_had_asked_before_it(
    before: Standing, found: Evidence, cause: DeathCause
) -> None:
    """D4, D7: the first watch is answered, however many were made since; of those it says nothing."""
    verdict = make(before, watched=False)
    verdict.handle(ev.Watched(), 1.0)
    verdict.handle(ev.Watched(), 3.0)
    assert verdict.handle(found, 4.0) == [convict(cause, "no", 0, as_of=2.0)]


def test_a_convict_that_answers_is_told_of_to_all_who_had_asked_before() -> None:
    """D75, D7: whoever was watched since that dial began may be of a later incarnation than who has answered."""
    verdict = make(Standing.DEAD)
    verdict.handle(ev.Watched(), 1.0)
    verdict.handle(ev.Watched(), 3.0)
    text = "incarnation 5 was declared dead before (process-dead)"
    sentence = convict(DeathCause.QUARANTINED, text, 0, as_of=2.0)
    assert verdict.handle(ev.Answered(OLD, begun_at=2.0), 4.0) == [do.Reject(text), sentence]


def test_who_asks_anew_asks_from_then_on() -> None:
    """D7: the former watch was ended, so nobody has asked before the dial began."""
    verdict = make(Standing.NEW, watched=False)
    verdict.handle(ev.Watched(), 1.0)
    verdict.handle(ev.Unwatched(), 2.0)
    verdict.handle(ev.Watched(), 3.0)
    assert verdict.handle(ev.DialRefused("refused", 2.9), 4.0) == [do.Redial(4.0, 20.0)]
    assert verdict.handle(ev.DialRefused("refused", 4.0), 4.1) == [
        convict(DeathCause.PROCESS_DEAD, "refused", 0, as_of=4.0)
    ]


@pytest.mark.parametrize(
    ("evidence", "cause", "spares"),
    [
        (ev.DialRefused("no", 2.0), DeathCause.PROCESS_DEAD, True),
        (ev.TurnedAway(OLD, Refusal.QUARANTINED, "no", 2.0), DeathCause.QUARANTINED, False),
        (ev.Overflowed("no"), DeathCause.QUARANTINED, False),
        (ev.Declared("no"), DeathCause.PROCESS_DEAD, True),
    ],
)
def test_a_watch_that_the_convict_never_got_begins_anew(evidence: Evidence, cause: DeathCause, *, spares: bool) -> None:
    """D74: it may be meant for the next incarnation; but who is done with us, or takes no more, is all there is."""
    verdict = make(Standing.DOUBTED)
    assert verdict.handle(evidence, 3.0) == [do.Convict(OLD, cause, "no", -math.inf if spares else math.inf)]


def test_the_word_of_the_dead_is_late_where_another_is_known() -> None:
    """R24: only then; while nobody else is known, it is the word of whoever lives there."""
    verdict = make(Standing.DEAD)
    assert not verdict.is_succeeded(OLD)
    verdict.handle(ev.Introduced(OTHER), 1.0)
    assert verdict.is_succeeded(OLD)
    assert not verdict.is_succeeded(OTHER)
    verdict.handle(ev.Exited("killed"), 2.0)
    assert not verdict.is_succeeded(OLD)


def test_a_refusal_from_before_the_acquaintance_is_not_of_whom_we_know() -> None:
    """D7: the dial was refused when its predecessor had died, and is heard after it has dialled us: dial again."""
    verdict = Verdict(SETTINGS)
    verdict.handle(ev.Watched(), 0.5)
    verdict.handle(ev.Introduced(OLD), 1.0)
    verdict.handle(ev.ConnectionLost("EOF"), 2.0)
    assert verdict.handle(ev.DialRefused("refused", 0.5), 2.0) == [do.Redial(3.0, 20.0)]
    assert do.Admit(OLD) in verdict.handle(ev.Answered(OLD, begun_at=3.0), 3.1)


@pytest.mark.parametrize("standing", [Standing.TRUSTED, Standing.DOUBTED, Standing.ABSENT])
def test_the_word_of_a_dead_predecessor_convicts_nobody_else(standing: Standing) -> None:
    """D6: it had convicted us as we had it; whoever lives there since is not done with us."""
    verdict = make(Standing.DEAD)
    verdict.handle(ev.Watched(), 1.0)
    verdict.handle(ev.Answered(OTHER), 1.0)
    if standing is not Standing.TRUSTED:
        verdict.handle(ev.ConnectionLost("EOF"), 2.0)
    for _ in range(3 if standing is Standing.ABSENT else 0):
        verdict.handle(ev.DialFailed("no answer"), 2.0)
    assert verdict.standing is standing
    actions = verdict.handle(ev.TurnedAway(OLD, Refusal.QUARANTINED, "declared dead"), 3.0)
    assert not any(isinstance(action, do.Convict) for action in actions)
    assert do.Admit(OTHER) in verdict.handle(ev.Answered(OTHER), 4.0)


def test_an_answer_of_the_dead_is_none_and_the_inquiry_goes_on() -> None:
    """Who waits at the door is let in by the outcome of an inquiry, so there is always one under way."""
    verdict = make(Standing.DEAD)
    verdict.handle(ev.Introduced(OTHER), 1.0)
    verdict.handle(ev.ConnectionLost("EOF"), 2.0)
    actions = verdict.handle(ev.Answered(OLD), 2.0)
    assert isinstance(actions[0], do.Reject)
    assert [action for action in actions if isinstance(action, do.Redial)]
    for _ in range(2):
        verdict.handle(ev.Answered(OLD), 2.0)
    assert verdict.standing is Standing.ABSENT  # the next who comes is asked about anew
    assert [each for each in verdict.handle(ev.Introduced(77), 3.0) if isinstance(each, do.Redial)]
