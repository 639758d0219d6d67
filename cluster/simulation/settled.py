"""`unsettled`: what two who have to do with each other say of the same, when nothing is left to do (I13).

A leader and each of its TaskManagers, its record and what the ensemble has of it, what it shows of failovers and what
is kept of them. While anything is under way they differ, since each hears of the other late; at rest whatever differs
does so for good: somebody relies on who does not know it, or a book was not written. Read from the parts of the product
themselves. Deliberately not here: when all is well (`cluster.simulation.cluster`), and what is left (`inside`).
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Mapping
from typing import Any

import msgpack
from kazoo.exceptions import NoNodeError

from cluster.election.zookeeper.layout import Layout, from_node
from cluster.leader import timeline_keeper
from cluster.leader.dispatcher import Dispatcher
from cluster.leader.resource_manager import ResourceManager
from cluster.simulation.tree import Tree
from cluster.taskmanager.task_manager import TaskManager
from runtime.sim.process import SimProcess


def unsettled(
    dispatcher: Dispatcher, manager: ResourceManager, workers: Mapping[SimProcess, TaskManager], tree: Tree
) -> Iterator[str]:
    """Of one leader.

    Args:
        dispatcher: Its.
        manager: Its.
        workers: All TaskManagers that live, by their processes.
        tree: What the ensemble has.
    """
    members = {member.ref.path.uid: member for member in manager._members}
    for process, worker in workers.items():
        name, member = process.name, members.pop(worker.ref.path.uid, None)
        if member is None or member.session != worker._bond.session:
            yield f"{name} follows a leader that does not know it, as session {worker._bond.session}"
        elif member.condemned or member.suspected_at is not None:
            yield f"{name} is well, and its leader gives it nothing"
        elif worker._lease.is_over(process.call(worker._now)):
            yield f"{name} has no lease"
        elif len(manager._pool.slots_of(member.key)) != worker._settings.slots:
            yield f"{name} has {worker._settings.slots} slots, and its leader knows others"
    yield from (f"{member.ref} is registered, and no TaskManager" for member in members.values())
    kept, shown, record = _kept(tree, timeline_keeper.KEY), dispatcher._history.timeline.to_plain(), manager._record
    if _read(kept) != _but_for_jobs_that_wait(shown):
        yield f"the failovers that are kept are not {shown}, which are shown, but {kept!r}"
    if record._writing is None and record._stored is not None and {*record._stored} != {*record._members.items()}:
        yield f"{record._stored} is written of the TaskManagers, and should be {record._members}"
    yield from (f"a timer for the lease of {key[1]}" for key in _timers(manager) if key[0] == "lease")


def _but_for_jobs_that_wait(failovers: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """One of several that wait no more is no reason to write: a failover ends with the last, or with its leader."""
    return [{name: value for name, value in one.items() if name != "waiting"} for one in failovers]


def _read(kept: bytes | None) -> Any:
    """The failovers that are kept; what is none says so."""
    try:
        return _but_for_jobs_that_wait(msgpack.unpackb(kept) if kept is not None else [])
    except (ValueError, TypeError, AttributeError, msgpack.UnpackException) as error:
        return f"unreadable: {error!r}"


def _kept(tree: Tree, key: str) -> bytes | None:
    with contextlib.suppress(NoNodeError):
        return from_node(tree.get(Layout("/flink", "/default").path_of(key))[0])
    return None


def _timers(actor: Any) -> list[tuple[Any, ...]]:
    return [key for key in actor.context.timers._running if isinstance(key, tuple)]
