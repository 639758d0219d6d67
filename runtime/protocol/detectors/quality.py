"""The quality of service of Chen's NFD-S in closed form: what its settings promise, before anything is run. Pure.

For whoever chooses settings (`configurator`), and for a harness, to prove itself right against. Source: Chen, Toueg,
Aguilera (IEEE ToC 51(5), 2002), theorem 5. Losses and delays are taken to be independent of each other; losses in
bursts make more mistakes than this says. Deliberately not here: any detector.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

from runtime.protocol.detectors.delays import DelayLaw
from runtime.protocol.detectors.detector import require_not_negative, require_positive


@dataclass(frozen=True, slots=True)
class Quality:
    """How fast and how right a detector is, in the paper's terms.

    Attributes:
        detection_bound_s: T_D: no death takes longer to be found.
        mistake_recurrence_s: E(T_MR): from one mistake to the next.
        mistake_duration_s: E(T_M): how long one lasts.
        accuracy: P_A: the chance of being right at any moment.
    """

    detection_bound_s: float
    mistake_recurrence_s: float
    mistake_duration_s: float
    accuracy: float

    @property
    def mistakes_per_hour(self) -> float:
        """Lambda_M."""
        return 3600.0 / self.mistake_recurrence_s


def nfd_s_quality(interval_s: float, shift_s: float, loss: float, delay: DelayLaw) -> Quality:
    """The quality of NFD-S.

    Args:
        interval_s: The paper's eta: between two heartbeats, above 0.
        shift_s: The paper's delta: a heartbeat that is not there so long after its sending is missed, 0 or more.
        loss: Chance that a heartbeat is lost, 0 or more and below 1.
        delay: Of those that are not.

    Raises:
        ValueError: If a value is out of range.
    """
    require_positive(interval_s=interval_s)
    require_not_negative(shift_s=shift_s)
    require_chance(loss)
    last = math.ceil(shift_s / interval_s)

    def missing(behind: int, after_s: float) -> float:
        """p_j(x): that the j-th heartbeat behind the oldest that counts is not there at x after the freshness point."""
        return loss + (1.0 - loss) * delay.tail(shift_s + after_s - behind * interval_s)

    def suspected(after_s: float) -> float:
        """u(x): that none of those that count is there."""
        return math.prod(missing(behind, after_s) for behind in range(last + 1))

    in_time = (1.0 - loss) * (1.0 - delay.tail(shift_s + interval_s))
    begins = in_time * suspected(0.0)
    edge_s = last * interval_s - shift_s  # from here on the newest heartbeat counts too
    wrong_s = _integral(suspected, 0.0, edge_s) + _integral(suspected, edge_s, interval_s)
    return Quality(
        detection_bound_s=shift_s + interval_s,
        mistake_recurrence_s=interval_s / begins if begins > 0 else math.inf,
        mistake_duration_s=wrong_s / begins if begins > 0 else 0.0,
        accuracy=1.0 - wrong_s / interval_s,
    )


def require_chance(loss: float) -> None:
    """Refuse what is not the chance of a loss that leaves something to be heard.

    Raises:
        ValueError: If it is not 0 or more and below 1.
    """
    if not 0 <= loss < 1:
        raise ValueError(f"loss is {loss}; it must be 0 or more and below 1")


_PANELS = 256
_NODES = ((-0.8611363115940526, 0.3478548451374538), (-0.3399810435848563, 0.6521451548625461))
_GAUSS = (*_NODES, *((-place, weight) for place, weight in _NODES))


def _integral(function: Callable[[float], float], low: float, high: float) -> float:
    """By four Gauss-Legendre points in each of many panels that grow from `low` on, where these functions are steep."""
    if high <= low:
        return 0.0
    total, left = 0.0, low
    for panel in range(1, _PANELS + 1):
        right = low + (high - low) * (panel / _PANELS) ** 3
        half, middle = (right - left) / 2, (right + left) / 2
        total += half * sum(weight * function(middle + half * place) for place, weight in _GAUSS)
        left = right
    return total
