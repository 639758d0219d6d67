"""Traces have the statistics of their links, and TCP stalls where UDP loses."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from benchmarks.detection.simulation.links import LINKS
from benchmarks.detection.simulation.trace import Trace, draw, read


def trace_of(arrived: list[float], interval_s: float = 1.0) -> Trace:
    sent = np.arange(len(arrived)) * interval_s
    return Trace("made", "udp", interval_s, sent, np.array(arrived))


def test_a_seed_is_a_trace() -> None:
    """The same seed gives the same trace, another seed another."""
    one, same, other = (draw(LINKS["wan-2004"], 2000, seed) for seed in (1, 1, 2))
    assert np.array_equal(one.arrived, same.arrived)
    assert not np.array_equal(one.arrived, other.arrived)


def test_the_wan_of_2004_is_as_it_was_published() -> None:
    """Loss, mean and deviation of the delay, and the deviation of arrivals are near the paper's numbers."""
    trace = draw(LINKS["wan-2004"], 2_000_000, seed=4)
    delay = (trace.arrived - trace.sent)[np.isfinite(trace.arrived)]
    _, arrivals = trace.accepted()

    assert 1.0 - np.isfinite(trace.arrived).mean() == pytest.approx(0.00399, rel=0.35)
    assert delay.mean() == pytest.approx(0.2833 / 2, rel=0.01)
    assert delay.std() == pytest.approx(0.0273 / 2**0.5, rel=0.02)
    assert delay.min() >= 0.2702 / 2 - 1e-9
    assert np.diff(arrivals).std() == pytest.approx(0.1041, rel=0.35)


def test_a_beat_that_was_overtaken_is_not_taken() -> None:
    """Beats are taken in the order of their numbers; lost ones are not there, overtaken ones are stale."""
    numbers, arrivals = trace_of([0.1, 2.5, 2.1, np.inf, 4.1]).accepted()
    assert numbers.tolist() == [0, 2, 4]
    assert arrivals.tolist() == [0.1, 2.1, 4.1]


def test_tcp_loses_nothing_and_keeps_the_order() -> None:
    """A lost segment comes 200 ms after it was sent, and what follows it waits."""
    trace = trace_of([0.01, np.inf, 0.21, 0.31], interval_s=0.1).over_tcp(loss=0.0)
    assert trace.carriage == "tcp"
    assert trace.arrived.tolist() == pytest.approx([0.01, 0.31, 0.31, 0.31])


def test_tcp_waits_out_a_burst() -> None:
    """As long as the link loses everything, retransmissions are lost as well, after 0.2, 0.4, 0.8 s ..."""
    arrived = [0.01, *([np.inf] * 10), *(index / 10 + 0.01 for index in range(11, 20))]
    trace = trace_of(arrived, interval_s=0.1).over_tcp(loss=0.0)
    assert np.isfinite(trace.arrived).all()
    assert trace.arrived[1] == pytest.approx(0.1 + 0.2 + 0.4 + 0.8 + 0.01)
    assert np.all(np.diff(trace.arrived) >= 0)


def test_a_trace_can_be_kept(tmp_path: Path) -> None:
    """What was written is read again: the same beats of the same link."""
    trace = draw(LINKS["lan"], 500, seed=1)
    trace.write(tmp_path / "trace.npz")
    again = read(tmp_path / "trace.npz")
    assert (again.link, again.carriage, again.interval_s) == ("lan", "udp", 0.1)
    assert np.array_equal(again.arrived, trace.arrived)
