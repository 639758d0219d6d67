"""A TaskManager dies: its work goes on where there is room, and another is made in its place; or people are told."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import Any

from actors import DeathCause
from actors.signals import DeathWatchNotification
from cluster.leader.services import LeaderSettings
from cluster.model.restart import FixedDelay
from cluster.protocol import CancelJob, GetCluster
from cluster.providers.fleet import Fleet
from tests.cluster.leader.failing import running
from tests.cluster.leader.scene import Scene

START_S = 0.5
AT_ONCE = FixedDelay(10, 0.0)


class Starter:
    """A provider that starts TaskManagers of the scene as its fleet says, each in half a second.

    Attributes:
        started: Names of those that were started, in order.
    """

    can_start = True

    def __init__(self, scene: Scene, fleet: Fleet) -> None:
        self.scene, self.fleet = scene, fleet
        self.started: list[str] = []
        self._tasks: set[asyncio.Task[Any]] = set()

    @property
    def trouble(self) -> str:
        return self.fleet.trouble(self.now)

    @property
    def now(self) -> float:
        return self.scene.system.loop.time()

    def has_made(self, resource_id: str) -> bool:
        return resource_id.startswith("made-")

    def require(self, epoch: int, missing_slots: int, registered: frozenset[str]) -> None:
        if self.fleet.require(self.now, epoch, missing_slots, registered):
            self._act()

    def lost(self, epoch: int, resource_id: str) -> None:
        self.fleet.lost(self.now, epoch, resource_id)

    def stand_down(self, epoch: int) -> None:
        self.fleet.stand_down(epoch)

    def _act(self) -> None:
        decision = self.fleet.decide(self.now)
        for _ in range(decision.start):
            name = f"made-{len(self.started)}"
            self.started.append(name)
            self.fleet.started(self.now, name)
            self.scene.system.loop.call_later(START_S, self._begin, name)
        if decision.again_at is not None:
            self.scene.system.loop.call_at(decision.again_at, self._act)

    def _begin(self, name: str) -> None:
        task = asyncio.ensure_future(self.scene.task_manager(name, 2))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)


async def begun(scene: Scene, *, standbys: int = 0, tasks: int = 2) -> Starter:
    """A job that runs on `x` and `y`, which have slots to spare, with a provider."""
    starter = Starter(scene, Fleet(2, 300.0))
    await running(scene, tasks, strategy=AT_ONCE, services={"provider": starter})
    for _ in range(standbys):
        await scene.job_manager(provider=starter)
    assert starter.started == []
    return starter


async def names(scene: Scene) -> list[str]:
    """Of all TaskManagers that are registered."""
    return sorted(one["id"] for one in (await scene.dispatcher.ask(GetCluster()))["task_managers"])


async def test_the_work_moves_at_once_and_a_replacement_is_made_behind_it(scene: Scene) -> None:
    """With spare slots nothing waits for the new TaskManager; there are as many as before, not more."""
    starter = await begun(scene)
    began = starter.now
    scene.kill("x")
    await scene.until(lambda: len(scene.deployed) == 3)
    assert starter.now - began < START_S / 5
    job = await scene.all_running(2)
    assert {one["task_manager"].partition("#")[0] for one in job["tasks"]} == {"y"}
    await scene.until(lambda: "made-0" in scene.inside and bool(scene.inside["made-0"].epochs))
    await asyncio.sleep(60.0)
    assert (starter.started, await names(scene)) == (["made-0"], ["made-0", "y"])


async def test_without_spare_slots_the_work_waits_for_the_replacement(scene: Scene) -> None:
    """The job goes on as soon as the one TaskManager is there that was missing."""
    starter = await begun(scene, tasks=4)
    scene.kill("x")
    await scene.all_running(4)
    await asyncio.sleep(60.0)
    assert (starter.started, await names(scene)) == (["made-0"], ["made-0", "y"])


async def test_who_leaves_in_good_order_is_not_replaced(scene: Scene) -> None:
    """SIGTERM to a TaskManager makes the cluster smaller, so long as no job needs it."""
    starter = await begun(scene)
    scene.leave("x")
    await scene.all_running(2)
    await asyncio.sleep(60.0)
    assert (starter.started, await names(scene)) == ([], ["y"])


async def test_a_silent_one_is_replaced_before_its_lease_is_over(scene: Scene) -> None:
    """Its tasks wait for the end of the lease; the TaskManager in its place need not."""
    scene.lease_s = 20.0
    starter = await begun(scene)
    manager = scene.system.find_local(scene.dispatcher.path.child("resource-manager"))
    assert manager is not None
    silent = DeathWatchNotification(scene.inside["x"].ref, True, True, DeathCause.UNREACHABLE, "silent for 4 s")
    manager.sink.signal(silent)
    await scene.until(lambda: starter.started == ["made-0"])
    assert len(scene.deployed) == 2


async def test_deaths_while_nobody_leads_are_made_good_by_the_next_leader(scene: Scene) -> None:
    """The record of who may run tasks is what the next leader counts from."""
    scene.lease_s = 10.0
    starter = await begun(scene, standbys=1)
    scene.election.revoke()
    await scene.until(lambda: scene.election.info is None)
    scene.kill("x")
    await scene.until(lambda: scene.election.info is not None and scene.election.info.epoch == 2)
    await scene.all_running(2)
    await asyncio.sleep(60.0)
    assert (starter.started, await names(scene)) == (["made-0"], ["made-0", "y"])


async def test_a_change_of_leaders_starts_nothing(scene: Scene) -> None:
    """Those of the former leader come back; nobody is started in their place."""
    scene.lease_s = 10.0
    starter = await begun(scene, standbys=1)
    scene.election.revoke()
    await scene.until(lambda: scene.election.info is not None and scene.election.info.epoch == 2)
    await scene.all_running(2)
    await asyncio.sleep(60.0)
    assert (starter.started, await names(scene)) == ([], ["x", "y"])


async def test_a_deposed_leader_needs_nothing_any_more(scene: Scene) -> None:
    """Its provider is told, so that it does not start TaskManagers for a need that is its successor's."""
    await running(scene)
    scene.election.revoke()
    await scene.until(lambda: scene.provider.stood_down == [1])


