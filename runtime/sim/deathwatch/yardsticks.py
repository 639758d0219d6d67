"""`Yardstick`: the detectors that scenarios draw, worked out once more and as plainly as can be. Pure.

The judges of `deathwatch` ask a detector like the one in use how patient it may be, so one that is wrong is wrong for
them, too. Here all heartbeats are kept, and each suspicion is worked out from the beginning, in floats and with no
window that slides: F1 to F6 and Chen's section 6.3, as they are written. Deliberately not here: what follows from it.
"""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Callable

from runtime.detection import FailureDetectorSettings
from runtime.protocol.detectors import FailureDetector

ASKED_EACH = 8
"""So manieth suspicion is worked out again; and each that is half of the threshold."""
EXACTLY = 1e-6
Beat = tuple[float, int | None]


class Yardstick:
    """A detector, and what it should say.

    Args:
        detector: In use.
        settings: Of it.
        complain: Takes what is wrong.
    """

    def __init__(
        self, detector: FailureDetector, settings: FailureDetectorSettings, complain: Callable[[str], None]
    ) -> None:
        self._detector, self._settings, self._complain = detector, settings, complain
        self._beats: list[Beat] = []
        self._asked = 0
        self.threshold: float = detector.threshold

    def heartbeat(self, now: float, number: int | None = None) -> None:
        """See `FailureDetector`."""
        self._beats.append((now, number))
        self._detector.heartbeat(now, number)

    def suspicion(self, now: float) -> float:
        """See `FailureDetector`."""
        found = self._detector.suspicion(now)
        self._asked += 1
        if self._beats and (found >= self.threshold / 2 or self._asked % ASKED_EACH == 0):
            due = _SUSPICIONS[self._settings.detector](self._settings, self._beats, now)
            if not math.isclose(found, due, rel_tol=EXACTLY, abs_tol=EXACTLY):
                self._complain(f"a detector finds {found} of {self.threshold}, and should find {due}")
        return found

    def is_available(self, now: float) -> bool:
        """See `FailureDetector`."""
        return self._detector.is_available(now)


class _Measured(FailureDetectorSettings):
    """Settings of which each detector is measured."""

    complain: Callable[[str], None] = staticmethod(lambda text: None)

    def make_detector(self) -> FailureDetector:
        """See `FailureDetectorSettings`."""
        return Yardstick(super().make_detector(), self, self.complain)


def measured(settings: FailureDetectorSettings, complain: Callable[[str], None]) -> FailureDetectorSettings:
    """The same settings, of which each detector is measured.

    Args:
        settings: Of a detector that scenarios draw.
        complain: Takes what is wrong.
    """
    made = _Measured(**{one.name: getattr(settings, one.name) for one in dataclasses.fields(settings)})
    object.__setattr__(made, "complain", complain)
    return made


def _akka(settings: FailureDetectorSettings, beats: list[Beat], now: float) -> float:
    """F1 to F6."""
    estimate_s, last = settings.heartbeat_interval_s, beats[0][0]
    history = [estimate_s * 0.75, estimate_s * 1.25]
    for at, _ in beats[1:]:
        if _phi(settings, history, at - last) < settings.threshold:
            history.append(at - last)
        last = at
    return _phi(settings, history, now - last)


def _phi(settings: FailureDetectorSettings, history: list[float], silence_s: float) -> float:
    known = history[-settings.max_samples :]
    mean_s = math.fsum(known) / len(known)
    deviation_s = math.sqrt(math.fsum((one - mean_s) ** 2 for one in known) / len(known))
    y = (silence_s - mean_s - settings.acceptable_pause_s) / max(deviation_s, settings.min_std_deviation_s)
    exponent = y * (1.5976 + 0.070566 * y * y)
    if exponent > 700.0:  # too large for a float
        return exponent / math.log(10.0)
    return math.log10(1.0 + math.exp(exponent))


def _chen(settings: FailureDetectorSettings, beats: list[Beat], now: float) -> float:
    return _late(settings, beats, now, (settings.max_samples,))


def _two_window(settings: FailureDetectorSettings, beats: list[Beat], now: float) -> float:
    return _late(settings, beats, now, (1, settings.max_samples))


def _late(settings: FailureDetectorSettings, beats: list[Beat], now: float, sizes: tuple[int, ...]) -> float:
    """By how many margins the next heartbeat is late, of which the latest expectation counts."""
    interval_s, begin = settings.heartbeat_interval_s, beats[0][0]
    first, slot, last, offsets = beats[0][1], 0, begin, [0.0]
    for at, number in beats[1:]:
        if number is not None and first is not None:
            if number - first <= slot:
                continue
            slot = number - first
        else:
            passed = round((at - last) / interval_s)
            slot += max(passed, 0)
            if passed <= 0:
                last = max(last, at)
                continue
        last = max(last, at)
        offsets.append(at - begin - slot * interval_s)
    means = [math.fsum(offsets[-size:]) / len(offsets[-size:]) for size in sizes]
    expected = max(begin + max(means) + (slot + 1) * interval_s, last)
    return max(0.0, now - expected) / settings.acceptable_pause_s


def _fixed(settings: FailureDetectorSettings, beats: list[Beat], now: float) -> float:
    return max(0.0, now - beats[-1][0]) / (settings.heartbeat_interval_s + settings.acceptable_pause_s)


_SUSPICIONS: dict[str, Callable[[FailureDetectorSettings, list[Beat], float], float]] = {
    "akka-phi": _akka,
    "chen": _chen,
    "two-window": _two_window,
    "fixed": _fixed,
}
