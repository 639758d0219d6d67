"""`tried`: a job of yours on a simulated cluster that suffers, for a test of what it makes of that. SHELL.

For tests of users, with `runtime.sim.campaign.seeds`: the unmodified job runs in three JobManagers' and some
TaskManagers' care, which die, stand still, are cut off and have no disk for a while, as the world's chance draws. Then
all is healed, and the job has to end. Deliberately not here: what its results should be, which your test says; what is
to be true of the cluster itself (`cluster.simulation.scenarios`).
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from cluster.client import ClusterClient
from cluster.model.job_record import JobRecord
from cluster.simulation import faults as fault_kinds
from cluster.simulation.cluster import SimCluster
from cluster.simulation.faults import Cast
from cluster.simulation.nemesis import Nemesis
from cluster.slots.job_maker import make_record
from cluster.slots.user_code import read_source
from runtime.sim.misfortune import Told
from runtime.sim.schedule import Fault
from runtime.sim.world import World

HEALED_AT_S, WELL_WITHIN_S = 24.0, 60.0


async def tried(
    world: World,
    job: str,
    arguments: Mapping[str, str],
    faults: Iterable[Fault] | None = None,
    *,
    most: int = 8,
    taskmanagers: int = 2,
    slots: int = 2,
    settings: Sequence[str] = (),
) -> dict[str, Any]:
    """Run a job on a cluster that suffers.

    Let it take some ten virtual seconds: mishaps begin between 1.5 s and 13 s after the cluster. Tasks run in the
    TaskManagers' processes, on virtual time like everything else.

    Args:
        world: Where the cluster is; its chance draws all that happens.
        job: `package.module:NAME` or `FILE:NAME`, as on the command line.
        arguments: The `key=value` words for it.
        faults: What happens, such as `runtime.sim.schedule.parsed("2.0 kill tm1 for=1.0")`. By default it is drawn.
        most: Faults to draw.
        taskmanagers: How many there are: `tm1`, `tm2` and so on. JobManagers are `jm1` to `jm3`.
        slots: Of each TaskManager.
        settings: `key=value` words of the cluster's configuration.

    Returns:
        The result of each task, by its name.

    Raises:
        AssertionError: If the job does not finish, or not within a minute after all was healed.
        ValueError: If there is no such kind of fault, or no such process.
        UserCodeError: If the job cannot be read.
    """
    seed = world.chance.getrandbits(32)
    cluster = SimCluster(world, seed, taskmanagers=taskmanagers, slots=slots, settings=settings)
    try:
        cast = Cast(cluster.jobmanagers, cluster.taskmanagers, list(cluster.ensemble.members))
        drawn = fault_kinds.draw(world.chance, cast, most) if faults is None else list(faults)
        fault_kinds.check(drawn, cast)
        nemesis = Nemesis(world, cluster, Told(world))
        nemesis.check(drawn)
        record = JobRecord.from_bytes(make_record(read_source(job, arguments), f"{seed:032x}", 0.0))
        world.set_clocks(drawn)
        cluster.start()
        ends = asyncio.create_task(cluster.with_client(lambda client: _ended(client, record)))
        blows = asyncio.create_task(nemesis.perform(drawn))
        await asyncio.wait([ends], timeout=HEALED_AT_S)
        blows.cancel()
        nemesis.heal()
        await asyncio.wait([ends], timeout=WELL_WITHIN_S)
        if not ends.done():
            await _given_up(ends)
            raise AssertionError(f"the job has not ended {WELL_WITHIN_S:g} s after all was healed")
        end: Mapping[str, Any] = ends.result()
    finally:
        await cluster.close()
    if end["status"] != "FINISHED":
        raise AssertionError(f"the job ended as {end['status']}: {end}")
    results: dict[str, Any] = end["results"]
    return results


async def _given_up(ends: asyncio.Task[Any]) -> None:
    """The client stops waiting while its process lives; after that nothing would end it."""
    ends.cancel()
    await asyncio.wait([ends])


async def _ended(client: ClusterClient, record: JobRecord) -> Mapping[str, Any]:
    """Submit it and wait for its end."""
    await client.submit(record.job_id, record.to_bytes())
    end: Mapping[str, Any] = await client.result(record.job_id)
    return end
