"""Failure detectors: how suspicious is this silence? Pure; time is an argument (monotonic seconds).

`AkkaPhiAccrual` (Akka's and Pekko's formula, exactly), `PhiAccrual` (the paper's), `Chen` (NFD-E), `TwoWindow`
(2W-FD), `Bertier`, `ExponentialAccrual` (Cassandra's) and `FixedTimeout`. What Chen's settings promise is in `quality`,
and which settings a wish needs in `configurator`. The shell is `runtime.remote.watcher`. Deliberately not here: what
follows from suspicion (`runtime.protocol.verdict`).
"""

from runtime.protocol.detectors.bertier import Bertier
from runtime.protocol.detectors.chen import Chen
from runtime.protocol.detectors.configurator import Timing, Wish, configure
from runtime.protocol.detectors.delays import AnyDelay, ConstantDelay, DelayLaw, ExponentialDelay
from runtime.protocol.detectors.detector import FailureDetector
from runtime.protocol.detectors.exponential import ExponentialAccrual
from runtime.protocol.detectors.phi import AkkaPhiAccrual, PhiAccrual
from runtime.protocol.detectors.quality import Quality, nfd_s_quality
from runtime.protocol.detectors.timeout import FixedTimeout
from runtime.protocol.detectors.two_window import TwoWindow

__all__ = [
    "AkkaPhiAccrual",
    "AnyDelay",
    "Bertier",
    "Chen",
    "ConstantDelay",
    "DelayLaw",
    "ExponentialAccrual",
    "ExponentialDelay",
    "FailureDetector",
    "FixedTimeout",
    "PhiAccrual",
    "Quality",
    "Timing",
    "TwoWindow",
    "Wish",
    "configure",
    "nfd_s_quality",
]
