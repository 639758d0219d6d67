"""What the clusters under test differ in: where they elect, by what a standby takes over, and what tasks do meanwhile.

Pure. Deliberately not here: starting any of them (`benchmarks.failover.processes`).
"""

from __future__ import annotations

from dataclasses import dataclass

SHORT_SESSION_S = 2.0
"""Where only the end of the session frees the office. Elsewhere sessions and leases are those of the defaults."""


@dataclass(frozen=True, slots=True)
class Variant:
    """One way to set up a cluster.

    Attributes:
        backend: `sqlite`, `zookeeper` (certain evidence, or the session), `zookeeper-session` (the session only, a
            short one).
        tasks: `restart` or `keep`: value of `jobmanager.failover.tasks`.
    """

    backend: str
    tasks: str = "restart"

    @property
    def name(self) -> str:
        """For people."""
        return f"{self.backend}, {self.tasks}"

    @property
    def needs_zookeeper(self) -> bool:
        """Whether an ensemble is needed."""
        return self.backend != "sqlite"

    def configuration(self, directory: str, hosts: str, cluster: str, host: str = "127.0.0.1") -> str:
        """The lines of `flink-conf.yaml`.

        Args:
            directory: For storage.
            hosts: Of the ensemble.
            cluster: Id of this cluster.
            host: The address that processes listen on.
        """
        lines = {
            "high-availability": "zookeeper" if self.needs_zookeeper else "sqlite",
            "high-availability.storageDir": f"{directory}/ha",
            "high-availability.cluster-id": cluster,
            "high-availability.takeover": "timeout" if self.backend == "zookeeper-session" else "evidence",
            "jobmanager.failover.tasks": self.tasks,
            "jobmanager.rpc.address": host,
            "taskmanager.host": host,
            "taskmanager.numberOfTaskSlots": "2",
            "restart-strategy": "fixed-delay",
            "restart-strategy.fixed-delay.attempts": "1000000",
            "restart-strategy.fixed-delay.delay": "0 s",
            "rest.port": "0",
        }
        if host != "127.0.0.1":
            lines["security.insecure"] = "true"  # namespaces of our own, that nobody else reaches
        if self.needs_zookeeper:
            lines["high-availability.zookeeper.quorum"] = hosts
        if self.backend == "zookeeper-session":
            lines["high-availability.zookeeper.client.session-timeout"] = f"{SHORT_SESSION_S:g} s"
        return "".join(f"{key}: {value}\n" for key, value in lines.items())


BACKENDS = ("sqlite", "zookeeper", "zookeeper-session")
TASKS = ("restart", "keep")
