"""What must always be true of a cluster, looked at with every transaction and every moment. Pure; fed by `watch`.

The rules are judged by what the ensemble has decided and by what tasks have done to the outside world, not by what the
code under test says of itself. Each has the number that the tests' docstrings use:

I1 one process per epoch; I1b no two running processes believe to lead at once; I2 epochs rise, and so do the numbers of
a job's checkpoints; I3 only the holder's session writes, nobody else is shown as the leader, and nobody at all who has
given the office back; I5 who was refused gives up; I6 no step is lost, results are exact, a checkpoint counts only if
all of it is there, nothing is deleted that a pointer names, and each start goes on from the newest that counts; I7 none
is done by two attempts at a time, but for the step that a frozen process was about to do, and numbers of attempts rise;
I8 in the end somebody leads, and all TaskManagers follow; I9 what only TaskManagers suffer changes no leader; I11 a job
ends once, with one result, and does nothing afterwards. I12, that state machines hold, is looked at by
`cluster.simulation.checked`; I13, that nothing is left of a job that has ended, by `cluster.simulation.leftovers` and
`inside`; I4, I10 and I15, each safeguard of work by itself, by `cluster.simulation.layers`; I16, that what clients are
told is what is stored, by `cluster.simulation.told`; I17, what a restart strategy promises, by
`cluster.simulation.promises`; I18, that TaskManagers come and go as they are to, and I19, that ended jobs are
remembered as long as promised, by `cluster.simulation.staff` and `remembered` in `fleets`.

Deliberately not here: watching (`cluster.simulation.scenarios`), and the properties of DeathWatch.
"""

from __future__ import annotations

import contextlib
import functools
import itertools
import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

from kazoo.exceptions import KazooException, NoNodeError

from cluster.election.driver import LeaderInfo
from cluster.election.zookeeper.layout import Layout, from_node
from cluster.election.zookeeper.transaction import Op
from cluster.simulation.ledger import Ledger, Step
from cluster.simulation.tree import Tree
from cluster.store.pointed import Pointer
from runtime.sim.campaign import Record

GIVES_UP_S = 1.0
"""Whoever was refused may have requests under way for so long."""
MOST_KEPT = 8
"""Checkpoints of a job: three are retained at most, and some could not be deleted for a while."""
OF_A_JOB = ("jobgraphs", "checkpoints", "checkpoint-counter")
"""Folders of what is kept of a job until it ends."""


