"""An ensemble that is away for a long time: nobody acts meanwhile, nothing is lost, and all goes on when it is back.

`OUTAGE_S=3600` makes it an hour of virtual time, which takes about twenty seconds.
"""

from __future__ import annotations

import asyncio
import os

from cluster.simulation.cluster import SimCluster
from runtime.sim.world import World
from tests.cluster.simulation.counting import finished

OUTAGE_S = float(os.environ.get("OUTAGE_S", "300"))
UP_TO, TASKS = 240, 3


def test_a_long_outage_of_the_ensemble_costs_no_more_than_its_time() -> None:
    """No leader and no step meanwhile but what a lease allows; then the job ends exactly, within a minute."""

    async def story(world: World) -> None:
        cluster = SimCluster(world, 7)
        cluster.start()
        record = cluster.counting_job(UP_TO, TASKS)
        job = asyncio.create_task(cluster.with_client(lambda client: finished(client, record)))
        await asyncio.sleep(2.0)
        members = list(cluster.ensemble.members)
        for member in members:
            world.network.freeze(member)
        await asyncio.sleep(30.0)
        done = len(cluster.ledger.steps)
        await asyncio.sleep(OUTAGE_S - 30.0)
        assert (cluster.leaders(), len(cluster.ledger.steps)) == ([], done)
        assert 0 < done < UP_TO * TASKS

        for member in members:
            world.network.thaw(member)
        result = await asyncio.wait_for(job, 60.0)

        assert (result["status"], sorted(result["results"].values())) == ("FINISHED", [UP_TO] * TASKS)
        await cluster.close()

    World.run(story, 7)
