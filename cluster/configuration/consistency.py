"""Values that do not go together: complaints, which keep a process from starting. Pure.

Deliberately not here: a single value's form (`cluster.configuration.values`), and what only deserves a warning.
"""

from __future__ import annotations

from typing import Any, Protocol

from cluster.configuration import keys as keys
from cluster.configuration.cluster_config import ClusterConfig
from cluster.configuration.keys import Key
from cluster.store.places import local_path


class Values(Protocol):
    """Who collects complaints."""

    def refuse(self, key: Key[Any], accepted: str) -> None:
        """Complain about a key's value, with words for what is accepted."""


def compare(config: ClusterConfig, values: Values) -> None:
    """Complain about values that do not go together."""
    if config.zookeeper is not None and not config.zookeeper.hosts:
        values.refuse(
            keys.ZOOKEEPER_QUORUM, f"high-availability: zookeeper needs {keys.ZOOKEEPER_QUORUM.type.accepted}"
        )
    if config.high_availability in ("sqlite", "zookeeper") and config.storage_dir is None:
        values.refuse(
            keys.STORAGE_DIR,
            f"high-availability: {config.high_availability} needs {keys.STORAGE_DIR.type.accepted}",
        )
    remote = config.storage_dir is not None and "://" in config.storage_dir and local_path(config.storage_dir) is None
    if config.high_availability == "sqlite" and remote and config.sqlite_path is None:
        values.refuse(keys.SQLITE_PATH, "needed since the storageDir is not on this machine; a path of a file")
    if config.sqlite_path is not None and local_path(config.sqlite_path) is None:
        values.refuse(keys.SQLITE_PATH, "accepted is a path of a file on this machine")
    if config.election_poll_s > config.lease_ttl_s / 4:
        values.refuse(keys.ELECTION_POLL, f"it must be at most a quarter of {keys.LEASE_TTL.name}")
    interval, timeout = config.heartbeat_interval_s, config.heartbeat_timeout_s
    if interval is not None and timeout is not None and timeout < interval:
        values.refuse(keys.HEARTBEAT_TIMEOUT, f"it must not be shorter than {keys.HEARTBEAT_INTERVAL.name}")
