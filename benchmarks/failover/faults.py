"""What is done to a cluster: to whom, how, and what must come of it. Pure; `benchmarks.failover.trials` does it."""

from __future__ import annotations

import signal
from dataclasses import dataclass

from benchmarks.failover.variants import Variant


@dataclass(frozen=True, slots=True)
class Fault:
    """One kind of fault.

    Attributes:
        name: For the command line.
        title: For people.
        victim: `leader`, `task-manager` or `zookeeper`.
        signal: What it is sent; 0 for a cut of its network.
        lasts_s: A process of ZooKeeper that is frozen is thawed after so long.
    """

    name: str
    title: str
    victim: str
    signal: int
    lasts_s: float = 0.0

    @property
    def ends_process(self) -> bool:
        """Whether another process has to be started in its place."""
        return self.signal in (signal.SIGKILL, signal.SIGTERM)

    @property
    def is_cut(self) -> bool:
        """Whether the network is cut."""
        return self.signal == 0

    def applies_to(self, variant: Variant) -> bool:
        """Whether it makes sense there: sqlite has no ensemble, and is for one machine."""
        return variant.needs_zookeeper or (self.victim != "zookeeper" and not self.is_cut)


FAULTS = {
    fault.name: fault
    for fault in (
        Fault("leader-kill", "leader SIGKILL", "leader", signal.SIGKILL),
        Fault("leader-term", "leader SIGTERM", "leader", signal.SIGTERM),
        Fault("leader-freeze", "leader SIGSTOP", "leader", signal.SIGSTOP),
        Fault("leader-cut", "leader cut off", "leader", 0),
        Fault("taskmanager-kill", "TaskManager SIGKILL", "task-manager", signal.SIGKILL),
        Fault("taskmanager-freeze", "TaskManager SIGSTOP", "task-manager", signal.SIGSTOP),
        Fault("zookeeper-kill", "ZooKeeper's leader SIGKILL", "zookeeper", signal.SIGKILL),
        Fault("zookeeper-freeze", "ZooKeeper's leader SIGSTOP 2 s", "zookeeper", signal.SIGSTOP, 2.0),
    )
}
