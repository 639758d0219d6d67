"""`Trace`: when each heartbeat was sent and when it arrived. The same one is replayed to every detector.

Drawn from a link by a seed, with numpy; can be written to a file and read again. Deliberately not here: what a detector
makes of it (`replay`).
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np

from benchmarks.detection.simulation.links import Bursts, Link

Times: TypeAlias = "np.ndarray[Any, np.dtype[np.float64]]"
Ranks: TypeAlias = "np.ndarray[Any, np.dtype[np.int64]]"
Flags: TypeAlias = "np.ndarray[Any, np.dtype[np.bool_]]"

FIRST_RETRANSMISSION_S = 0.2


@dataclass(frozen=True)
class Trace:
    """The heartbeats of one link.

    Attributes:
        link: Its name.
        carriage: `udp` or `tcp`.
        interval_s: What the sender means to keep.
        sent: When each was sent, in seconds.
        arrived: When each arrived; infinite if it never did.
    """

    link: str
    carriage: str
    interval_s: float
    sent: Times
    arrived: Times

    @property
    def hours(self) -> float:
        """How long it is."""
        return float(self.sent[-1] - self.sent[0]) / 3600.0

    def accepted(self) -> tuple[Ranks, Times]:
        """Numbers and arrival times of the beats that a receiver takes: in order; one that was overtaken is stale."""
        order = np.argsort(self.arrived, kind="stable")
        order = order[np.isfinite(self.arrived[order])]
        fresh = order == np.maximum.accumulate(order)
        kept = order[fresh]
        return kept.astype(np.int64), self.arrived[kept]

    def over_tcp(self, seed: int = 1, loss: float | None = None) -> Trace:
        """The same beats on one TCP connection: nothing is lost, but what follows a lost segment waits for it.

        The timer of retransmission is Linux's smallest, 200 ms, and doubles. A beat that was lost as a datagram is sent
        again at that time; in a burst the next one is lost as well if the beats of that time were.

        Args:
            seed: Of the losses of retransmissions outside bursts.
            loss: How likely one is; by default the trace's own share.
        """
        rng = np.random.default_rng(seed)
        lost = ~np.isfinite(self.arrived)
        share = float(lost.mean()) if loss is None else loss
        delay = np.where(lost, np.nan, self.arrived - self.sent)
        typical_s = float(np.nanmedian(delay))
        delivered = self.arrived.copy()
        last = len(self.sent) - 1
        for index in np.flatnonzero(lost):
            timer_s, at = FIRST_RETRANSMISSION_S, float(self.sent[index])
            while True:
                at += timer_s
                timer_s = min(2 * timer_s, 120.0)
                near = min(last, int(index + round((at - self.sent[index]) / self.interval_s)))
                in_burst = lost[near] and (lost[max(0, near - 1)] or lost[min(last, near + 1)])
                if not in_burst and rng.random() >= share:
                    break
            delivered[index] = at + typical_s
        return Trace(self.link, "tcp", self.interval_s, self.sent, np.maximum.accumulate(delivered))

    def write(self, path: Path) -> None:
        """Write it to a file (`.npz`)."""
        about = json.dumps({"link": self.link, "carriage": self.carriage, "interval_s": self.interval_s})
        np.savez_compressed(path, about=np.array(about), sent=self.sent, arrived=self.arrived)


def read(path: Path) -> Trace:
    """Read a trace that `Trace.write` has written, or one that was measured and brought into its form."""
    with np.load(path, allow_pickle=False) as file:
        about = json.loads(str(file["about"]))
        return Trace(about["link"], about["carriage"], about["interval_s"], file["sent"], file["arrived"])


def draw(link: Link, beats: int, seed: int = 1) -> Trace:
    """Draw a trace from a link.

    Args:
        link: The link.
        beats: How many are sent.
        seed: The same seed gives the same trace.
    """
    rng = np.random.default_rng(seed)
    sent: Times = np.arange(beats, dtype=np.float64) * link.interval_s
    if link.interval_deviation_s > 0:
        sent = np.cumsum(rng.normal(link.interval_s, link.interval_deviation_s, beats).clip(min=0.0), dtype=np.float64)
    arrived = sent + delays(link, rng, beats)
    arrived[losses(link, rng, beats)] = np.inf
    return Trace(link.name, "udp", link.interval_s, sent, arrived)


def delays(link: Link, rng: np.random.Generator, beats: int) -> Times:
    """The delay of each beat."""
    if link.delay_mean_s <= 0.0:
        return np.full(beats, link.delay_floor_s)
    if link.delay_mean_s == link.delay_deviation_s:
        return link.delay_floor_s + rng.exponential(link.delay_mean_s, beats)
    shape = (link.delay_mean_s / link.delay_deviation_s) ** 2
    return link.delay_floor_s + rng.gamma(shape, link.delay_mean_s / shape, beats)


def losses(link: Link, rng: np.random.Generator, beats: int) -> Flags:
    """Which beats are lost."""
    lost: Flags = rng.random(beats) < link.loss
    if link.bursts is not None:
        for start, length in zip(*_bursts(link.bursts, rng, beats), strict=True):
            lost[start : start + length] = True
    return lost


def _bursts(bursts: Bursts, rng: np.random.Generator, beats: int) -> tuple[Ranks, Ranks]:
    starts = np.flatnonzero(rng.random(beats) < bursts.per_beat)
    lengths = 1 + rng.geometric(1.0 / (bursts.mean_beats - 1.0), len(starts))
    lengths[rng.random(len(starts)) < bursts.single_share] = 1
    return starts.astype(np.int64), lengths.astype(np.int64)
