"""How long a heartbeat is on its way: the laws of chance that `quality` and `configurator` reckon with. Pure.

Deliberately not here: drawing such delays; who simulates brings a `random.Random`.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Protocol


class DelayLaw(Protocol):
    """The distribution of a delay of 0 or more seconds.

    Attributes:
        mean_s: Its mean.
    """

    @property
    def mean_s(self) -> float:
        """The mean in seconds."""
        ...

    def tail(self, delay_s: float) -> float:
        """The chance of a longer delay than that, 1 for negative ones."""
        ...


@dataclass(frozen=True, slots=True)
class ExponentialDelay:
    """Exponentially distributed: the example of Chen's paper.

    Attributes:
        mean_s: Mean, above 0.
    """

    mean_s: float

    def tail(self, delay_s: float) -> float:
        """See `DelayLaw.tail`."""
        return 1.0 if delay_s < 0 else math.exp(-delay_s / self.mean_s)


@dataclass(frozen=True, slots=True)
class ConstantDelay:
    """Always the same.

    Attributes:
        mean_s: That delay, 0 or more.
    """

    mean_s: float

    def tail(self, delay_s: float) -> float:
        """See `DelayLaw.tail`."""
        return 1.0 if delay_s < self.mean_s else 0.0


@dataclass(frozen=True, slots=True)
class AnyDelay:
    """Of unknown shape: the worst one with this mean and deviation, by Cantelli's inequality (section 5 of the paper).

    Attributes:
        mean_s: Mean, 0 or more.
        deviation_s: Standard deviation, 0 or more.
    """

    mean_s: float
    deviation_s: float

    def tail(self, delay_s: float) -> float:
        """An upper bound of the tail, and 1 up to the mean."""
        beyond_s = delay_s - self.mean_s
        if beyond_s < 0:
            return 1.0
        variance = self.deviation_s * self.deviation_s
        return variance / (variance + beyond_s * beyond_s) if variance + beyond_s > 0 else 0.0
