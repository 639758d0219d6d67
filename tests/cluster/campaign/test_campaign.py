"""Campaigns of faults against a whole cluster, on virtual time: kills, freezes, cuts, storage and backend that go away.

`CAMPAIGNS=500 make test PYTEST_ARGS="tests/cluster/campaign"` makes it 500 of each kind; the test suite has a few. Each
is replayed by its seed.
"""

from __future__ import annotations

import asyncio
import os
import random
from dataclasses import replace

import pytest

from cluster.commands.jobs import make_record
from cluster.config import ClusterConfig, load
from cluster.store.blobs import PLACES
from runtime.sim.world import World
from tests.cluster.campaign.cluster import Cluster, Disk
from tests.cluster.campaign.counting import BOOKS, Book

CAMPAIGNS = int(os.environ.get("CAMPAIGNS", "3"))
FIRST = int(os.environ.get("CAMPAIGN_FIRST", "0"))
SEEDS = range(FIRST, FIRST + CAMPAIGNS)
LIMIT = 400
JOBS, TASKS = 2, 2
PATIENCE_S = 900.0


def configuration(seed: int, *more: str) -> ClusterConfig:
    lease = "taskmanager.task-lease=10 s" if more else "taskmanager.task-lease=2800 ms"
    config, _ = load(None, ("high-availability=memory", "taskmanager.numberOfTaskSlots=2", lease, *more))
    return replace(
        config, storage_dir=f"memory://campaign-{seed}", slot_isolation="inline", slot_warm_spares=0, provider="none"
    )


class Campaign:
    """One campaign: what happens in it is drawn from its seed."""

    def __init__(self, world: World, seed: int, *more: str) -> None:
        self.chance = random.Random(f"campaign/{seed}")
        self.cluster = Cluster(world, configuration(seed, *more), self.chance)
        self.world = world
        self.name = f"campaign-{seed}-{len(BOOKS)}"
        self.book = BOOKS[self.name] = Book()
        self.told: list[str] = []
        self.over = False

    async def run(self, *faults: str) -> None:
        """Start everything, let things happen until the jobs are done, and look at the book."""
        cluster = self.cluster
        for role in ("jobmanager", "jobmanager", "jobmanager", "taskmanager", "taskmanager", "taskmanager"):
            await cluster.start(role)
        client = await cluster.client()
        words = [f"book={self.name}", f"limit={LIMIT}", f"tasks={TASKS}"]
        records = [make_record("tests.cluster.campaign.counting", words) for _ in range(JOBS)]
        for number, record in enumerate(records):
            records[number] = replace(record, job_id=f"job-{number}")
            await client.submit(records[number].job_id, records[number].to_bytes())
        happening = asyncio.ensure_future(self.happen(faults))
        try:
            async with asyncio.timeout(PATIENCE_S):
                outcomes = [await client.result(record.job_id) for record in records]
        finally:
            self.over = True
            await happening
        for outcome in outcomes:
            assert outcome["status"] == "FINISHED", outcome
            assert list(outcome["results"].values()) == [LIMIT] * TASKS
        self.book.check(LIMIT)

    async def happen(self, faults: tuple[str, ...]) -> None:
        """One thing after the other, for a while; then all is well."""
        try:
            for _ in range(self.chance.randint(4, 9)):
                await asyncio.sleep(self.chance.uniform(0.1, 3.0))
                if self.over:
                    return
                fault = self.chance.choice(faults)
                self.told.append(f"{asyncio.get_running_loop().time():.3f} {fault}")
                await getattr(self, fault)()
        except BaseException as error:
            error.add_note("\n".join(self.told))
            raise
        finally:
            Disk.away = self.cluster.backend.away = False

    # --- what can happen ----------------------------------------------------------------------------------------------

    async def kill_leader(self) -> None:
        leader = self.cluster.leader
        if leader is not None:
            self.cluster.kill(leader)
            await asyncio.sleep(self.chance.choice([0.0, 0.5, 2.5]))
            await self.cluster.start("jobmanager")

    async def stop_leader(self) -> None:
        leader = self.cluster.leader
        if leader is not None:
            await self.cluster.stop(leader)
            await self.cluster.start("jobmanager")

    async def freeze_leader(self) -> None:
        leader = self.cluster.leader
        if leader is not None:
            self.cluster.freeze(leader)
            await asyncio.sleep(self.chance.uniform(0.1, 6.0))
            self.cluster.thaw(leader)

    async def kill_task_manager(self) -> None:
        self.cluster.kill(self.chance.choice(self.cluster.of("taskmanager")))
        await asyncio.sleep(self.chance.choice([0.0, 0.3, 5.0]))
        await self.cluster.start("taskmanager")

    async def stop_task_manager(self) -> None:
        await self.cluster.stop(self.chance.choice(self.cluster.of("taskmanager")))
        await self.cluster.start("taskmanager")

    async def kill_both(self) -> None:
        leader = self.cluster.leader
        self.cluster.kill(self.chance.choice(self.cluster.of("taskmanager")))
        if leader is not None:
            self.cluster.kill(leader)
            await self.cluster.start("jobmanager")
        await self.cluster.start("taskmanager")

    async def cut(self) -> None:
        leader = self.cluster.leader
        if leader is not None:
            other = self.chance.choice(self.cluster.of("taskmanager"))
            ends = (leader.name, other.name) if self.chance.random() < 0.5 else (other.name, leader.name)
            self.world.network.cut(*ends, one_way=self.chance.random() < 0.3)
            await asyncio.sleep(self.chance.uniform(0.2, 12.0))
            self.world.network.heal(*ends)

    async def deafen(self) -> None:
        driver = self.chance.choice(self.cluster.of("taskmanager")).driver
        if driver is not None:
            driver.deafen()
            if self.chance.random() < 0.7:
                await self.kill_leader()
            await asyncio.sleep(self.chance.uniform(0.2, 14.0))
            driver.hear_again()

    async def storage_away(self) -> None:
        Disk.away = True
        await asyncio.sleep(self.chance.uniform(0.1, 3.0))
        Disk.away = False

    async def backend_away(self) -> None:
        self.cluster.backend.away = True
        await asyncio.sleep(self.chance.uniform(0.1, 2.0))
        self.cluster.backend.away = False


