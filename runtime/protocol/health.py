"""How well we are ourselves: who is late must not judge others by their lateness. Pure.

A loop that was late is likely to be late again, and so is a peer that says it was; then more silence is allowed, up to
a bound. Source: the local health multiplier of Lifeguard (Dadgar, Phillips, Currey, 2017), which multiplies time-outs;
here the allowance is twice the lateness that was measured. Deliberately not here: the clock and the ticker
(`runtime.remote.judge`), and the pause after a stall in which nobody is judged at all (`verdict`).
"""

from __future__ import annotations

HALF_LIFE_S = 5.0


class LocalHealth:
    """The worst lateness of late: a peak that halves each five seconds."""

    def __init__(self) -> None:
        self._peak_s = 0.0
        self._at = 0.0

    def late(self, now: float, lateness_s: float) -> None:
        """A timer fired `lateness_s` after its time."""
        lag_s = self.lag_s(now)
        if lateness_s > lag_s:
            self._peak_s = lateness_s
        else:
            self._peak_s = lag_s
        self._at = now

    def lag_s(self, now: float) -> float:
        """How late we must fear to be, in seconds."""
        if self._peak_s == 0.0:
            return 0.0
        return self._peak_s * float(0.5 ** ((now - self._at) / HALF_LIFE_S))


def allowance_s(own_lag_s: float, peer_lag_s: float, pause_s: float, max_stretch: float) -> float:
    """How much more silence is allowed, in seconds: twice the worse lag.

    Args:
        own_lag_s: Ours.
        peer_lag_s: The peer's, by its own word.
        pause_s: The silence that is taken for a pause anyway.
        max_stretch: That may grow to so many times its length, 1 or more. A peer can claim to be as late as it likes.
    """
    return min(2.0 * max(own_lag_s, peer_lag_s), (max_stretch - 1.0) * pause_s)
