"""The detectors that are compared, each with its knob between fast and right; and those that a user plugs in.

A plugged-in detector is named on the command line as `module:factory`; `docs/benchmarking.md` says what it has to be.
Deliberately not here: how they are judged (`simulation`).
"""

from __future__ import annotations

import importlib
import inspect
import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import cast

from benchmarks.detection.simulation import fast
from benchmarks.detection.simulation.fast import Onsets
from runtime import FailureDetectorSettings
from runtime.protocol.detectors import (
    AkkaPhiAccrual,
    Bertier,
    Chen,
    ExponentialAccrual,
    FailureDetector,
    FixedTimeout,
    PhiAccrual,
    TwoWindow,
)

MARGINS_S = (0.05, 0.08, 0.1, 0.12, 0.15, 0.2, 0.3, 0.5, 1.0, 2.0, 4.0)


@dataclass(frozen=True, slots=True)
class Contender:
    """A detector with its knob.

    Attributes:
        name: For the command line.
        title: For the legend.
        knob: What the knob is called; empty if there is none.
        settings: Values of the knob along its curve.
        make: From the heartbeat interval and the knob.
        onsets: The fast way, from the same; `None` if there is only the real class.
    """

    name: str
    title: str
    knob: str
    settings: tuple[float, ...]
    make: Callable[[float, float], FailureDetector]
    onsets: Callable[[float, float], Onsets] | None = None


def _ours(interval_s: float, pause_s: float) -> FailureDetector:
    return FailureDetectorSettings(heartbeat_interval_s=interval_s, acceptable_pause_s=pause_s).make_detector()


CONTENDERS = {
    contender.name: contender
    for contender in (
        Contender(
            "ours",
            "our default (Chen)",
            "pause s",
            MARGINS_S,
            _ours,
            lambda _, pause_s: fast.expectation_onsets(pause_s, FailureDetectorSettings().max_samples),
        ),
        Contender(
            "fixed",
            "fixed timeout",
            "timeout s",
            tuple(0.1 + margin_s for margin_s in MARGINS_S),
            lambda _, timeout_s: FixedTimeout(timeout_s),
            lambda _, timeout_s: fast.fixed_onsets(timeout_s),
        ),
        Contender(
            "chen",
            "Chen NFD-E",
            "margin s",
            MARGINS_S,
            lambda interval_s, margin_s: Chen(interval_s, margin_s, 1000),
            lambda _, margin_s: fast.expectation_onsets(margin_s, 1000),
        ),
        Contender(
            "two-window",
            "2W-FD (1, 1000)",
            "margin s",
            MARGINS_S,
            lambda interval_s, margin_s: TwoWindow(interval_s, margin_s, 1, 1000),
            lambda _, margin_s: fast.expectation_onsets(margin_s, 1, 1000),
        ),
        Contender("bertier", "Bertier", "", (1.0,), lambda interval_s, _: Bertier(interval_s, 1000)),
        Contender(
            "phi",
            "phi accrual (paper)",
            "threshold",
            (1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 8.0, 10.0, 12.0, 16.0),
            lambda interval_s, threshold: PhiAccrual(threshold, 1000, 0.001, interval_s),
            lambda _, threshold: fast.phi_onsets(threshold, 1000, 0.001),
        ),
        Contender(
            "akka-phi",
            "phi accrual (Akka, pause 0)",
            "threshold",
            (1.0, 2.0, 3.0, 5.0, 8.0, 10.0, 12.0, 16.0),
            lambda interval_s, threshold: AkkaPhiAccrual(threshold, 1000, 0.1, 0.0, interval_s),
        ),
        Contender(
            "akka-cluster",
            "Akka cluster default (pause 3 s)",
            "",
            (8.0,),
            lambda interval_s, threshold: AkkaPhiAccrual(threshold, 1000, 0.1, 3.0, interval_s),
        ),
        Contender(
            "akka-watch",
            "Akka watch default (pause 10 s)",
            "",
            (10.0,),
            lambda interval_s, threshold: AkkaPhiAccrual(threshold, 200, 0.1, 10.0, interval_s),
        ),
        Contender(
            "exponential",
            "exponential phi (Cassandra)",
            "threshold",
            (0.8, 1.0, 1.3, 2.0, 4.0, 8.0),
            lambda interval_s, threshold: ExponentialAccrual(threshold, 1000, interval_s),
            lambda _, threshold: fast.exponential_onsets(threshold, 1000),
        ),
    )
}


def plugged_in(text: str) -> Contender:
    """The detector that a user names as `module:factory`.

    The factory is called with the heartbeat interval and the value of the knob, or, if it takes one argument, with the
    interval alone. Its attribute `knob_settings`, if it has one, lists the values of the knob.

    Raises:
        ValueError: If there is no such thing, or if what it makes is no detector; the text says what is missing.
    """
    module, colon, name = text.partition(":")
    if not colon:
        raise ValueError(f"{text!r} is neither a known detector ({', '.join(CONTENDERS)}) nor MODULE:FACTORY")
    try:
        factory = getattr(importlib.import_module(module), name)
    except (ImportError, AttributeError) as error:
        raise ValueError(f"cannot load the detector {text}: {error}") from error
    settings = tuple(float(value) for value in getattr(factory, "knob_settings", (math.nan,)))
    takes_knob = len(inspect.signature(factory).parameters) > 1

    def make(interval_s: float, value: float) -> FailureDetector:
        return cast(FailureDetector, factory(interval_s, value) if takes_knob else factory(interval_s))

    made = make(1.0, settings[0])
    lacking = [name for name in ("threshold", "heartbeat", "suspicion", "is_available") if not hasattr(made, name)]
    if lacking:
        raise ValueError(f"what {text} makes is no failure detector: it has no {', '.join(lacking)}")
    return Contender(text, text, "knob" if takes_knob else "", settings, make)


def find(name: str) -> Contender:
    """A contender by its name on the command line.

    Raises:
        ValueError: If there is none.
    """
    return CONTENDERS[name] if name in CONTENDERS else plugged_in(name)
