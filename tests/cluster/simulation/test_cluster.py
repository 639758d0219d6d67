"""The unmodified cluster in one thread: jobs end exactly, through deaths, and a seed replays it to the last step."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import pytest

from cluster.simulation.cluster import SimCluster
from cluster.simulation.ensemble import SimEnsemble
from cluster.simulation.ledger import LEDGERS, Step
from runtime.sim.campaign import found, play
from runtime.sim.world import World
from tests.cluster.simulation.counting import finished

UP_TO, TASKS = 60, 4


def counted(seed: int, blows: Callable[[World, SimCluster], Awaitable[None]] | None = None) -> list[Step]:
    """Run the counting job through some blows; returns what it did."""

    async def story(world: World) -> list[Step]:
        cluster = SimCluster(world, seed)
        cluster.start()
        record = cluster.counting_job(UP_TO, TASKS)
        job = asyncio.create_task(cluster.with_client(lambda client: finished(client, record)))
        if blows is not None:
            await asyncio.sleep(2.0)
            await blows(world, cluster)
        result = await asyncio.wait_for(job, 60.0)
        assert (result["status"], sorted(result["results"].values())) == ("FINISHED", [UP_TO] * TASKS)
        await cluster.close()
        return cluster.ledger.steps

    return World.run(story, seed)


def test_a_job_runs_to_its_end() -> None:
    """Without blows each step is done once, in order."""
    steps = counted(1)
    for index in range(TASKS):
        assert [step.number for step in steps if step.index == index] == list(range(1, UP_TO + 1))


async def kill_one_of_each(world: World, cluster: SimCluster) -> None:
    """The leader and a TaskManager, with SIGKILL; both are started again."""
    leader = cluster.leaders()[0]
    for name in (leader, "tm1"):
        world.network.kill(name)
    await asyncio.sleep(0.5)
    cluster.start_jobmanager(leader)
    cluster.start_taskmanager("tm1")


@pytest.mark.parametrize("seed", range(3))
def test_a_job_survives_the_leader_and_a_taskmanager(seed: int) -> None:
    """The result is exact, and no task does a step of an earlier attempt after one of a later."""
    steps = counted(seed, kill_one_of_each)
    for index in range(TASKS):
        lives = [step.life for step in steps if step.index == index]
        assert lives == sorted(lives)
        assert {step.number for step in steps if step.index == index} == set(range(1, UP_TO + 1))


def test_a_seed_is_a_story() -> None:
    """The same seed gives the same steps at the same times, to the last digit; another seed gives others."""
    assert counted(5, kill_one_of_each) == counted(5, kill_one_of_each)
    assert counted(5, kill_one_of_each) != counted(6, kill_one_of_each)


def test_a_cluster_does_not_tell_how_many_were_before() -> None:
    """Its name goes into messages: were it longer after ten others, a seed would be another run. Two at once differ."""

    async def story(world: World) -> list[str]:
        clusters = [SimCluster(world, 5), SimCluster(world, 5)]
        for cluster in clusters:
            await cluster.close()
        return [cluster.name for cluster in clusters]

    names = World.run(story)
    assert names == World.run(story)
    assert len(set(names)) == 2


def test_a_run_that_ends_hard_leaves_nothing_behind(monkeypatch: pytest.MonkeyPatch) -> None:
    """The next run of its seed in this process has the same names, and so is the same run."""

    async def close(self: SimEnsemble) -> None:
        raise OSError("nobody may wait any more")

    monkeypatch.setattr(SimEnsemble, "close", close)
    assert "nobody may wait" in play(found("cluster"), 12, []).error
    assert not LEDGERS