ALL = (
    *("kill_leader", "stop_leader", "freeze_leader", "kill_task_manager", "stop_task_manager", "kill_both", "cut"),
    *("storage_away", "backend_away", "deafen"),
)
LEADERS = ("kill_leader", "stop_leader")


@pytest.fixture(autouse=True)
def disk(monkeypatch: pytest.MonkeyPatch) -> None:
    """Storage in memory fails when it is told to."""
    monkeypatch.setitem(PLACES, "memory", Disk)
    monkeypatch.setattr(Disk, "_all", {})


def campaign(seed: int, faults: tuple[str, ...], *more: str) -> Campaign:
    """Play one."""
    held: list[Campaign] = []

    async def story(world: World) -> None:
        held.append(Campaign(world, seed, *more))
        try:
            await held[0].run(*faults)
        finally:
            held[0].cluster.end()

    World.run(story, seed)
    return held[0]


@pytest.mark.parametrize("seed", SEEDS)
def test_no_step_is_lost_or_doubled(seed: int) -> None:
    """Whatever happens, jobs end once with their exact result, and no two attempts of a task step at a time."""
    campaign(seed, ALL)


@pytest.mark.parametrize("seed", SEEDS)
def test_no_step_is_lost_or_doubled_with_tasks_that_are_kept(seed: int) -> None:
    """The same, where tasks go on through the death of their leader."""
    campaign(seed, ALL, "jobmanager.failover.tasks=keep")


@pytest.mark.parametrize("seed", SEEDS)
def test_kept_tasks_never_restart_because_of_a_leader(seed: int) -> None:
    """Leaders that die or leave, one after the other: each task lives once."""
    played = campaign(seed, LEADERS, "jobmanager.failover.tasks=keep")
    assert {len(lives) for lives in played.book.lives.values()} == {1}
