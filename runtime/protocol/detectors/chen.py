"""Chen's NFD-E: the expected arrival of the next heartbeat, and a constant margin. Pure.

Source: Chen, Toueg, Aguilera, "On the quality of service of failure detectors" (IEEE ToC 51(5), 2002), section 6.3.
What settings lead to which quality is in `quality`; which settings a wish needs, in `configurator`.
"""

from __future__ import annotations

from runtime.protocol.detectors.arrivals import Arrivals
from runtime.protocol.detectors.detector import require_positive
from runtime.protocol.detectors.lateness import Lateness


class Chen(Lateness):
    """NFD-E: suspect when the next heartbeat is later than its expected arrival plus alpha.

    A death is found at most interval + margin + mean delay after it, whatever happened before: one long outage does not
    make later detection slower, as it does for phi.

    Args:
        interval_s: Heartbeat interval (the paper's eta), greater than 0.
        margin_s: The paper's alpha, greater than 0.
        max_samples: Arrivals over which the expectation is averaged, at least 1; the paper: 32.

    Raises:
        ValueError: If a setting is out of range.
    """

    def __init__(self, interval_s: float = 1.0, margin_s: float = 1.0, max_samples: int = 32) -> None:
        require_positive(interval_s=interval_s, margin_s=margin_s, max_samples=max_samples)
        super().__init__(Arrivals(interval_s, max_samples), margin_s)
