"""`Inside`: who works in each process, for judges; and what is left there when all work is done (I13). SHELL.

When each job has ended and all is well, nothing of it may be left: no actor, slot, need or task, no node of the
ensemble but results that are clean; and a leader has recorded those TaskManagers, and no others, that are registered.
Read from the parts of the product themselves, past what they say to clients. Deliberately not here: when one looks
(`cluster.simulation.scenarios`), and bytes that no pointer names, which cost room and nothing else.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, cast

import msgpack

from cluster.election.service import Contender
from cluster.election.zookeeper.driver import ZookeeperElectionDriver
from cluster.election.zookeeper.layout import Layout, from_node
from cluster.leader.dispatcher import Dispatcher
from cluster.leader.member_record import KEY
from cluster.leader.resource_manager import ResourceManager
from cluster.simulation import wrapping
from cluster.simulation.books import watching
from cluster.simulation.cluster import SimCluster
from cluster.simulation.leftovers import left_behind, not_clean
from cluster.simulation.settled import unsettled
from cluster.taskmanager.task_manager import TaskManager
from runtime.sim.process import PROCESS, SimProcess

_STAY = {"resource-manager", "job-cleaner"}
"""Children of a Dispatcher that has no job."""
_INSIDE = (Dispatcher, ResourceManager, TaskManager, Contender)


@dataclass(slots=True)
class Inside:
    """The newest of each, by the name of its process.

    Attributes:
        dispatchers: Of leaders.
        managers: ResourceManagers of leaders.
        workers: TaskManagers.
        contenders: Those that stand for election.
        processes: Of all of them.
    """

    dispatchers: dict[str, Dispatcher] = field(default_factory=dict)
    managers: dict[str, ResourceManager] = field(default_factory=dict)
    workers: dict[str, TaskManager] = field(default_factory=dict)
    contenders: dict[str, Contender] = field(default_factory=dict)
    processes: dict[str, SimProcess] = field(default_factory=dict)

    def begins(self, original: wrapping.Asks, actor: Any) -> Any:
        """An actor begins to live."""
        process = PROCESS.get()
        name = process.name if process is not None else ""
        if process is not None:
            self.processes[name] = process
        match actor:
            case Dispatcher():
                self.dispatchers[name] = actor
            case ResourceManager():
                self.managers[name] = actor
            case TaskManager():
                self.workers[name] = actor
            case Contender():
                self.contenders[name] = actor
        return original(actor)

    def left(self, cluster: SimCluster) -> list[str]:
        """What is left of jobs that have ended, though one process leads and all TaskManagers follow it."""
        layout, tree = Layout("/flink", "/default"), cluster.ensemble.tree
        leaders = cluster.leaders()
        if len(leaders) != 1:
            return ["nobody leads"]
        left = [*not_clean(tree, layout), *left_behind(tree, layout)]
        dispatcher, manager = self.dispatchers[leaders[0]], self.managers[leaders[0]]
        left += [child.name for child in dispatcher.context.children if child.name not in _STAY]
        left += [f"the master of job {job_id}" for job_id in dispatcher._masters]
        left += [f"a cancellation of job {job_id}" for job_id in dispatcher._cancellations._noted]
        known = dispatcher._archive._old._known_since
        left += [f"job {one.job_id}, never to be forgotten" for one in dispatcher._jobs if one.job_id not in known]
        left += [f"who submits job {job_id}" for job_id in dispatcher._submissions._waiting]
        left += [f"who is told of job {job_id}" for job_id in (*manager._job_masters, *manager._returns._masters)]
        left += [f"what was kept for job {job_id}" for job_id in manager._returns._kept]
        left += [f"{path} is waited for" for path in (*manager._returns.awaited, *manager._record._waiting)]
        here = {member.ref for member in manager._members}
        left += [f"{ref} is watched, and not registered" for ref in sorted(watching(manager) - here, key=str)]
        left += [f"a need of job {job_id}" for job_id in manager._pool._needs]
        recorded = {*msgpack.unpackb(from_node(tree.get(layout.path_of(KEY))[0]) or b"\x80")}
        registered = {str(member.ref.path) for member in manager._members}
        left += [f"{path} is recorded, and not registered" for path in sorted(recorded - registered)]
        left += [f"{path} is registered, and not recorded" for path in sorted(registered - recorded)]
        workers = {self.processes[name]: self.workers[name] for name in cluster.taskmanagers}
        left += unsettled(dispatcher, manager, workers, tree)
        for member in manager._members:
            left += [f"a slot for {holder}" for holder in manager._pool.slots_of(member.key) if holder is not None]
        for name in cluster.taskmanagers:
            worker = self.workers[name]
            left += [f"a task in {name}" for _ in worker._slots._attempts]
            warm = worker._slots._warm
            idle = {*warm._ready, *warm._starting}
            left += [f"{child} in {name}" for child in worker.context.children if child not in idle]
            left += [f"{warm.missing(0)} slots to be started in {name}"] if warm.missing(0) else []
        for name, contender in self.contenders.items():
            seen = {*contender._standbys, *filter(None, (contender._dispatcher, contender._watched))}
            watched = watching(contender) if cluster.runs(name) else seen
            left += [f"{ref} is not watched by {name}" for ref in sorted(seen - watched, key=str)]
            left += [f"{ref} is watched by {name}" for ref in sorted(watched - seen, key=str)]
            driver = cast(ZookeeperElectionDriver, contender._driver)
            if cluster.runs(name) and not driver._latch.is_candidate:
                left.append(f"{name}, which never stands for election again")
        return left


@contextlib.contextmanager
def looked_into() -> Iterator[Inside]:
    """Know who works where, until this ends."""
    inside = Inside()
    with wrapping.around((one, "pre_start", inside.begins) for one in _INSIDE):
        yield inside
