"""Links: how long a packet takes, and whether it arrives. Pure; chance is handed in; driven by `runtime.sim.network`.

Loss is a chain of two states after Gilbert and Elliott, so that it comes in bursts as on real networks. A datagram is
then lost; a stream stalls, for the kernel sends again after 200, 400, 800 ms, and what comes behind waits.
Deliberately not here: cuts, which are a decision and not chance.
"""

from __future__ import annotations

import random
from dataclasses import dataclass
from typing import Protocol

FIRST_RETRANSMISSION_S = 0.2
"""Linux's smallest retransmission time-out."""
LAST_RETRANSMISSION_S = 120.0
_MOST_RETRANSMISSIONS = 15


class Delay(Protocol):
    """A distribution of times."""

    def draw(self, chance: random.Random) -> float:
        """One time, in seconds, 0 or more."""
        ...


@dataclass(frozen=True, slots=True)
class Uniform:
    """Anything between two bounds.

    Attributes:
        low_s: The shortest.
        high_s: The longest.
    """

    low_s: float = 0.0001
    high_s: float = 0.0005

    def draw(self, chance: random.Random) -> float:
        """See `Delay`."""
        return self.low_s + (self.high_s - self.low_s) * chance.random()


@dataclass(frozen=True, slots=True)
class Gamma:
    """A shortest time, and queues on the way.

    Attributes:
        low_s: The shortest.
        mean_s: The mean, above `low_s`.
        deviation_s: The standard deviation, above 0.
    """

    low_s: float
    mean_s: float
    deviation_s: float

    def draw(self, chance: random.Random) -> float:
        """See `Delay`."""
        queue_s = self.mean_s - self.low_s
        shape = (queue_s / self.deviation_s) ** 2
        return self.low_s + chance.gammavariate(shape, queue_s / shape)


@dataclass(frozen=True, slots=True)
class Loss:
    """Loss of packets, by Gilbert and Elliott: a good state and a bad one.

    Attributes:
        in_good: Share that is lost in the good state, 0 to 1.
        in_bad: Share that is lost in the bad state, 0 to 1.
        to_bad: How likely a packet turns good into bad, 0 to 1; 0 is loss without bursts.
        to_good: How likely a packet turns bad into good, above 0.
    """

    in_good: float = 0.0
    in_bad: float = 1.0
    to_bad: float = 0.0
    to_good: float = 1.0

    def __post_init__(self) -> None:
        for name in ("in_good", "in_bad", "to_bad", "to_good"):
            if not 0.0 <= getattr(self, name) <= 1.0:
                raise ValueError(f"Loss.{name} is a share from 0 to 1, not {getattr(self, name)}")
        if self.to_good == 0.0:
            raise ValueError("Loss.to_good must be above 0, or the bad state would never end")

    @property
    def share(self) -> float:
        """What is lost in the long run."""
        bad = self.to_bad / (self.to_bad + self.to_good)
        return bad * self.in_bad + (1.0 - bad) * self.in_good


_NO_LOSS = Loss()


@dataclass(frozen=True, slots=True)
class Shape:
    """What a link is like, in one direction.

    Attributes:
        delay: How long packets take.
        loss: Which do not arrive.
        repeated: Share of datagrams that arrive twice, 0 to 1.
    """

    delay: Delay = Uniform()
    loss: Loss = _NO_LOSS
    repeated: float = 0.0

    def __post_init__(self) -> None:
        if not 0.0 <= self.repeated <= 1.0:
            raise ValueError(f"Shape.repeated is a share from 0 to 1, not {self.repeated}")


class Link:
    """One direction between two hosts.

    Args:
        shape: What it is like.
        chance: Its own stream of chance.
    """

    def __init__(self, shape: Shape, chance: random.Random) -> None:
        self.shape = shape
        self._chance = chance
        self._is_bad = False

    def segment_s(self) -> float:
        """Seconds until one packet is there, with those that it has to be sent again, all drawn at once."""
        if self.shape.loss is _NO_LOSS and not self._is_bad:
            return self.shape.delay.draw(self._chance)
        stall_s, wait_s = 0.0, FIRST_RETRANSMISSION_S
        for _ in range(_MOST_RETRANSMISSIONS):
            if not self._loses():
                break
            stall_s += wait_s
            wait_s = min(wait_s * 2, LAST_RETRANSMISSION_S)
        return stall_s + self.shape.delay.draw(self._chance)

    def delay_s(self) -> float | None:
        """Seconds until a piece of a stream is there; `None` if it is lost, and has to be sent again."""
        shape = self.shape
        if (shape.loss is not _NO_LOSS or self._is_bad) and self._loses():
            return None
        return shape.delay.draw(self._chance)

    def datagram_s(self) -> list[float]:
        """Seconds until each copy of the next datagram is there; none if it is lost."""
        if self._loses():
            return []
        copies = 2 if self.shape.repeated and self._chance.random() < self.shape.repeated else 1
        return [self.shape.delay.draw(self._chance) for _ in range(copies)]

    def _loses(self) -> bool:
        loss, chance = self.shape.loss, self._chance
        if loss.to_bad or self._is_bad:  # a shape without bursts ends that of the shape before it
            turn = chance.random()
            self._is_bad = turn >= loss.to_good if self._is_bad else turn < loss.to_bad
        share = loss.in_bad if self._is_bad else loss.in_good
        return share > 0.0 and chance.random() < share
