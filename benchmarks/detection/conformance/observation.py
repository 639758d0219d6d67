"""`Observation`: what a watcher made of one failure, in either world; and whether two samples of them agree. Pure.

Agreement: the same outcomes (`Terminated` or none, its cause, its certainty), and medians of the detection time that
differ by no more than a fifth of the real one, or 20 ms.
Deliberately not here: making any (`simulated`, and the trials).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from actors import DeathCause
from benchmarks.detection.trials.trial import Trial
from benchmarks.records import quantile

SHARE, FLOOR_S = 0.2, 0.02
ALIVE = "alive"


@dataclass(frozen=True, slots=True)
class Observation:
    """What came of one failure.

    Attributes:
        outcome: The cause that `Terminated` named, or `alive` if there was none.
        seconds: From the failure to the handler of `Terminated`; `None` without one.
        signal: How the connection ended, in a word: `end`, `reset`, or nothing if it did not before the verdict.
    """

    outcome: str
    seconds: float | None = None
    signal: str = ""

    @property
    def is_certain(self) -> bool:
        """Whether the death is a fact rather than a judgement of silence."""
        return self.outcome != ALIVE and DeathCause(self.outcome).is_certain


def observed(trial: Trial) -> Observation:
    """What came of a trial with real processes."""
    if trial.terminated_s is None:
        return Observation(ALIVE)
    return made(trial.cause, trial.terminated_s, trial.signal, trial.signal_s)


def made(cause: str, seconds: float, signal: str, signal_s: float | None) -> Observation:
    """An observation of a death.

    Args:
        cause: As `Terminated` names it.
        seconds: From the failure to its handler.
        signal: How the connection ended, in the words of the kernel or of the simulation.
        signal_s: From the failure to that.
    """
    # Whoever convicts by silence has closed the connection itself.
    came_first = signal_s is not None and 0 <= signal_s <= seconds and DeathCause(cause).is_certain
    word = "reset" if "reset" in signal.lower() else "end" if signal == "end of file" else ""
    return Observation(cause, seconds, word if came_first else "")


@dataclass(frozen=True, slots=True)
class Comparison:
    """The same failure in both worlds.

    Attributes:
        failure: Its name.
        title: For people.
        real: On real processes.
        simulated: In simulation.
    """

    failure: str
    title: str
    real: Sequence[Observation]
    simulated: Sequence[Observation]

    @property
    def same_outcome(self) -> bool:
        """Whether the outcomes that occur are the same, and so is their certainty."""
        return {one.outcome for one in self.real} == {one.outcome for one in self.simulated}

    @property
    def off_s(self) -> float:
        """How much later the simulation's median is, in seconds."""
        real, simulated = median_s(self.real), median_s(self.simulated)
        return 0.0 if real is None or simulated is None else simulated - real

    @property
    def allowed_s(self) -> float:
        """How much it may be off."""
        return max(SHARE * (median_s(self.real) or 0.0), FLOOR_S)

    @property
    def agrees(self) -> bool:
        """Whether both worlds are one in that."""
        return self.same_outcome and abs(self.off_s) <= self.allowed_s


def median_s(observations: Iterable[Observation]) -> float | None:
    """The median of the detection times, if there are any."""
    times = sorted(one.seconds for one in observations if one.seconds is not None)
    return quantile(times, 0.5) if times else None


def outcomes(observations: Sequence[Observation]) -> str:
    """How often what came of it, for people."""
    counts = Counter(one.outcome for one in observations)
    certain = {one.outcome: one.is_certain for one in observations}
    texts = []
    for outcome, count in counts.most_common():
        word = "" if outcome == ALIVE else ", certain" if certain[outcome] else ", by silence"
        texts.append(f"{count}x {outcome}{word}")
    return "; ".join(texts)


def signals(observations: Sequence[Observation]) -> str:
    """How connections ended before the verdict, for people."""
    return "/".join(sorted({one.signal or "-" for one in observations}))
