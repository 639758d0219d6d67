"""A verdict in each of its standings, for the tests of the table and of the stories. Pure.

Times are large and round so that they can be read in the expected values.
"""

from __future__ import annotations

import math

from actors.notices import DeathCause
from runtime.protocol import actions as do
from runtime.protocol import evidence as ev
from runtime.protocol.standing import Standing, VerdictSettings
from runtime.protocol.verdict import Verdict

SETTINGS = VerdictSettings(
    redial_wait_s=0.5,
    redial_timeout_s=20.0,
    redial_attempts=3,
    confirm_s=25.0,
    answer_s=400.0,
    unreached_s=3000.0,
    mute_unreached_s=2000.0,
    drain_s=1000.0,
    hold_s=300.0,
    late_s=50.0,
    grace_s=1000.0,
    most_grace_s=5000.0,
)
OLD, OTHER = 5, 6


def make(standing: Standing, *, watched: bool = True, inbound: bool = False) -> Verdict:
    """A verdict brought into a standing by evidence alone; the incarnation is `OLD`, the time is 0."""
    verdict = Verdict(SETTINGS)
    if watched:
        verdict.handle(ev.Watched(), 0.0)
    if standing is Standing.NEW:
        return verdict
    verdict.handle(ev.Answered(OLD), 0.0)
    if inbound or standing is Standing.CONDEMNED:
        verdict.handle(ev.Introduced(OLD), 0.0)
    if standing in (Standing.DOUBTED, Standing.ABSENT):
        verdict.handle(ev.ConnectionLost("EOF"), 0.0)
    if standing is Standing.ABSENT:
        for _ in range(3):
            verdict.handle(ev.DialFailed("no answer"), 0.0)
    if standing is Standing.CONDEMNED:
        verdict.handle(ev.Exited("killed"), 0.0)
    if standing is Standing.DEAD:
        verdict.handle(ev.Exited("killed"), 0.0)
    assert verdict.standing is standing
    verdict.check()
    return verdict


def convict(cause: DeathCause, detail: str, uid: int = OLD, as_of: float = math.inf) -> do.Convict:
    """A conviction; of somebody known, it concerns no watch that was never taken, whenever it was made."""
    is_taken = uid and cause is not DeathCause.QUARANTINED
    return do.Convict(uid, cause, detail, -math.inf if is_taken else as_of)
