"""`AtWork`: which attempts are at work, or may be, for certain; and what nobody may say or do meanwhile. SHELL.

Known from the task runners themselves, past all that the product says: an attempt is at work from its beginning until
it ends or its process dies, while its TaskManager has a lease. Meanwhile no other attempt of its task begins, and its
job does not begin anew (I7); it is not said to have ended, and its TaskManager is not given up (I15). And no job begins
that has ended (I11). Used by `layered`. Deliberately not here: what tasks have done (`cluster.simulation.ledger`).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from actors import ActorRef
from cluster.election.zookeeper.layout import Layout
from cluster.leader.job_master import JobMaster
from cluster.leader.resource_manager import ResourceManager
from cluster.model.vertex import TaskState
from cluster.protocol import TaskStateChanged
from cluster.simulation.leftovers import naming
from cluster.simulation.tree import Tree
from cluster.simulation.wrapping import Asks, Judge, asks
from cluster.slots.task_runner import TaskRunner
from cluster.taskmanager.task_attempts import Attempts
from cluster.taskmanager.task_manager import TaskManager
from runtime.remote.sink import RemoteSink
from runtime.sim.campaign import Record
from runtime.sim.clocks import Clock
from runtime.sim.process import PROCESS, SimProcess

_ENDED = {state.value for state in TaskState if state.is_ended}


@dataclass(frozen=True, slots=True)
class _Attempt:
    """One that has begun and has not ended by itself."""

    job_id: str
    task_id: str
    number: int
    process: SimProcess
    worker: TaskManager

    def __str__(self) -> str:
        return f"attempt {self.number} of {self.task_id} of job {self.job_id} in {self.process.name}"


class AtWork(Judge):
    """What is at work, and what is asked.

    Args:
        record: Is told, and raises.
        tree: What the ensemble has decided.
    """

    def __init__(self, record: Record, tree: Tree) -> None:
        super().__init__(record)
        self._tree = tree
        self._workers: dict[str, TaskManager] = {}
        self._running: dict[TaskRunner, _Attempt] = {}

    @asks(TaskManager, "pre_start")
    def comes(self, original: Asks, worker: TaskManager) -> Any:
        """A TaskManager comes up."""
        if (process := PROCESS.get()) is not None:
            self._workers[process.host] = worker
        return original(worker)

    @asks(TaskRunner, "run")
    async def runs(self, original: Asks, runner: TaskRunner) -> None:
        """An attempt begins, and ends."""
        process, run = PROCESS.get(), runner._run
        if process is not None and process.host in self._workers:
            where = (process, self._workers[process.host])
            self._running[runner] = _Attempt(run.job_id, run.task_id, run.attempt, *where)
        try:
            await original(runner)
        finally:
            self._running.pop(runner, None)

    def _living(self, job_id: str = "", task_id: str = "") -> Iterator[_Attempt]:
        """Those of a job, or of all; whose processes live."""
        for runner, one in list(self._running.items()):
            if not one.process.alive:
                del self._running[runner]
            elif job_id in ("", one.job_id) and task_id in ("", one.task_id):
                yield one

    def _may_run(self, one: _Attempt) -> bool:
        """Whether its lease is not over, by its own clock."""
        clock = one.process.clock or Clock()
        return not one.worker._lease.is_over(clock.shows(self._record.now()))

    @asks(RemoteSink, "tell")
    def says(self, original: Asks, sink: RemoteSink, message: Any, sender: ActorRef[Any] | None = None) -> Any:
        """A TaskManager says that an attempt has ended; 0 is any of its task."""
        if isinstance(message, TaskStateChanged) and message.state in _ENDED and (process := PROCESS.get()) is not None:
            for one in self._living(message.job_id, message.task_id):
                is_it = one.process.host == process.host and message.attempt in (0, one.number)
                self._record.require(not is_it, "I15", f"{one} lives, and is said to be {message.state}")
        return original(sink, message, sender)

    @asks(Attempts, "add")
    def begins(self, original: Asks, attempts: Attempts, attempt: Any) -> Any:
        """An attempt gets a process."""
        order = attempt.deploy
        beside = [str(one) for one in self._living(order.job_id, order.task_id) if self._may_run(one)]
        self._record.require(not beside, "I7", f"attempt {order.attempt} of {order.task_id} begins beside {beside}")
        return original(attempts, attempt)

    @asks(JobMaster, "pre_start")
    def begins_job(self, original: Asks, master: JobMaster) -> Any:
        """A leader begins to run a job; anew, unless it may go on with what runs."""
        job_id = master._record.job_id
        if not master._services.office.may_act(master._epoch):
            return original(master)  # it takes no step
        has_ended = self._tree.exists(Layout("/flink", "/default").path_of(f"results/{job_id}")) is not None
        self._record.require(not has_ended, "I11", f"job {job_id} is run, and has ended")
        beside = [str(one) for one in self._living(job_id) if not master._recovered and self._may_run(one)]
        self._record.require(not beside, "I7", f"job {job_id} begins anew beside {beside}")
        return original(master)

    @asks(JobMaster, "_begin")
    def goes_on(self, original: Asks, master: JobMaster, start: Any) -> Any:
        """A job begins from what its leader has found: not anew, if there is a checkpoint, whoever can read it."""
        layout, job_id = Layout("/flink", "/default"), master._record.job_id
        if start.restored is None and not master._cancelled and master._services.office.may_act(master._epoch):
            kept = [path for path, _ in naming(self._tree, layout, layout.path_of(f"checkpoints/{job_id}"))]
            self._record.require(not kept, "I6", f"job {job_id} begins anew, and has {kept}")
        return original(master, start)

    @asks(ResourceManager, "_lose")
    def loses(self, original: Asks, manager: ResourceManager, member: Any, *more: Any) -> Any:
        """A leader takes it that nothing runs on a TaskManager any more."""
        if not manager._services.office.may_act(manager._epoch):
            return original(manager, member, *more)  # others run on under the next leader
        host, uid = member.ref.path.address.host, member.ref.path.uid
        for one in self._living():
            is_there = one.process.host == host and one.worker.ref.path.uid == uid
            self._record.require(
                not is_there or not self._may_run(one), "I15", f"{member.key} is given up, and {one} lives"
            )
        return original(manager, member, *more)
