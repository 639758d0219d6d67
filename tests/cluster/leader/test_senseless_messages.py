"""What no release of ours says: a message whose fields are of other types ends nobody, and whoever asks hears of it."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from actors import ActorPath
from cluster import protocol as said
from cluster.election.protocol import StandingBy
from cluster.flaws import flaw_of
from runtime import TestProbe
from tests.cluster.leader.failing import running
from tests.cluster.leader.scene import Scene
from tests.cluster.taskmanager.conftest import world as world
from tests.cluster.taskmanager.world import World

WRONG: tuple[Any, ...] = ([], {}, None, "x", 1.5, True, b"")


def spoilt(message: Any) -> Iterator[Any]:
    """The message with each value of another type in each of its fields."""
    for name in message.__dataclass_fields__:
        for value in WRONG:
            wrong = replace(message, **{name: value})
            if flaw_of(wrong):
                yield wrong


def of_an_attempt(order: said.DeployTask) -> list[Any]:
    which = (order.epoch, order.job_id, order.task_id, order.attempt)
    return [
        said.StaleLeader(order.epoch, order.epoch),
        said.TaskProgress(*which, {}),
        said.TaskStateChanged(*which, "RUNNING"),
        said.CheckpointAcknowledged(*which, 1, ["x", 1, "y"]),
        said.CheckpointDeclined(*which, 1, "no"),
    ]


async def test_leaders_and_jobs_go_on(scene: Scene) -> None:
    """An error ended the JobMaster, so that its job was set aside; the leader; or its contender, with the office."""
    await running(scene)
    stranger, order = TestProbe(scene.system), scene.deployed[0]
    leader = str(scene.dispatcher.path).partition("#")[0]
    manager = scene.system.ref_for(ActorPath.parse(f"{leader}/resource-manager"))
    ask_for_more = said.RenewLease(1, scene.inside["x"].ref, 0, 0.0)
    for message in [*of_an_attempt(order), ask_for_more]:
        for wrong in spoilt(message):
            order.job_master.tell(wrong, stranger.ref)
            manager.tell(wrong, stranger.ref)
    for handle in ([], "xyz", 3, ["x", "1", "y"], {"x": 1}, None):
        for number in range(1, 4):
            text = said.CheckpointAcknowledged(order.epoch, "j1", order.task_id, order.attempt, number, handle)
            order.job_master.tell(text, stranger.ref)
    for wrong in spoilt(StandingBy(1, stranger.ref, "y")):
        scene.contenders[0].tell(wrong, stranger.ref)
    await asyncio.sleep(30.0)
    job = await scene.all_running(2)
    assert (job["status"], job["restarts"], scene.election.epoch) == ("RUNNING", 0, 1)


@pytest.mark.parametrize(
    "question",
    [
        said.SubmitJob("j1", b"x"),
        said.GetJob("j1"),
        said.CancelJob("j1"),
        said.RetryJob("j1"),
        said.GetResult("j1"),
        said.GetTaskResult("j1", "a[0]"),
        said.DropRetained("j1"),
    ],
    ids=lambda question: type(question).__name__,
)
async def test_who_asks_for_nonsense_is_told_so(scene: Scene, question: Any) -> None:
    """A client with a defect ended the leader, and then each next one, whom it asked again."""
    await running(scene)
    for wrong in spoilt(question):
        assert "makes no sense" in (await scene.dispatcher.ask(wrong))["error"]
    assert (await scene.job())["status"] == "RUNNING"


async def test_a_result_that_cannot_be_stored_fails_its_job_and_no_leader(scene: Scene) -> None:
    """TaskManagers of ours look at each; of another's, leader after leader would have read it at the end of the job."""
    await running(scene, tasks=1)
    scene.report("a[0]", "FINISHED", result=[scene.dispatcher])
    end = await scene.status("FAILED")
    assert "cannot be carried by MessagePack" in end["error"]
    assert scene.election.epoch == 1


async def test_a_task_manager_keeps_its_tasks(world: World) -> None:
    """It began anew, without them."""
    await world.registered(lease_s=30.0)
    await world.running()
    order = world.deploy(slot=1)
    which = (7, "j", "count[0]", 1)
    messages: list[Any] = [
        order,
        said.AdoptTask(7, world.master.ref, *which[1:]),
        said.CancelTask(*which),
        said.TriggerCheckpoint(*which, 1),
        said.ShutdownTaskManager(7, "x"),
        said.TaskManagerRegistered(7, world.leader.ref, 1.0),
        said.TaskManagerRefused(7, "x"),
        said.LeaseRenewed(7, 1.0),
        said.StaleLeader(7, 7),
    ]
    for message in messages:
        for wrong in spoilt(message):
            world.ref.tell(wrong, world.leader.ref)
    await asyncio.sleep(1.0)
    assert (world.started_again, world.left, len(world.deaths)) == ([], [], 0)
