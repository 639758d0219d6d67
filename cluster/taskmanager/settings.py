"""What a TaskManager is told once, at its start. Pure; `cluster.node` makes it from the configuration.

Deliberately not here: reading it from a file (`cluster.config`).
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class TaskManagerSettings:
    """Settings of one TaskManager. Times are seconds.

    Attributes:
        resource_id: Name of the process, unique in the cluster.
        slots: How many tasks run at a time, 1 or more.
        storage: URL of the `BlobStore` that snapshots go to and come from; the leader's own.
        warm_spares: Slot processes beyond `slots` that are kept ready, so that tasks restart at once; 0 or more.
        pid: Process id, for people.
        cancellation_timeout_s: After which a task that was cancelled and has not ended is killed.
        registration_initial_s: Wait before the leader is asked again; doubles up to `registration_max_s`.
        registration_max_s: Longest such wait.
        registration_refused_s: Wait after a refusal.
        registration_timeout_s: Without a leader that accepts it for so long, the TaskManager ends.
        replenish_after_s: Used slot processes are replaced so long after their use, not to slow a failover down.
        max_result_bytes: A larger result fails its task; must fit into a message to the leader.
        keeps_tasks: Whether tasks go on when their leader is gone, for the next one to adopt.
        lease_s: How long tasks run without word from a leader; `None` for ever.
        verbose: Whether tasks log `info` and `debug` too.
    """

    resource_id: str
    slots: int
    storage: str
    warm_spares: int = 0
    pid: int = 0
    cancellation_timeout_s: float = 180.0
    registration_initial_s: float = 0.1
    registration_max_s: float = 30.0
    registration_refused_s: float = 30.0
    registration_timeout_s: float = 300.0
    replenish_after_s: float = 1.0
    max_result_bytes: int = 4 * 1024 * 1024
    keeps_tasks: bool = False
    lease_s: float | None = None
    verbose: bool = False

    def __post_init__(self) -> None:
        if self.slots < 1 or self.warm_spares < 0:
            raise ValueError(
                f"a TaskManager has 1 slot or more and 0 spares or more, not {self.slots} and {self.warm_spares}"
            )
