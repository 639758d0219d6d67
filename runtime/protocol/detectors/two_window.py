"""2W-FD: Chen's margin behind the later of two expectations, over few arrivals and over many. Pure.

Source: Tomsic, Sens, Garcia, Arantes, Sopena, "2W-FD: a failure detector algorithm with QoS" (IPDPS 2015).
"""

from __future__ import annotations

from runtime.protocol.detectors.arrivals import Arrivals
from runtime.protocol.detectors.detector import require_positive
from runtime.protocol.detectors.lateness import Lateness


class TwoWindow(Lateness):
    """Suspect when the next heartbeat is later than the later of two expected arrivals plus a margin.

    The short window notices at once that the network has become slower, the long one forgets slowly that it was.

    Args:
        interval_s: Heartbeat interval, greater than 0.
        margin_s: Greater than 0.
        short_samples: Arrivals in the short window, at least 1; the paper: 1.
        long_samples: Arrivals in the long window, at least 1; the paper: 1000.

    Raises:
        ValueError: If a setting is out of range.
    """

    def __init__(
        self, interval_s: float = 1.0, margin_s: float = 1.0, short_samples: int = 1, long_samples: int = 1000
    ) -> None:
        require_positive(
            interval_s=interval_s, margin_s=margin_s, short_samples=short_samples, long_samples=long_samples
        )
        super().__init__(Arrivals(interval_s, short_samples, long_samples), margin_s)
