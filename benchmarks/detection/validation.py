"""The harness proves itself right before it reports anything: closed forms, published examples, test vectors.

If one of these fails, nothing is reported. Sources: Chen et al. 2002 (closed form, the configurator's example), the
golden curve recomputed from it by another program, and Akka's published test vectors.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

from benchmarks.detection.catalogue import CONTENDERS
from benchmarks.detection.simulation import nfd_s
from benchmarks.detection.simulation.fast import agreement
from benchmarks.detection.simulation.links import LINKS
from benchmarks.detection.simulation.replay import Crashes, replay
from benchmarks.detection.simulation.trace import draw
from runtime.protocol.detectors import AkkaPhiAccrual
from runtime.protocol.detectors.configurator import Wish, configure
from runtime.protocol.detectors.delays import ExponentialDelay
from runtime.protocol.detectors.phi import akka_phi
from runtime.protocol.detectors.quality import nfd_s_quality

LOSS = 0.01
DELAY_S = 0.02
GOLDEN = (  # T_D^U, E(T_MR), P_A for eta 1 s, 1 % lost, exponential delay of 20 ms
    (1.10, 60.6, 0.99066),
    (1.25, 101.0, 0.99228),
    (2.00, 101.0, 0.99970),
    (2.25, 1.01e4, 0.999923),
    (3.00, 1.01e4, 0.99999702),
    (3.50, 1.01e6, 0.99999948),
)
AKKA_VECTORS = ((0, 0.0), (500, 0.0), (1000, 0.3), (1200, 1.64), (1400, 4.74), (1600, 10.78), (1700, 15.37))


@dataclass(frozen=True, slots=True)
class Check:
    """One proof.

    Attributes:
        name: What is compared.
        found: What the harness says.
        expected: What is right.
        tolerance: How far they may be apart.
    """

    name: str
    found: float
    expected: float
    tolerance: float

    @property
    def holds(self) -> bool:
        """Whether they are close enough; what is no number never is."""
        return abs(self.found - self.expected) <= self.tolerance

    def __str__(self) -> str:
        verdict = "ok    " if self.holds else "WRONG "
        return f"{verdict}{self.name}: {self.found:.10g}, expected {self.expected:.10g} within {self.tolerance:.2g}"


def checks(thorough: bool = False) -> Iterator[Check]:
    """All proofs; about five seconds, and half a minute if they are to be thorough."""
    yield from closed_form(8 if thorough else 1)
    yield from golden_curve()
    yield from configurator()
    yield from akka()
    yield from replay_is_simulation()
    yield from fast_is_replay(100_000 if thorough else 20_000)


def failures_of(found: list[Check]) -> list[Check]:
    """Those that do not hold."""
    return [check for check in found if not check.holds]


def closed_form(factor: int) -> Iterator[Check]:
    """The simulated NFD-S against theorem 5: E(T_MR) within 5 %, P_A within 1e-5."""
    for bound_s, beats in ((1.10, 2_000_000), (1.25, 2_000_000), (2.00, 4_000_000), (2.25, 40_000_000)):
        ran = nfd_s.run(1.0, bound_s - 1.0, LOSS, DELAY_S, beats * factor, seed=1)
        form = nfd_s_quality(1.0, bound_s - 1.0, LOSS, ExponentialDelay(DELAY_S))
        expected = form.mistake_recurrence_s
        yield Check(f"NFD-S, T_D {bound_s:g} s: E(T_MR) in s", ran.recurrence_s, expected, 0.05 * expected)
        yield Check(f"NFD-S, T_D {bound_s:g} s: P_A", ran.accuracy, form.accuracy, 1e-5)


def golden_curve() -> Iterator[Check]:
    """The closed form against values that were computed elsewhere, to their printed digits."""
    for bound_s, recurrence_s, accuracy in GOLDEN:
        form = nfd_s_quality(1.0, bound_s - 1.0, LOSS, ExponentialDelay(DELAY_S))
        yield Check(
            f"golden curve, T_D {bound_s:g} s: E(T_MR)", form.mistake_recurrence_s, recurrence_s, 0.005 * recurrence_s
        )
        yield Check(f"golden curve, T_D {bound_s:g} s: P_A", form.accuracy, accuracy, (1.0 - accuracy) * 0.01 + 5e-9)


def configurator() -> Iterator[Check]:
    """The paper's example: within 30 s, one mistake in 30 days: eta 9.97 s, delta 20.03 s."""
    timing = configure(Wish(30.0, 30 * 86400.0, LOSS, ExponentialDelay(DELAY_S)))
    yield Check("configurator: eta in s", timing.interval_s, 9.97, 0.01)
    yield Check("configurator: delta in s", timing.shift_s, 20.03, 0.01)


