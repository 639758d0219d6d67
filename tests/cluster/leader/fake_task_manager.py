"""`FakeTaskManager`: runs nothing, and reports what a test tells it to; it follows the leader as a real one does."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from actors import Actor, ActorPath, ActorRef
from cluster.election.driver import LeaderInfo
from cluster.protocol import (
    AdoptTask,
    CancelTask,
    CheckpointAcknowledged,
    DeployTask,
    LeaseRenewed,
    RegisterTaskManager,
    ShutdownTaskManager,
    TaskManagerRegistered,
    TaskStateChanged,
    TriggerCheckpoint,
)
from cluster.taskmanager.leader_follower import LeaderChanged

if TYPE_CHECKING:
    from tests.cluster.leader.scene import Scene


class FakeTaskManager(Actor[Any]):
    """Runs nothing, and reports what it is told to; follows the leader as a real one does."""

    def __init__(self, scene: Scene, resource_id: str, slots: int) -> None:
        self.scene, self.resource_id, self.slots = scene, resource_id, slots
        self.session = 0
        self.epochs: list[int] = []
        self.offered_at: list[float] = []
        self.answers: list[TaskManagerRegistered] = []
        self.renewed: list[float] = []
        self.leader: LeaderInfo | None = None
        self.running: dict[tuple[str, int, str], DeployTask] = {}
        self.origins: dict[tuple[str, int, str], int] = {}
        self.ends: dict[tuple[str, int, str], TaskStateChanged] = {}
        self.unreported: list[tuple[int, tuple[str, int, str], ActorRef[Any]]] = []

    def pre_start(self) -> None:
        self.scene.inside[self.resource_id] = self

    async def receive(self, message: Any) -> None:
        match message:
            case LeaderChanged(leader):
                if not self.scene.keeps:
                    self.running.clear()
                    self.session += 1
                self.leader = leader
                if leader is not None and not self.scene.cut_off(self.resource_id):
                    self.register(self.holdings())
            case TaskManagerRegistered(epoch=epoch):
                self.epochs.append(epoch)
                self.answers.append(message)
            case LeaseRenewed(asked_at=asked_at):
                self.renewed.append(asked_at)
            case DeployTask():
                self.scene.deployed.append(message)
                self.running[message.task_id, message.attempt, message.job_id] = message
                self.origins[message.task_id, message.attempt, message.job_id] = message.epoch
                if self.scene.runs:
                    self.report(message, "RUNNING")
            case AdoptTask(epoch, job_master, job_id, task_id, attempt):
                self.scene.adopted.append(message)
                key = (task_id, attempt, job_id)
                if key in self.running:
                    self.running[key] = replace(self.running[key], epoch=epoch, job_master=job_master)
                    self.report(self.running[key], "RUNNING")
                elif key in self.ends:
                    job_master.tell(replace(self.ends[key], epoch=epoch), self.ref)
            case CancelTask(epoch, job_id, task_id, 0):
                found = [key for key in self.running if key[0] == task_id and key[2] == job_id]
                self.unreported += [(epoch, key, self.sender) for key in found]
                if self.scene.obeys or not found:
                    self.end_for_the_leader()
                    self.reply(TaskStateChanged(epoch, job_id, task_id, 0, "CANCELED"))
            case CancelTask(epoch, job_id, task_id, attempt) if self.scene.obeys or not self.scene.stubborn:
                self.running.pop((task_id, attempt, job_id), None)
                if self.scene.obeys:
                    self.reply(TaskStateChanged(epoch, job_id, task_id, attempt, "CANCELED"))
            case ShutdownTaskManager():
                self.scene.leave(self.resource_id)
            case TriggerCheckpoint(epoch, job_id, task_id, attempt, number) if self.scene.acknowledges:
                handle = await self.scene.blobs.write(f"state/{number}/{task_id}/{attempt}", task_id.encode())
                plain = [handle.name, handle.size_bytes, handle.sha256]
                self.reply(CheckpointAcknowledged(epoch, job_id, task_id, attempt, number, plain))
            case _:
                pass

    def holdings(self) -> tuple[Any, ...]:
        live = [
            [job_id, task_id, self.origins[task_id, attempt, job_id], attempt, order.slot]
            for (task_id, attempt, job_id), order in self.running.items()
        ]
        ended = [
            [job_id, task_id, self.origins[task_id, attempt, job_id], attempt, -1]
            for task_id, attempt, job_id in self.ends
        ]
        return (*ended, *live) if self.scene.keeps else ()

    def end_for_the_leader(self) -> None:
        """What a leader without a master of the job has ordered to end, has ended."""
        for epoch, (task_id, attempt, job_id), asker in self.unreported:
            self.running.pop((task_id, attempt, job_id), None)
            asker.tell(TaskStateChanged(epoch, job_id, task_id, attempt, "CANCELED"), self.ref)
        self.unreported.clear()

    def register(self, running: tuple[Any, ...] = ()) -> None:
        assert self.leader is not None
        dispatcher = self.scene.system.ref_for(ActorPath.parse(self.leader.address))
        offer = (self.leader.epoch, self.ref, self.resource_id, self.slots, 1, list(running), self.session)
        self.offered_at.append(self.scene.system.loop.time())
        lease = (self.scene.lease_s, self.offered_at[-1])
        dispatcher.tell(RegisterTaskManager(*offer, *lease), self.ref)

    def report(self, order: DeployTask, state: str, **more: Any) -> None:
        if state != "RUNNING":
            self.running.pop((order.task_id, order.attempt, order.job_id), None)
        key = (order.epoch, order.job_id, order.task_id, order.attempt)
        report = TaskStateChanged(*key, state, **more)
        if state != "RUNNING":
            self.ends[order.task_id, order.attempt, order.job_id] = report
        order.job_master.tell(report, self.ref)
