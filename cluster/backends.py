"""Which election backend a process uses, after its configuration: a driver for who stands, and for who follows.

Composition. Used by `cluster.node`, by clients, and by commands that read what is stored. Deliberately not here: what a
driver does (`cluster.election`), and what is built on it (`cluster.assembly`).
"""

from __future__ import annotations

import time
from pathlib import Path

from cluster.config import ClusterConfig
from cluster.election.driver import ElectionDriver, ElectionUnavailable
from cluster.election.fixed import FixedLeader
from cluster.election.machine_time import boot_id, machine_clock
from cluster.election.memory import MemoryElection
from cluster.election.sqlite import SqliteElectionDriver
from cluster.election.sqlite_keeper import SqliteSettings
from cluster.election.zookeeper.settings import ZookeeperSettings
from cluster.store.places import local_path
from runtime import ActorSystem

JOBMANAGER = "jobmanager"
CONTENDER = "contender"
"""The actor system of a JobManager, and its actor that followers without a backend ask."""


def sqlite_file(config: ClusterConfig) -> Path:
    """Where the file of the election is, or will be."""
    place = config.sqlite_path or f"{config.storage_url}/election.db"
    return Path(local_path(place) or place)


def sqlite_driver(config: ClusterConfig) -> SqliteElectionDriver:
    """The election over the configured file, by this machine's monotonic clock."""
    ttl_s, poll_s = config.lease_ttl_s, config.election_poll_s
    return SqliteElectionDriver(
        SqliteSettings(sqlite_file(config), machine_clock(), boot_id(), ttl_s, poll_s, config.takes_over_by_evidence)
    )


def zookeeper_driver(settings: ZookeeperSettings) -> ElectionDriver:
    """The election on an ensemble of ZooKeeper.

    Raises:
        ElectionUnavailable: If what it needs is not installed.
    """
    try:
        from cluster.election.zookeeper.driver import ZookeeperElectionDriver
    except ImportError as error:
        raise ElectionUnavailable(
            f"high-availability: zookeeper needs the package kazoo ({error}): pip install 'deathwatch[zookeeper]'"
        ) from error
    return ZookeeperElectionDriver(settings)


def follower_driver(config: ClusterConfig, system: ActorSystem) -> ElectionDriver:
    """How a TaskManager or a client finds the leader."""
    if config.zookeeper is not None:
        return zookeeper_driver(config.zookeeper)
    if config.high_availability == "sqlite":
        return sqlite_driver(config)
    host, (port, *_) = config.jobmanager_address, config.jobmanager_ports
    return FixedLeader(system, f"actor://{JOBMANAGER}@{host}:{port}/user/{CONTENDER}")


def candidate_driver(config: ClusterConfig) -> ElectionDriver:
    """How a JobManager stands for election. Without high availability it is the only one, newer than all before it."""
    if config.zookeeper is not None:
        return zookeeper_driver(config.zookeeper)
    if config.high_availability == "sqlite":
        return sqlite_driver(config)
    return MemoryElection(config.lease_ttl_s, after_epoch=time.time_ns() // 1_000_000).driver()