@dataclass(slots=True)
class Invariants:
    """The rules, and what has been seen.

    Attributes:
        layout: Where the election's nodes are.
        tree: What the ensemble has decided, as it is now.
        record: Is told, and raises.
        holders: Who has believed to lead under an epoch: process and life.
        grants: Epochs that were given to somebody, in order.
        refused: When a session was first refused under a version of the office's record.
        writes: How many values were written.
        gives_up_s: Whoever was refused has given up after so long; longer where answers may be lost on their way.
        thawed_at: When a process last stood still, until which it may not have heard that it was refused.
        checkpoints: The newest number of each job's.
        kept: Is told of each checkpoint that counts: its job, its number, and the pointer to it.
        results: Of jobs that have ended, by job: the pointer.
        ended: Is told of each, with the pointer.
    """

    layout: Layout
    tree: Tree
    record: Record
    holders: dict[int, tuple[str, int]] = field(default_factory=dict)
    grants: list[int] = field(default_factory=list)
    refused: dict[tuple[int, int], float] = field(default_factory=dict)
    writes: int = 0
    gives_up_s: float = GIVES_UP_S
    thawed_at: Callable[[str], float] = lambda _: 0.0
    checkpoints: dict[str, int] = field(default_factory=dict)
    kept: Callable[[str, int, bytes], None] = lambda *_: None
    results: dict[str, Pointer] = field(default_factory=dict)
    ended: Callable[[str, Pointer], None] = lambda *_: None

    def believed(self, leaders: Iterable[tuple[str, int, int]]) -> None:
        """These running processes would act as the leader now: name, life, epoch."""
        leaders = list(leaders)
        if len(leaders) > 1:
            self.record.require(False, "I1b", f"at once {leaders}")
        for name, life, epoch in leaders:
            first = self.holders.setdefault(epoch, (name, life))
            if first != (name, life):
                self.record.require(False, "I1", f"epoch {epoch}: {first} and then {(name, life)}")

    def decided(self, session: int, owner: str, ops: list[Op], results: list[Any]) -> None:
        """The ensemble has decided on a transaction of a client, or refused it."""
        wrong = next((result for result in results if isinstance(result, KazooException)), None)
        self._count_refusals(session, owner, ops, refused=wrong is not None)
        if wrong is not None:
            return
        for op in ops:
            if op.name == "set_data" and op.args[0] == self.layout.record:
                self._recorded(owner, json.loads(op.args[1]))
                is_shown = self.tree.exists(self.layout.info) is not None
                is_free = not self._office()["holder"]
                self.record.require(
                    not (is_free and is_shown), "I3", f"{owner} frees the office, and its leader is shown"
                )
            elif op.name in ("set_data", "delete", "create") and self._is_value(op):
                self._wrote(session, owner, op)
            elif op.name == "create" and op.args[0] == self.layout.info and op.args[1]:  # else it is removed at once
                self._shows(session, owner, LeaderInfo.from_bytes(op.args[1]))

    def _recorded(self, owner: str, office: dict[str, Any]) -> None:
        epoch, holder = int(office["epoch"]), office["holder"]
        if not holder:
            return
        self.record.tell(owner, "grant", f"epoch {epoch} to {holder[-10:]}")
        last = self.grants[-1] if self.grants else 0
        self.record.require(epoch > last, "I2", f"epoch {epoch} after {last}")
        self.grants.append(epoch)

    def _wrote(self, session: int, owner: str, op: Op) -> None:
        self.writes += 1
        office = self._office()
        if not self._is_holder(session, office):
            text = f"{owner} (session {session}) has written {op.args[0]} in the epoch of {office}"
            self.record.require(False, "I3", text)
        if op.name == "create" and op.args[0].split("/")[3] in OF_A_JOB:
            has_ended = op.args[0].split("/")[4] in self.results
            self.record.require(not has_ended, "I13", f"{op.args[0]} is made, and its job has ended")
        if op.name == "create" and op.args[0].startswith(f"{self.layout.base}/checkpoints/"):
            self.numbered(owner, op.args[0])
            job_id, number = op.args[0].split("/")[-2:]
            counter = self._value(f"checkpoint-counter/{job_id}")
            counted = int(counter or b"0") >= int(number)
            self.record.require(counted, "I2", f"{op.args[0]} is kept, and the counter of its job is {counter!r}")
            count = len(self.tree.children(op.args[0].rpartition("/")[0]))
            self.record.require(count <= MOST_KEPT, "I13", f"job {int(job_id, 16)} has {count} checkpoints")
            self.kept(job_id, int(number), from_node(op.args[1]) or b"")
        if op.name != "delete" and op.args[0].startswith(f"{self.layout.base}/results/"):
            self.resulted(op.args[0].rpartition("/")[2], Pointer.from_bytes(from_node(op.args[1]) or b""))

    def resulted(self, job_id: str, pointer: Pointer) -> None:
        """A job has ended; or its result is marked, which does not change it."""
        first = self.results.get(job_id)
        if first is None:
            self.results[job_id] = pointer
            self.ended(job_id, pointer)
            return
        same = first.handle == pointer.handle
        self.record.require(
            same, "I11", f"job {int(job_id, 16)} ends twice: {first.handle.name}, {pointer.handle.name}"
        )

    def numbered(self, owner: str, path: str) -> None:
        """A checkpoint is kept under its number."""
        folder, _, number = path.rpartition("/")
        newest = self.checkpoints.get(folder, 0)
        self.record.require(int(number) > newest, "I2", f"{owner} keeps {path} after {newest}")
        self.checkpoints[folder] = int(number)

    def _count_refusals(self, session: int, owner: str, ops: list[Op], *, refused: bool) -> None:
        """A fenced write names the version of the record that its writer knows."""
        versions = [op.args[1] for op in ops if op.name == "check" and op.args[0] == self.layout.record]
        if not versions:
            return
        _, stat = self.tree.get(self.layout.record)
        key, now = (session, int(versions[0])), self.record.now()
        if refused and stat.version != versions[0]:
            self.record.sometimes("a deposed leader was refused")
            first = max(self.refused.setdefault(key, now), self.thawed_at(owner))
            text = f"{owner} tries again {now - first:.3f} s after it was refused"
            self.record.require(now - first <= self.gives_up_s, "I5", text)

    def _shows(self, session: int, owner: str, info: LeaderInfo) -> None:
        """Somebody is shown as the leader from now on: who holds the office, under its epoch."""
        office = self._office()
        is_right = self._is_holder(session, office) and info.epoch == office["epoch"]
        text = f"{owner} (session {session}) shows the leader of epoch {info.epoch} in the epoch of {office}"
        self.record.require(is_right, "I3", text)

    def _office(self) -> dict[str, Any]:
        return _office(self.tree.get(self.layout.record)[0])

    def _is_holder(self, session: int, office: dict[str, Any]) -> bool:
        stat = self.tree.exists(self.layout.latch(office["holder"])) if office["holder"] else None
        return stat is not None and stat.ephemeralOwner == session

    def _value(self, key: str) -> bytes | None:
        with contextlib.suppress(NoNodeError):
            return from_node(self.tree.get(self.layout.path_of(key))[0])
        return None

    def _is_value(self, op: Op) -> bool:
        path = op.args[0]
        inside = path.startswith(f"{self.layout.base}/") and not path.startswith(f"{self.layout.base}/leader")
        return inside and (op.name == "delete" or from_node(op.args[1]) is not None)


