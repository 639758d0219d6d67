"""`WorkNemesis`: what can happen to slots that have processes of their own, and to bytes that are kept. SHELL.

Deliberately not here: drawing it (`cluster.simulation.work_faults`), and what can happen to any cluster.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from kazoo.exceptions import KazooException

from cluster.election.zookeeper.layout import Layout
from cluster.election.zookeeper.transaction import Op
from cluster.simulation.cluster import SimCluster
from cluster.simulation.disk import SimDisk
from cluster.simulation.faults import LEADER
from cluster.simulation.kept import Checkpoint
from cluster.simulation.leftovers import naming
from cluster.simulation.member import Session
from cluster.simulation.nemesis import Nemesis
from runtime.sim.campaign import Record
from runtime.sim.performer import Undo
from runtime.sim.schedule import Fault
from runtime.sim.world import World

CHANGES: Sequence[Callable[[bytes], bytes | None]] = (
    lambda data: data[:-1] + bytes([data[-1] ^ 1]),
    lambda data: data[:-1],
    lambda data: data + b"\0",
    lambda data: None,
)
"""A bit is another; cut short; too long; gone."""


MOMENTS = (
    ("create", "results"),
    ("set_data", "jobgraphs"),
    ("create", "jobgraphs"),
    ("delete", "checkpoints"),
    ("create", "checkpoints"),
)
"""A job has ended; is to be cancelled; is accepted; is cleaned, or has a newer checkpoint; it counts."""


AWAY_S = 0.4
HIDDEN = ("jobs", "checkpoints", "results")
"""Whose bytes may not be there for a while."""


class WorkNemesis(Nemesis):
    """Does what a schedule says, to slots too.

    Args:
        world: Whose network.
        cluster: Whose processes; its slots are processes.
        record: Is told.
    """

    def __init__(self, world: World, cluster: SimCluster, record: Record) -> None:
        super().__init__(world, cluster, record)
        self._slots = cluster.slots
        self._rotten = 0

    def ended(self, name: str) -> None:
        """See `Nemesis`: its slots are gone, too."""
        if self._slots is not None:
            self._slots.orphaned(name)

    def _kill_slot(self, fault: Fault, name: str) -> Undo | None:
        """The process of its oldest slot dies."""
        slot = self._oldest(name)
        if slot is None or self._slots is None:
            return None
        self._slots.kill(slot)
        return lambda: None

    def _freeze_task(self, fault: Fault) -> Undo | None:
        """The process of some task that runs stands still."""
        ledgers = self._cluster.ledgers
        newest = [ledger.processes[index, life] for ledger in ledgers for index, life in ledger.lives.items()]
        working = sorted({name for name in newest if self._slots is not None and ledgers[0].runs(name)})
        if not working:
            return None
        return self._freeze(fault, working[int(fault.number("which")) % len(working)])

    def _freeze_slot(self, fault: Fault, name: str) -> Undo | None:
        """The process of its oldest slot stands still, and so does the lifeline in it."""
        slot = self._oldest(name)
        return None if slot is None else self._freeze(fault, slot)

    def _suspend(self, fault: Fault, name: str) -> Undo | None:
        """The whole machine stands still, with all slots."""
        slots = self._slots.living(name) if self._slots is not None else []
        frozen = [self._freeze(fault, one) for one in (*slots, name)]
        thaws = [thaw for thaw in frozen if thaw is not None]

        def thaw_all() -> None:
            for thaw in thaws:
                thaw()

        return thaw_all if thaws else None

    def _rot(self, fault: Fault, leader: str) -> Undo | None:
        """Bytes of the newest checkpoint change on the disk while the leader dies; an older one is whole."""
        kept, whole = self._cluster.kept, self._whole()
        if kept is None or len(whole) < 2:
            return None
        of_state, how = fault.number("state") > 0, int(fault.number("how"))
        handles = whole[0].handles
        handle = handles[1:][self._rotten % len(handles[1:])] if of_state and handles[1:] else handles[0]
        self._rotten += 1
        SimDisk.spoil(self._cluster.name, handle.name, CHANGES[how])
        kept.spoiled(1)
        self._record.sometimes("kept bytes were changed")
        return self._kill(fault, leader)

    def _decay(self, fault: Fault, worker: str) -> Undo | None:
        """The state of a task changes on the disk and its TaskManager dies, while the leader leads on."""
        kept, ledger, whole = self._cluster.kept, self._cluster.ledger, self._whole()
        if kept is None or len(whole) < 2:
            return None
        places = {index: ledger.processes[index, ledger.lives[index]].partition("/")[0] for index in whole[0].states}
        states = [handle for index, (handle, _) in whole[0].states.items() if places[index] == worker]
        if not states:
            return None
        SimDisk.spoil(self._cluster.name, states[0].name, CHANGES[int(fault.number("how"))])
        kept.spoiled(1)
        self._record.sometimes("a state was changed while its leader led")
        return self._kill(fault, worker)

    def _whole(self) -> list[Checkpoint]:
        """The checkpoints that are whole, newest first: those that a pointer names, for of others nobody knows."""
        layout, kept = Layout("/flink", "/default"), self._cluster.kept
        named = naming(self._cluster.ensemble.tree, layout, layout.path_of("checkpoints"))
        known = {pointer.handle.name for _, pointer in named}
        return [one for one in kept.whole(1) if one.metadata.name in known] if kept is not None else []

    def _hide(self, fault: Fault, leader: str) -> Undo | None:
        """The bytes of a job, of its checkpoints or of its result are not there for a while, and the leader dies."""
        layout, tree = Layout("/flink", "/default"), self._cluster.ensemble.tree
        folder = HIDDEN[int(fault.number("what"))]
        named = [*naming(tree, layout, layout.path_of(folder))]
        jobs = sorted({path.split("/")[4] for path, _ in named})
        if not jobs:
            return None
        job_id = self._job(fault, jobs)
        files = [pointer.handle.name for path, pointer in named if path.split("/")[4] == job_id]
        hidden = {file: SimDisk.kept(self._cluster.name, file) for file in files}
        for file in files:
            SimDisk.spoil(self._cluster.name, file, lambda _: None)
        if self._cluster.kept is not None:
            self._cluster.kept.hidden(int(job_id, 16), files)
        start_again = self._kill(fault, leader)

        def put_back() -> None:
            for file, data in hidden.items():
                if data is not None:
                    SimDisk.put_back(self._cluster.name, file, data)
            if start_again is not None:
                start_again()

        self._record.sometimes("the bytes of a job were not there for a while")
        return put_back

    def _job(self, fault: Fault, jobs: list[str]) -> str:
        """The one of these that a fault is about."""
        return jobs[int(fault.number("which")) % len(jobs)]

    def _disk_refuses(self, fault: Fault) -> Undo:
        """Of some checkpoints the states can be written, and they themselves cannot."""
        self._trouble.refuses = int(fault.number("count", 1.0))
        return lambda: setattr(self._trouble, "refuses", 0)

    def _kill_at(self, fault: Fault, leader: str) -> Undo:
        """Whoever leads dies in the middle of it, a moment after the ensemble has decided something."""
        start_again: list[Undo] = []

        def strike(what: str) -> None:
            who = self.who(LEADER)
            undo = self._kill(fault, who) if who else None
            if undo is not None:
                self._record.sometimes(f"a leader died right after {what}")
                start_again.append(undo)

        disarm = self._when_decided(fault, strike)

        def over() -> None:
            disarm()
            for undo in start_again:
                undo()

        return over

    def _away_at(self, fault: Fault) -> Undo:
        """The disk is away for a while, each time from a moment after the ensemble has decided something."""

        def strike(what: str) -> None:
            back = self._disk("away")
            self._network.at(self._network.now() + AWAY_S, back)
            self._record.sometimes(f"the disk was away right after {what}")

        return self._when_decided(fault, strike, each=True)

    def _cut_at(self, fault: Fault) -> Undo:
        """Whoever leads loses sight of the ensemble right after that has decided something, which is not heard of."""
        joined: list[Undo] = []

        def strike(what: str) -> None:
            who = self.who(LEADER)
            if who:
                joined.append(self.cut_off_from(who, self._cluster.ensemble.members))
                self._record.sometimes(f"a leader did not hear of {what}")

        disarm = self._when_decided(fault, strike)

        def over() -> None:
            disarm()
            for join in joined:
                join()

        return over

    def _when_decided(self, fault: Fault, strike: Callable[[str], None], *, each: bool = False) -> Undo:
        """Strike, once or each time, when the ensemble has decided what the fault names."""
        name, folder = MOMENTS[int(fault.number("what"))]
        armed = [True]

        def look(session: Session, ops: list[Op], results: list[Any]) -> None:
            hit = any(op.name == name and f"/{folder}/" in op.args[0] for op in ops)
            if armed and hit and not any(isinstance(result, KazooException) for result in results):
                if not each:
                    armed.clear()
                self._network.at(self._network.now() + fault.number("after"), strike, f"{name} below {folder}")

        self._cluster.ensemble.observers.append(look)
        return armed.clear

    def _oldest(self, name: str) -> str | None:
        living = self._slots.living(name) if self._slots is not None else []
        return next((one for one in living if not self._network.process(one).frozen), None)