def published_phi(elapsed: float, mean: float, deviation: float) -> float:
    """Akka's formula as published, in its two branches; overflows far from the mean."""
    y = (elapsed - mean) / deviation
    e = math.exp(-y * (1.5976 + 0.070566 * y * y))
    return -math.log10(e / (1.0 + e)) if elapsed > mean else -math.log10(1.0 - 1.0 / (1.0 + e))


def akka() -> Iterator[Check]:
    """Akka's test vectors, and phi of the class against the published formula on histories of its own making."""
    for elapsed_ms, phi in AKKA_VECTORS:
        yield Check(f"Akka's vector {elapsed_ms} ms", akka_phi(elapsed_ms / 1000, 1.0, 0.1), phi, 0.1)
    for name, gaps in (("even", [1.0] * 5), ("uneven", [0.8, 1.3, 0.95, 1.1, 0.7]), ("slow", [2.0, 3.0, 2.5])):
        detector, now = AkkaPhiAccrual(100.0, 200, 0.1, 0.0, 1.0), 0.0
        detector.heartbeat(now)
        for gap in gaps:
            now += gap
            detector.heartbeat(now)
        history = [0.75, 1.25, *gaps]
        mean = math.fsum(history) / len(history)
        deviation = max(0.1, math.sqrt(math.fsum((gap - mean) ** 2 for gap in history) / len(history)))
        for silence in (0.5, 1.0, 1.5, 2.0):
            expected = published_phi(silence, mean, deviation)
            yield Check(f"Akka's phi, {name} history, {silence:g} s", detector.suspicion(now + silence), expected, 1e-9)


def replay_is_simulation() -> Iterator[Check]:
    """The replay of a detector class finds on one trace exactly what the vectorised NFD-S does."""
    trace = draw(LINKS["chen-2002"], 20_000, seed=5)
    for shift_s in (0.25, 1.25):
        found = replay(nfd_s.SynchronisedChen(1.0, shift_s), trace, Crashes([], []), 10)
        expected = nfd_s.totals(trace.arrived, 1.0, shift_s)
        name = f"replay of NFD-S, delta {shift_s:g} s"
        edge = 2  # a mistake may lie in the few beats that one of the two leaves out
        yield Check(f"{name}: mistakes", len(found.mistakes), expected.mistakes, edge)
        wrong_s = found.wrong_share * found.hours * 3600
        yield Check(f"{name}: wrong for so many s", wrong_s, expected.wrong_s, edge)


def fast_is_replay(beats: int) -> Iterator[Check]:
    """The fast ways agree with the real classes, beat by beat."""
    trace = draw(LINKS["wan-2004"], beats, seed=2)
    for contender in CONTENDERS.values():
        if contender.onsets is None:
            continue
        for value in (contender.settings[0], contender.settings[-1]):
            detector = contender.make(trace.interval_s, value)
            off_s = agreement(contender.onsets(trace.interval_s, value), detector, trace, beats)
            yield Check(f"fast {contender.name} at {value:g}: differs from the class by s", off_s, 0.0, 1e-5)
