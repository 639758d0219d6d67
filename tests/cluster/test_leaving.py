"""A JobManager that is told to leave gives its office back at once, whatever its actors are busy with."""

from __future__ import annotations

import asyncio

from actors import Actor
from cluster.assembly import HANDOVER_S, JobManagerParts
from cluster.config import load
from cluster.election.memory import MemoryElection
from runtime import ActorSystem
from tests.conformance.election.suite import Candidate


class Deaf(Actor[object]):
    """Never ends its handler by itself."""

    async def receive(self, message):
        await asyncio.Event().wait()


async def test_a_leader_whose_actors_do_not_end_hands_over_all_the_same():
    """A handler that does not end may delay the end of its process, but not the next leader."""
    election = MemoryElection()
    config, _ = load(None, ["high-availability=memory"])
    loop = asyncio.get_running_loop()
    async with ActorSystem("jobmanager") as system:
        parts = JobManagerParts(config, system, election.driver(), candidate="one")
        await parts.start()
        parts.contender = system.spawn(Deaf, "deaf")
        parts.contender.tell("hold on")
        heir = Candidate("two", election.driver())
        await heir.driver.start(heir.heard)
        await heir.driver.stand("two")
        began = loop.time()

        await parts.stop()

        await asyncio.sleep(0)
        assert heir.heard.leads
        assert loop.time() - began <= HANDOVER_S + 0.001  # virtual seconds
        await heir.driver.close()