@functools.lru_cache(64)
def _office(data: bytes) -> dict[str, Any]:
    """The record of the office, which is the same for many writes."""
    office: dict[str, Any] = json.loads(data)
    return office


def check_ledger(ledger: Ledger, up_to: int, tasks: int, record: Record) -> None:
    """I6, I7 and I11: every step was done, none twice at a time, each start went on from something that was reached.

    Args:
        ledger: Of one job.
        up_to: What each task had to reach; 0 if the job was cancelled.
        tasks: How many.
        record: Is told, and raises.
    """
    for index in range(tasks):
        lives: dict[int, list[Step]] = {life: [] for life in range(1, ledger.lives.get(index, 0) + 1)}
        for step in ledger.steps:
            if step.index == index:
                lives[step.life].append(step)
        reached = 0
        for life, steps in lives.items():
            begun = ledger.began[index, life]
            record.require(begun <= reached, "I6", f"task {index} life {life} begins at {begun}, {reached} was reached")
            due = ledger.due[index, life]
            record.require(begun >= due, "I6", f"task {index} life {life} begins at {begun}, {due} was kept")
            known = begun in ledger.snapshots[index]
            record.require(known, "I6", f"task {index} life {life} begins at {begun}, of which no checkpoint was made")
            numbers = [step.number for step in steps]
            expected = list(range(begun + 1, begun + 1 + len(numbers)))
            record.require(numbers == expected, "I6", f"task {index} life {life} did {numbers}")
            reached = max([reached, *numbers])
        record.require(reached == up_to or not up_to, "I6", f"task {index} came to {reached} of {up_to}")
        at_work = [life for life, steps in lives.items() if steps or not _only_begun(ledger, index, life)]
        for life, following in itertools.pairwise(at_work):
            _check_over(ledger, lives[life], ledger.places[index, following], f"task {index} life {following}", record)
        if ledger.ended is not None:
            for life, steps in lives.items():
                place = ledger.places[index, life]
                record.require(
                    place <= ledger.ended, "I11", f"task {index} life {life} starts after the end of its job"
                )
                _check_over(ledger, steps, ledger.ended, "the end of its job", record)
    for index, life, begun in ledger.unkept:
        record.require(
            False, "I6", f"task {index} life {life} begins at {begun}, and no checkpoint with that has counted"
        )
    for index, life, attempt, newest in ledger.repeated:
        text = f"task {index} life {life} is attempt {attempt}, and a checkpoint that counts knows of {newest}"
        record.require(False, "I7", text)
    for index, former, life, process, other in ledger.beside:
        if _only_begun(ledger, index, life) and not any(
            (step.index, step.life) == (index, life) for step in ledger.steps
        ):
            continue
        text = f"task {index}: life {former} in {process} is at work when {life} starts in {other}"
        record.require(False, "I7", text)


def _only_begun(ledger: Ledger, index: int, life: int) -> bool:
    """Whether it had been told to begin when its process was frozen: it begins when that is thawed (decision 19).

    If it does no step then, its lease was over, and that was looked at in the same moment: no other task has done more
    than a step meanwhile.
    """
    process, place = ledger.processes[index, life], ledger.places[index, life]
    return any(name == process and done <= place <= done + len(ledger.lives) for name, done in ledger.thaws)


def _check_over(ledger: Ledger, steps: list[Step], place: int, what: str, record: Record) -> None:
    """A start of a task does nothing more when so many steps of all tasks had been done."""
    stale = [step for step in steps if step.order >= place]
    if not stale:
        return
    allowed = [step for step in stale if step in _first_after_thaws(ledger, steps)]
    rule = "I11" if place == ledger.ended else "I7"
    record.require(stale == allowed, rule, f"task {stale[0].index} life {stale[0].life} goes on after {what}")
    record.sometimes("a thawed task did the step that it was about to do")


def _first_after_thaws(ledger: Ledger, steps: list[Step]) -> list[Step]:
    """What a task was about to do when its whole process was frozen cannot be held back when it is thawed."""
    after = ([step for step in steps if step.order >= done] for name, done in ledger.thaws if name == steps[0].process)
    return [following[0] for following in after if following]
