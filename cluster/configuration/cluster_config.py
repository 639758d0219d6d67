"""`ClusterConfig`: what one process of a cluster is told, typed and checked. Pure data; `cluster.config` makes it.

Deliberately not here: keys and texts (`cluster.configuration.keys`), and acting on any value.
"""

from __future__ import annotations

import os
import tempfile
from dataclasses import dataclass

from cluster.configuration.recovery import RecoverySettings
from cluster.configuration.rest import LogSettings, RestSettings
from cluster.configuration.security import SecuritySettings
from cluster.election.zookeeper.settings import ZookeeperSettings
from cluster.model.restart import RestartStrategy


@dataclass(frozen=True, slots=True)
class ClusterConfig:
    """What one process of a cluster is told. Times are seconds, sizes bytes; `None` means "not given".

    Attributes:
        high_availability: `none`, `memory`, `sqlite` or `zookeeper`.
        storage_dir: Where recovery data is kept, as a path or URL; given whenever processes must share it.
        cluster_id: Separates clusters that share a storage directory, or an ensemble.
        sqlite_path: The election's file; by default in the cluster's storage directory.
        restart_strategy: For jobs that bring none; `None` when the key is absent (see `model.restart.choose_strategy`).
        checkpoint_interval_s: For jobs that bring none; `None` means no checkpoints.
        slot_warm_spares: Slot processes kept ready beyond `slots`; `None` means as many as there are slots.
        taskmanagers: How many TaskManagers the provider keeps alive; 0 follows the demand for slots.
        zookeeper: Given if that is the election's backend.
        recovery: What is kept of jobs, for how long, and what becomes of tasks when a leader dies.
        rest: The HTTP interface of a JobManager.
        log: The process's log.
        security: How its processes know each other.
        source: The file that was read.
        overrides: The `key=value` settings that were laid over it.
        takes_over_by_evidence: Whether a standby may take over from a leader whose process is gone for certain.
        settings: What was set, by the current name of each key, as text.
        rest_urls: Where a command asks over HTTP, if not through the election.
    """

    high_availability: str
    storage_dir: str | None
    cluster_id: str
    sqlite_path: str | None
    lease_ttl_s: float
    election_poll_s: float
    jobmanager_address: str
    jobmanager_ports: tuple[int, ...]
    jobmanager_bind_host: str | None
    jobmanager_resource_id: str | None
    taskmanager_host: str
    taskmanager_ports: tuple[int, ...]
    taskmanager_resource_id: str | None
    slots: int
    slot_isolation: str
    slot_warm_spares: int | None
    provider: str
    taskmanagers: int
    taskmanager_start_timeout_s: float
    slot_request_timeout_s: float
    cancellation_timeout_s: float
    registration_initial_s: float
    registration_max_s: float
    registration_refused_delay_s: float
    registration_timeout_s: float
    shutdown_timeout_s: float
    client_timeout_s: float
    detector: str
    heartbeat_interval_s: float | None
    heartbeat_timeout_s: float | None
    detector_threshold: float | None
    ask_timeout_s: float
    connect_timeout_s: float | None
    max_frame_bytes: int | None
    checkpoint_interval_s: float | None
    checkpoint_timeout_s: float
    checkpoint_min_pause_s: float
    checkpoints_retained: int
    checkpoint_failures_tolerated: int
    checkpoint_dir: str | None
    restart_strategy: RestartStrategy | None
    failover_strategy: str
    attempts_history: int
    zookeeper: ZookeeperSettings | None
    recovery: RecoverySettings
    rest: RestSettings
    log: LogSettings
    security: SecuritySettings
    source: str | None = None
    overrides: tuple[str, ...] = ()
    settings: tuple[tuple[str, str], ...] = ()
    rest_urls: tuple[str, ...] = ()
    takes_over_by_evidence: bool = True

    @property
    def storage_url(self) -> str:
        """Where this cluster's recovery data is: the storage directory and the cluster's id.

        Without a storage directory it is in memory in local mode, and else in the user's part of the temporary
        directory, where the processes of one machine share it.
        """
        temporary = f"{tempfile.gettempdir()}/deathwatch-{os.getuid()}"
        elsewhere = "memory://deathwatch" if self.high_availability == "memory" else temporary
        return f"{(self.storage_dir or elsewhere).rstrip('/')}/{self.cluster_id}"

    @property
    def state_url(self) -> str:
        """Where its tasks write their checkpoints' states."""
        return f"{self.checkpoint_dir.rstrip('/')}/{self.cluster_id}" if self.checkpoint_dir else self.storage_url

    @property
    def store_urls(self) -> tuple[str, str, str]:
        """Where jobs and checkpoints, the states of tasks, and results are kept."""
        results = self.recovery.results_dir
        results_url = f"{results.rstrip('/')}/{self.cluster_id}" if results else self.storage_url
        return self.storage_url, self.state_url, results_url
