"""A TaskManager with fake slots, a leader and a job master, on virtual time."""

from __future__ import annotations

import asyncio
from typing import Any

from actors import Actor, ActorRef, DeathCause, Props
from cluster.election.driver import LeaderInfo
from cluster.protocol import (
    DeployTask,
    RegisterTaskManager,
    TaskManagerRegistered,
    TaskStateChanged,
)
from cluster.slots.slot_link import (
    Cancel,
    Ready,
    Run,
    Running,
    Snapshot,
)
from cluster.taskmanager.leader_follower import LeaderChanged
from cluster.taskmanager.run_until import RunUntil
from cluster.taskmanager.settings import TaskManagerSettings
from cluster.taskmanager.task_manager import TaskManager
from runtime import ActorSystem, TestProbe


class Die:
    """Tells a fake slot how its process ends."""

    def __init__(self, detail: str) -> None:
        self.detail = detail


class FakeSlot(Actor[Any]):
    """Speaks the protocol of a slot: hands everything to a probe, which says what its process would say."""

    def __init__(self, world: World) -> None:
        self.world = world

    def pre_start(self) -> None:
        self.world.slots.append(self.ref)
        if self.world.warm:
            self.context.parent.tell(Ready(), self.ref)

    def receive(self, message: Any) -> None:
        match message:
            case Die(detail=detail):
                self.context.stop_self(DeathCause.PROCESS_DEAD, detail)  # type: ignore[attr-defined]
            case RunUntil(until):
                self.world.until[self.ref] = until
            case Run() | Cancel() | Snapshot():
                self.world.process.ref.tell(message, self.ref)
            case said:
                self.context.parent.tell(said, self.ref)

    async def post_stop(self) -> None:
        self.world.deaths.append(self.world.system.loop.time())
        if self.world.death_takes_s:
            await asyncio.sleep(self.world.death_takes_s)


class World:
    """A TaskManager with fake slots, a leader and a job master."""

    def __init__(self, system: ActorSystem) -> None:
        self.system = system
        self.warm = True
        self.death_takes_s = 0.0
        self.slots: list[ActorRef[Any]] = []
        self.deaths: list[float] = []
        self.until: dict[ActorRef[Any], float] = {}
        self.left: list[str] = []
        self.started_again: list[str] = []
        self.leader = TestProbe(system, "leader")
        self.master = TestProbe(system, "master")
        self.process = TestProbe(system, "process")
        self.ref: ActorRef[Any] = system.dead_letters

    def start(self, **settings: Any) -> None:
        made = TaskManagerSettings(**{"resource_id": "tm-1", "slots": 2, "storage": "memory://x", "pid": 4, **settings})
        self.ref = self.system.spawn(
            Props(TaskManager, made, Props(FakeSlot, self), self.left.append, self.started_again.append), "task-manager"
        )

    def leads(self, epoch: int, probe: TestProbe | None = None) -> None:
        leader = (probe or self.leader).ref
        self.ref.tell(LeaderChanged(LeaderInfo(epoch, str(leader.path), "actor://x/user/contender#1", "c")))

    async def registered(self, epoch: int = 7, **settings: Any) -> None:
        """Start it and let it register with the leader of `epoch`."""
        self.start(**settings)
        self.leads(epoch)
        await self.leader.expect(RegisterTaskManager)
        self.leader.reply(TaskManagerRegistered(epoch, self.leader.ref))

    def deploy(self, slot: int = 0, attempt: int = 1, epoch: int = 7, restore: Any = None) -> DeployTask:
        order = DeployTask(
            epoch, self.master.ref, "j", f"count[{slot}]", attempt, slot, {"code": b"x"}, "count", slot, 2, restore
        )
        self.master.send(self.ref, order)
        return order

    async def running(self, slot: int = 0, attempt: int = 1) -> ActorRef[Any]:
        """Deploy a task and let it run; returns its slot."""
        self.deploy(slot, attempt)
        await self.process.expect(Run)
        process = self.process.sender
        process.tell(Running())
        await self.master.expect(state("RUNNING", slot, attempt))
        return process


def state(name: str, slot: int = 0, attempt: int = 1, epoch: int = 7, **more: Any) -> TaskStateChanged:
    return TaskStateChanged(epoch, "j", f"count[{slot}]", attempt, name, **more)


def names(attempt: int = 1, slot: int = 0) -> tuple[int, str, str, int]:
    return (7, "j", f"count[{slot}]", attempt)
