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
from typing import Any

import msgpack

from cluster.election.zookeeper.layout import Layout, from_node
from cluster.leader.dispatcher import Dispatcher
from cluster.leader.member_record import KEY
from cluster.leader.resource_manager import ResourceManager
from cluster.simulation import wrapping
from cluster.simulation.cluster import SimCluster
from cluster.simulation.leftovers import left_behind, not_clean
from cluster.taskmanager.task_manager import TaskManager
from runtime.sim.process import PROCESS

_STAY = {"resource-manager", "job-cleaner"}
"""Children of a Dispatcher that has no job."""


@dataclass(slots=True)
class Inside:
    """The newest of each, by the name of its process.

    Attributes:
        dispatchers: Of leaders.
        managers: ResourceManagers of leaders.
        workers: TaskManagers.
    """

    dispatchers: dict[str, Dispatcher] = field(default_factory=dict)
    managers: dict[str, ResourceManager] = field(default_factory=dict)
    workers: dict[str, TaskManager] = field(default_factory=dict)

    def begins(self, original: wrapping.Asks, actor: Any) -> Any:
        """An actor begins to live."""
        process = PROCESS.get()
        name = process.name if process is not None else ""
        match actor:
            case Dispatcher():
                self.dispatchers[name] = actor
            case ResourceManager():
                self.managers[name] = actor
            case TaskManager():
                self.workers[name] = actor
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
        left += [f"a need of job {job_id}" for job_id in manager._pool._needs]
        recorded = {*msgpack.unpackb(from_node(tree.get(layout.path_of(KEY))[0]) or b"\x80")}
        registered = {str(member.ref.path) for member in manager._members}
        left += [f"{path} is recorded, and not registered" for path in sorted(recorded - registered)]
        left += [f"{path} is registered, and not recorded" for path in sorted(registered - recorded)]
        for member in manager._members:
            left += [f"a slot for {holder}" for holder in manager._pool.slots_of(member.key) if holder is not None]
        for name in cluster.taskmanagers:
            left += [f"a task in {name}" for _ in self.workers[name]._slots._attempts]
        return left


@contextlib.contextmanager
def looked_into() -> Iterator[Inside]:
    """Know who works where, until this ends."""
    inside = Inside()
    with wrapping.around((one, "pre_start", inside.begins) for one in (Dispatcher, ResourceManager, TaskManager)):
        yield inside
