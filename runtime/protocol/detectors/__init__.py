"""Failure detectors: how suspicious is this silence? Pure; time is an argument (monotonic seconds).

`AkkaPhiAccrual` (Akka's and Pekko's formula, exactly), `PhiAccrual` (the paper's), `Chen` (NFD-E) and `FixedTimeout`.
The shell is `runtime.remote.watcher`. Deliberately not here: what follows from suspicion (`runtime.protocol.verdict`).
"""

from runtime.protocol.detectors.chen import Chen
from runtime.protocol.detectors.detector import FailureDetector
from runtime.protocol.detectors.phi import AkkaPhiAccrual, PhiAccrual
from runtime.protocol.detectors.timeout import FixedTimeout

__all__ = ["AkkaPhiAccrual", "Chen", "FailureDetector", "FixedTimeout", "PhiAccrual"]