async def test_people_are_told_when_nobody_starts_any(scene: Scene) -> None:
    """What the provider has to say is in the description of the cluster."""
    await scene.job_manager(settings=LeaderSettings())
    await scene.leading()
    scene.provider.trouble = "the machine is full"
    await scene.submit()
    known = await scene.dispatcher.ask(GetCluster())
    assert (known["provider_starts"], known["provider_trouble"]) == (True, "the machine is full")


IDLE = LeaderSettings(idle_task_manager_s=3.0)


async def test_who_was_made_and_is_not_needed_is_let_go(scene: Scene) -> None:
    """A fleet that has grown shrinks again, down to those that people have started; who leaves so is not replaced."""
    starter = Starter(scene, Fleet(2, 300.0))
    await scene.job_manager(provider=starter, settings=IDLE)
    await scene.leading()
    await scene.task_manager("x", 2)
    await scene.submit(tasks=6)
    await scene.all_running(6)
    await asyncio.sleep(10.0)
    assert await names(scene) == ["made-0", "made-1", "x"]
    await scene.dispatcher.ask(CancelJob("j1"))
    await asyncio.sleep(2.9)
    assert await names(scene) == ["made-0", "made-1", "x"]
    await asyncio.sleep(0.8)
    assert await names(scene) == ["x"]
    await asyncio.sleep(10.0)
    assert await names(scene) == ["x"]
    assert starter.started == ["made-0", "made-1"]
    await scene.submit("j2", tasks=3)
    await scene.all_running(3, "j2")
    assert starter.started == ["made-0", "made-1", "made-2"]


async def test_as_many_are_kept_as_the_configuration_asks_for(scene: Scene) -> None:
    """`resourcemanager.taskmanagers` is what there is at the least, with those that were started by hand."""
    starter = Starter(scene, Fleet(2, 300.0, 2))
    await scene.job_manager(provider=starter, settings=replace(IDLE, task_managers_kept=2))
    await scene.leading()
    await scene.submit(tasks=8)
    await scene.all_running(8)
    await scene.dispatcher.ask(CancelJob("j1"))
    await asyncio.sleep(20.0)
    assert len(await names(scene)) == 2
    assert len(starter.started) == 4


async def test_who_stands_in_the_place_of_one_that_people_have_started_stays(scene: Scene) -> None:
    """A replacement is room for the next death (decision 26); not any more when its predecessor is back."""
    starter = Starter(scene, Fleet(2, 300.0))
    await scene.job_manager(provider=starter, settings=IDLE)
    await scene.leading()
    for name in "xy":
        await scene.task_manager(name, 2)
    scene.kill("x")
    await asyncio.sleep(20.0)
    assert await names(scene) == ["made-0", "y"]
    await scene.task_manager("x-again", 2)
    await asyncio.sleep(20.0)
    assert await names(scene) == ["x-again", "y"]
    assert starter.started == ["made-0"]


async def test_the_next_leader_lets_go_what_the_former_has_made(scene: Scene) -> None:
    """Its time begins anew; what is still at work stays."""
    starter = Starter(scene, Fleet(2, 300.0))
    await scene.job_manager(provider=starter, settings=IDLE)
    await scene.leading()
    for job_id, tasks in (("j1", 2), ("j2", 1)):
        await scene.submit(job_id, tasks)
        await scene.all_running(tasks, job_id)
    await scene.dispatcher.ask(CancelJob("j1"))
    await scene.status("CANCELED")
    await scene.job_manager(provider=starter, settings=IDLE)
    scene.election.revoke()
    await asyncio.sleep(20.0)
    await scene.all_running(1, "j2")
    assert len(await names(scene)) == 1
    assert len(starter.started) == 2
