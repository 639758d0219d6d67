"""Local mode: JobManagers, a TaskManager and a client in one process, with the election in memory. No server, no files.

The same parts as in a cluster, on one actor system without sockets; tasks run on the same loop. Deliberately not here:
the parts (`cluster.assembly`).
"""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator, Sequence
from dataclasses import replace

from cluster.assembly import JobManagerParts, TaskManagerParts
from cluster.client import ClusterClient
from cluster.commands.jobs import finish, make_record
from cluster.config import ClusterConfig
from cluster.election.memory import MemoryElection
from cluster.node import say
from runtime import ActorSystem


class LocalCluster:
    """A running local cluster.

    Attributes:
        system: Where all its actors live.
        election: Who leads.
        jobmanagers: In the order in which they stood for election.
        taskmanagers: All of them.
        client: Connected.
    """

    def __init__(self, system: ActorSystem, election: MemoryElection, client: ClusterClient) -> None:
        self.system = system
        self.election = election
        self.client = client
        self.jobmanagers: list[JobManagerParts] = []
        self.taskmanagers: list[TaskManagerParts] = []


@contextlib.asynccontextmanager
async def local_cluster(
    config: ClusterConfig, *, jobmanagers: int = 1, taskmanagers: int = 1, name: str = "local"
) -> AsyncIterator[LocalCluster]:
    """Start a cluster on the running loop; everything is gone at the end.

    Args:
        config: What it says of storage and isolation is put aside: all is in memory, on this loop.
        jobmanagers: How many stand for election, 1 or more.
        taskmanagers: How many offer `config.slots` slots each.
        name: Of the actor system, and of the storage in memory.
    """
    config = replace(
        config,
        high_availability="memory",
        storage_dir=f"memory://{name}",
        checkpoint_dir=None,
        slot_isolation="inline",
        slot_warm_spares=0,
        provider="none",
    )
    election = MemoryElection(config.lease_ttl_s)
    async with ActorSystem(name) as system:
        cluster = LocalCluster(system, election, ClusterClient(config, system, election.driver()))
        try:
            async with cluster.client:
                for number in range(1, jobmanagers + 1):
                    candidate = f"jobmanager-{number}"
                    parts = JobManagerParts(config, system, election.driver(), f"contender-{number}", candidate)
                    cluster.jobmanagers.append(parts)
                    await parts.start()
                for number in range(1, taskmanagers + 1):
                    one = TaskManagerParts(config, system, election.driver(), say, f"task-manager-{number}")
                    cluster.taskmanagers.append(one)
                    await one.start()
                yield cluster
        finally:
            for jobmanager in reversed(cluster.jobmanagers):
                await jobmanager.stop()
            for taskmanager in cluster.taskmanagers:
                await taskmanager.stop()


async def run_local(config: ClusterConfig, target: str, words: Sequence[str], *, jobmanagers: int) -> int:
    """Run one job in a local cluster of as many slots as it takes, and print its results; returns the exit code."""
    record = make_record(target, words)
    async with local_cluster(replace(config, slots=record.slots_needed), jobmanagers=jobmanagers) as cluster:
        await cluster.client.submit(record.job_id, record.to_bytes())
        return await finish(cluster.client, record)
