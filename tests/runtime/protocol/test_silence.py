"""What ends a silence, and what does not any more: the bounds of `Silence`, each by itself."""

from __future__ import annotations

from runtime.protocol import evidence as ev
from runtime.protocol.silence import Silence
from runtime.protocol.standing import Standing, VerdictSettings
from tests.runtime.protocol.standings import make

SETTINGS = VerdictSettings(confirmations=3, answer_s=0.2)


def test_a_handshake_saves_three_times_in_a_row() -> None:
    """Who shakes hands and answers no heartbeat is dead all the same."""
    silence = Silence(SETTINGS)
    assert [silence.shaken_hands(was_told=True) for _ in range(5)] == [True, True, True, False, False]
    silence.end()
    assert silence.shaken_hands(was_told=True)


def test_words_that_come_too_late_give_no_hope() -> None:
    """Who was mute and speaks again has time for an answer once; that it goes on speaking makes it longer only then."""
    silence = Silence(SETTINGS)
    silence.spoke(0.0, was_mute=True)
    assert silence.hope_s(0.0) == 0.2
    silence.spoke(0.3, was_mute=False)
    assert silence.hope_s(0.3) == 0.0


def test_who_is_condemned_is_not_dialled_for_its_silence() -> None:
    """Its goodbye takes the place of a last dial: it is certain, and only what it had sent is waited for."""
    verdict = make(Standing.TRUSTED, inbound=True)
    for at in (1.0, 2.0):
        verdict.handle(ev.Silent("phi"), at)
    assert verdict.is_last_dial
    verdict.handle(ev.Goodbye(verdict.uid), 3.0)
    assert verdict.standing is Standing.CONDEMNED
    verdict.check()
