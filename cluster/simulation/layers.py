"""`layered`: I15, each safeguard of work by itself, though another stands behind it. SHELL.

An order of a former leader is refused by its epoch, and meets nobody who was registered with it; a leader that may not
act has its writes refused, its orders, and its leases; so none of that is missed alone. Here each is asked: what a
TaskManager obeys, and whom it follows, never goes back (I4, I10); no attempt is begun twice (I7), or said to have ended
while it lives; no job takes a step while its leader may not act; no slot of a suspect is given away; nobody is waited
for who is back, or dead; what could not be read is not retained in the place of what can; and whoever has asked for a
state hears what has become of it. What is asked of leases is in `cluster.simulation.leases`,
and what parts owe each other in `duties`.
Methods are wrapped for the length of a `with`; what breaks is kept in the record, since an actor in which it shows
would only be restarted. Deliberately not here: what comes of it (`cluster.simulation.invariants`).
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from typing import Any

import msgpack
from kazoo.exceptions import NoNodeError

from cluster.election.driver import StaleEpoch
from cluster.election.zookeeper.layout import Layout, from_node
from cluster.leader.job_master import JobMaster
from cluster.leader.member_record import KEY
from cluster.leader.registrations import Registrations
from cluster.leader.resource_manager import ResourceManager
from cluster.simulation import wrapping
from cluster.simulation.at_work import AtWork
from cluster.simulation.awaited import Awaited
from cluster.simulation.disk import SimDisk
from cluster.simulation.duties import Duties
from cluster.simulation.leases import Leases
from cluster.simulation.leftovers import naming
from cluster.simulation.resources import Resources
from cluster.simulation.tree import Tree
from cluster.simulation.wrapping import Asks, Judge, asks
from cluster.slots.slot_link import Running
from cluster.slots.task_runner import TaskRunner
from cluster.store.checkpoints import CheckpointStore, checkpoint_number
from cluster.store.pointed import PointedBlobs
from cluster.taskmanager.registration import Registration
from cluster.taskmanager.task_attempts import ENDS_REMEMBERED, Attempts
from cluster.taskmanager.task_slots import TaskSlots
from runtime.sim.campaign import Record
from runtime.sim.process import PROCESS

Bonds = dict[str, Registration]
"""Whom each TaskManager follows, by the name of its process."""


class _Layers(Judge):
    """What is asked of each."""

    def __init__(self, record: Record, cluster: str, tree: Tree) -> None:
        super().__init__(record)
        self._cluster = cluster
        self._tree = tree
        self.bonds: Bonds = {}
        self._resources = Resources(record)
        self._ended: dict[TaskSlots, dict[tuple[str, str, int], int]] = {}
        self._said: dict[TaskRunner, set[int | None]] = {}
        self._begun: dict[tuple[str, str], tuple[int, int]] = {}
        self._unread: dict[CheckpointStore, dict[str, set[int]]] = {}
        self._well: dict[tuple[int | None, float | None], set[str]] = {}

    @asks(TaskSlots, "deploy", "adopt", "cancel", "snapshot")
    def obeys(self, original: Asks, slots: TaskSlots, order: Any, *more: Any) -> Any:
        """A TaskManager does what it was ordered; of an attempt that has ended here it knows how."""
        self._resources.accepts(slots, order.epoch)
        key = (order.job_id, order.task_id, order.attempt)
        ended = self._ended.get(slots, {})
        if ended.get(key) == order.epoch and len(ended) < ENDS_REMEMBERED:
            knows = slots._attempts.end_of(key, order.epoch) is not None
            self._record.require(knows, "I15", f"attempt {key[2]} of {key[1]} has ended here, which is forgotten")
        return original(slots, order, *more)

    @asks(Registration, "follow")
    def follows(self, original: Asks, bond: Registration, leader: Any) -> Any:
        """A TaskManager hears who leads."""
        news = original(bond, leader)
        process = PROCESS.get()
        self.bonds[process.name if process is not None else ""] = bond
        self._resources.follows(bond, bond.leader.epoch if bond.leader is not None else 0)
        return news

    @asks(Attempts, "add")
    def begins(self, original: Asks, attempts: Attempts, attempt: Any) -> Any:
        """An attempt gets a process: in the whole cluster those of a task begin once each, in their order."""
        order = attempt.deploy
        rank, newest = (order.epoch, order.attempt), self._begun.get((order.job_id, order.task_id), (0, 0))
        text = f"attempt {rank[1]} of {order.task_id} begins under epoch {rank[0]}"
        self._record.require(rank != newest, "I7", f"{text}, and has begun before")
        self._record.require(rank > newest, "I7", f"{text}, and attempt {newest[1]} of {newest[0]} has before")
        self._begun[order.job_id, order.task_id] = rank
        return original(attempts, attempt)

    @asks(TaskSlots, "_report")
    def reports(self, original: Asks, slots: TaskSlots, order: Any, news: Any, origin: int) -> Any:
        """A TaskManager says where an attempt stands."""
        key = (order.job_id, order.task_id, order.attempt)
        lives = not isinstance(news, Running) and slots._attempts.find(key, order.epoch) is not None
        self._record.require(not lives, "I15", f"attempt {key[2]} of {key[1]} is said to have ended, and lives")
        if not isinstance(news, Running):
            self._ended.setdefault(slots, {})[key] = order.epoch
        return original(slots, order, news, origin)

    @asks(TaskSlots, "abandon_all")
    def abandons(self, original: Asks, slots: TaskSlots) -> Any:
        """The leader is gone, and all tasks with it."""
        self._ended.pop(slots, None)
        return original(slots)

    @asks(Attempts, "find")
    def finds(self, original: Asks, attempts: Attempts, key: Any, epoch: int) -> Any:
        """A TaskManager looks for an attempt of a leader."""
        one = original(attempts, key, epoch)
        own = one is None or (one.deploy.epoch == epoch and not one.abandoned)
        self._record.require(own, "I15", f"attempt {key[2]} of {key[1]} is taken for that of epoch {epoch}")
        return one

    @asks(JobMaster, "_take")
    def steps(self, original: Asks, master: JobMaster, event: Any) -> Any:
        """A job takes an event."""
        acts = master._services.office.may_act(master._epoch)
        self._record.require(acts, "I15", f"a job takes {type(event).__name__}, and its leader may not act")
        return original(master, event)

    @asks(CheckpointStore, "restorable")
    async def restores(self, original: Asks, store: CheckpointStore, job_id: str) -> Any:
        """A leader looks for a checkpoint; some cannot be read."""
        found = await original(store, job_id)
        self._unread.setdefault(store, {})[job_id] = set(found.skipped)
        return found

    @asks(CheckpointStore, "add")
    async def stores(self, original: Asks, store: CheckpointStore, epoch: int, job_id: str, *more: Any) -> None:
        """A checkpoint is stored: what could not be read before is not kept in the place of what can."""
        hits = SimDisk.troubles[self._cluster].hits
        await original(store, epoch, job_id, *more)
        unread = self._unread.get(store, {}).pop(job_id, set())
        layout = Layout("/flink", "/default")
        stored = naming(self._tree, layout, layout.path_of(f"checkpoints/{job_id}"))
        named = {checkpoint_number(key) for key, _ in stored}
        kept = unread & named if SimDisk.troubles[self._cluster].hits == hits else set()
        self._record.require(not kept, "I15", f"checkpoints {kept} of {job_id} cannot be read, and are retained")

    @asks(TaskRunner, "run")
    async def runs(self, original: Asks, runner: TaskRunner) -> None:
        """A task begins; what it reports is overheard."""
        report, said = runner._report, self._said.setdefault(runner, set())

        def overheard(news: Any) -> None:
            said.add(getattr(news, "checkpoint_id", None))
            report(news)

        runner._report = overheard
        await original(runner)

    @asks(TaskRunner, "_write")
    async def writes(self, original: Asks, runner: TaskRunner, blobs: Any, number: int, packed: bytes) -> None:
        """A state is written, or cannot be: in either case who has asked for it hears of it."""
        await original(runner, blobs, number, packed)
        with contextlib.suppress(AssertionError):  # it is kept in the record; nobody waits for this task
            is_said = number in self._said[runner]
            self._record.require(is_said, "I15", f"nothing is said of a state for checkpoint {number}")

    @asks(PointedBlobs, "put")
    async def keeps(self, original: Asks, kept: PointedBlobs, key: str, name: str, *more: Any) -> None:
        """Bytes are written, and a pointer to them; who is refused leaves nothing behind."""
        try:
            await original(kept, key, name, *more)
        except StaleEpoch:
            stays = SimDisk.kept(self._cluster, name) is not None and not self._is_named(name)
            away = SimDisk.troubles[self._cluster].away
            self._record.require(not stays or away, "I15", f"{name} stays, though the pointer to it was refused")
            raise

    def _is_named(self, file: str) -> bool:
        return any(pointer.handle.name == file for _, pointer in naming(self._tree, Layout("/flink", "/default")))

    @asks(Registrations, "offered")
    def is_offered(self, original: Asks, taking: Registrations, offer: Any) -> Any:
        """A TaskManager offers itself: who is well, and has its name, is not given up for it."""
        well = [one for one in taking._members.called(offer.resource_id) if one.suspected_at is None]
        self._well[offer.task_manager.path.uid, offer.asked_at] = {one.key for one in well if not one.condemned}
        return original(taking, offer)

    @asks(Registrations, "_admit")
    def admits(self, original: Asks, taking: Registrations, offer: Any) -> Any:
        """A TaskManager is taken in, when it is recorded that its tasks may run: of one name there is one."""
        value = None
        with contextlib.suppress(NoNodeError):
            value = from_node(self._tree.get(Layout("/flink", "/default").path_of(KEY))[0])
        recorded = value is not None and str(offer.task_manager.path) in msgpack.unpackb(value)
        self._record.require(
            recorded, "I15", f"{offer.task_manager} is taken in, and the next leader would not wait for it"
        )
        done = original(taking, offer)
        well = self._well[offer.task_manager.path.uid, offer.asked_at]
        ended = [member.key for member in taking._members if member.condemned and member.key in well]
        self._record.require(not ended, "I15", f"{ended} are given up for {offer.task_manager}, and were well")
        names = [member.resource_id for member in taking._members if not member.condemned]
        self._record.require(len(set(names)) == len(names), "I15", f"two of one name: {names}")
        return done

    @asks(ResourceManager, "_give")
    def gives(self, original: Asks, manager: ResourceManager, given: Any) -> Any:
        """Slots are given away."""
        for one in given:
            member = manager._members.keyed(one.task_manager)
            suspect = member is not None and (member.condemned or member.suspected_at is not None)
            self._record.require(not suspect, "I15", f"a slot of {one.task_manager} is given away, which is suspected")
        return original(manager, given)


@contextlib.contextmanager
def layered(record: Record, cluster: str, tree: Tree) -> Iterator[Bonds]:
    """Ask each layer until this ends; whom each TaskManager follows is in what this gives.

    Args:
        record: Is told, and raises.
        cluster: Name of the simulated cluster, whose disk it is.
        tree: What the ensemble has decided.
    """
    layers = _Layers(record, cluster, tree)
    judges = (layers, Leases(record), Awaited(record), AtWork(record, tree), Duties(record))
    with wrapping.around(put for judge in judges for put in judge.around):
        yield layers.bonds
