"""A cluster in one actor system, on virtual time: real leaders and stores, TaskManagers that do what a test says."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable
from typing import Any

from actors import ActorPath, ActorRef, Kill, Props
from cluster.election.memory import MemoryElection, MemoryElectionDriver
from cluster.election.office import LeaderOffice
from cluster.election.service import Contender
from cluster.leader.dispatcher import Dispatcher
from cluster.leader.services import LeaderServices, LeaderSettings
from cluster.model.job_record import JobRecord, TaskRecord
from cluster.model.job_source import JobSource
from cluster.model.restart import FixedDelay, RestartStrategy
from cluster.protocol import (
    AdoptTask,
    DeployTask,
    GetJob,
    GetResult,
    GetTaskResult,
    SubmitJob,
)
from cluster.store.blobs import BlobStore
from cluster.store.checkpoints import CheckpointStore
from cluster.store.jobs import JobStore
from cluster.store.results import ResultStore
from cluster.taskmanager.leader_follower import LeaderFollower
from runtime import ActorSystem
from tests.cluster.leader.fake_task_manager import FakeTaskManager

TEN_TIMES = FixedDelay(10, 1.0)


class FakeProvider:
    """Remembers what it was asked for."""

    can_start = True

    def __init__(self) -> None:
        self.trouble = ""
        self.stood_down: list[int] = []
        self.missing = 0
        self.registered: frozenset[str] = frozenset()
        self.dead: list[str] = []

    def has_made(self, resource_id: str) -> bool:
        return False

    def require(self, epoch: int, missing_slots: int, registered: frozenset[str]) -> None:
        self.missing, self.registered = missing_slots, registered

    def lost(self, epoch: int, resource_id: str) -> None:
        self.dead.append(resource_id)

    def stand_down(self, epoch: int) -> None:
        self.stood_down.append(epoch)


class SlowPointers:
    """A pointer store whose writes take so long."""

    def __init__(self, pointers: Any, takes_s: float) -> None:
        self._pointers, self._takes_s = pointers, takes_s

    def __getattr__(self, name: str) -> Any:
        return getattr(self._pointers, name)

    async def put(self, *what: Any) -> None:
        await asyncio.sleep(self._takes_s)
        await self._pointers.put(*what)


class Scene:
    """Everything of one test.

    Attributes:
        runs: TaskManagers report RUNNING by themselves.
        acknowledges: They write states and acknowledge checkpoints by themselves.
        obeys: They answer to CancelTask.
        keeps: They keep their tasks when the leader changes.
        jump_s: By how much the wall clock has jumped.
        lease_s: How long they say that their tasks run without a leader.
        silent: Names of those that new leaders cannot be reached by.
        stubborn: What does not obey goes on running, too.
    """

    def __init__(self, system: ActorSystem) -> None:
        self.system = system
        self.election = MemoryElection()
        self.blobs = BlobStore(f"memory://{system.uid}")
        self.provider = FakeProvider()
        self.offices: list[LeaderOffice] = []
        self.drivers: list[MemoryElectionDriver] = []
        self.contenders: list[ActorRef[Any]] = []
        self.inside: dict[str, FakeTaskManager] = {}
        self.deployed: list[DeployTask] = []
        self.runs = self.acknowledges = self.obeys = True
        self.stubborn = self.keeps = False
        self.lease_s = self.jump_s = 0.0
        self.silent: set[str] = set()
        self.adopted: list[AdoptTask] = []
        pointers = self.election.driver()
        self.pointers = pointers
        self.jobs = JobStore(pointers, self.blobs)
        self.checkpoints = CheckpointStore(pointers, self.blobs)
        self.results = ResultStore(pointers, self.blobs)

    async def job_manager(self, **replaced: Any) -> LeaderOffice:
        """Start one; the first leads, the others stand by."""
        driver = self.election.driver()
        office = LeaderOffice(driver, lambda ref: str(ref.path), self.wall_time)
        settings = replaced.pop("settings", LeaderSettings())
        services: dict[str, Any] = {
            "office": office,
            "jobs": self.jobs,
            "checkpoints": self.checkpoints,
            "results": self.results,
            "pointers": self.pointers,
            "provider": self.provider,
            "clock": self.system.loop.time,
            "wall_time": self.wall_time,
            "random": random.Random(1),
            "settings": settings,
            **replaced,
        }
        made = LeaderServices(**services)
        name = f"contender-{len(self.contenders)}"
        await driver.start(office)
        self.offices.append(office)
        self.drivers.append(driver)
        self.contenders.append(
            self.system.spawn(
                Props(Contender, office, driver, name, lambda epoch: Props(Dispatcher, epoch, made)), name
            )
        )
        await driver.stand(name)
        return office

    def cut_off(self, name: str) -> bool:
        """Whether that TaskManager hears of no leader."""
        return name in self.silent

    def wall_time(self) -> float:
        """Virtual time with a date."""
        return 1_000_000.0 + self.jump_s + self.system.loop.time()

    async def task_manager(self, name: str, slots: int = 2) -> ActorRef[Any]:
        """Start one, and let it register with whoever leads."""
        ref = self.system.spawn(Props(FakeTaskManager, self, name, slots), name)
        await self.election.driver().start(LeaderFollower(ref, lambda error: None))
        if self.election.info is not None:
            await self.until(lambda: name in self.inside and bool(self.inside[name].epochs))
        return ref

    async def leading(self) -> int:
        """Wait for a confirmed leader; its epoch."""
        await self.until(lambda: self.election.info is not None)
        assert self.election.info is not None
        return self.election.info.epoch

    @property
    def dispatcher(self) -> ActorRef[Any]:
        """The confirmed leader."""
        assert self.election.info is not None
        return self.system.ref_for(ActorPath.parse(self.election.info.address))

    async def until(self, condition: Callable[[], bool], limit_s: float = 600.0) -> None:
        """Let virtual time pass until it holds."""
        ends = self.system.loop.time() + limit_s
        while not condition():
            assert self.system.loop.time() < ends, "it never came true"
            await asyncio.sleep(0.001)

    async def submit(self, job_id: str = "j1", tasks: int = 2, **more: Any) -> Any:
        """Submit a job of `tasks` instances of one task."""
        return await self.dispatcher.ask(SubmitJob(job_id, self.record(job_id, tasks, **more)))

    def record(
        self,
        job_id: str,
        tasks: int = 2,
        interval_s: float | None = None,
        strategy: RestartStrategy | None = TEN_TIMES,
    ) -> bytes:
        """The record of such a job."""
        source = JobSource(module="nowhere")
        return JobRecord(job_id, "test", source, (TaskRecord("a", tasks, {}),), interval_s, strategy, 7.0).to_bytes()

    async def job(self, job_id: str = "j1") -> Any:
        """What `GetJob` answers."""
        return await self.dispatcher.ask(GetJob(job_id))

    async def result(self, job_id: str = "j1") -> Any:
        """What `GetResult` answers, with the results of the finished tasks."""
        answer = await self.dispatcher.ask(GetResult(job_id))
        if "finished" not in answer:
            return answer
        parts = {task: await self.dispatcher.ask(GetTaskResult(job_id, task)) for task in answer.pop("finished")}
        return {**answer, "results": {task: part["result"] for task, part in parts.items()}}

    async def status(self, wanted: str, job_id: str = "j1", limit_s: float = 600.0) -> Any:
        """Wait until the job has that status; the answer of `GetResult`."""
        ends = self.system.loop.time() + limit_s
        while (answer := await self.result(job_id))["status"] != wanted:
            assert self.system.loop.time() < ends, f"still {answer['status']}, not {wanted}"
            await asyncio.sleep(0.01)
        return answer

    async def all_running(self, count: int, job_id: str = "j1") -> dict[str, Any]:
        """Wait until that many tasks of the job run; what `GetJob` answers."""
        for _ in range(20_000):
            job: dict[str, Any] = await self.job(job_id)
            if [one["state"] for one in job.get("tasks", [])].count("RUNNING") == count:
                return job
            await asyncio.sleep(0.01)
        raise AssertionError(f"never {count} running: {job}")

    def live(self) -> dict[tuple[str, int, str], FakeTaskManager]:
        """Attempts that run now, and where."""
        return {key: one for one in self.inside.values() for key in one.running}

    def report(self, task_id: str, state: str, **more: Any) -> None:
        """Let the live attempt of a task come to `state`."""
        ((key, where),) = [(key, one) for key, one in self.live().items() if key[0] == task_id]
        where.report(where.running[key], state, **more)

    def end_all_for_the_leader(self) -> None:
        """See `FakeTaskManager`."""
        for one in self.inside.values():
            one.end_for_the_leader()

    def kill(self, name: str) -> None:
        """A TaskManager dies."""
        self.inside.pop(name).ref.tell(Kill())

    def leave(self, name: str) -> None:
        """A TaskManager leaves in good order."""
        self.system.stop(self.inside.pop(name).ref)
