"""The scenario `endings`: jobs end all the time, while something of them is under way, and leaders change.

Short jobs come in waves, with checkpoints that are begun ten times a second; disk, links and ensemble are slow in most
seeds, so a job ends while its state is on its way into the store, while its tasks come back to a new leader, or while
what is left of others is cleaned. Few moments of an end, a takeover or a beginning are drawn, and at each two things
strike, mostly a leader's death and one more, at once or up to 0.2 s later. When a wave is over no job runs: leaders die
then, where nothing can be read. SHELL.
Deliberately not here: what people do (`cluster.simulation.waves`); any fault at any moment (`cues`).
"""

from __future__ import annotations

import random
from collections.abc import Collection, Iterator
from typing import ClassVar

from cluster.simulation.cluster import SimCluster
from cluster.simulation.cues import ALL_KINDS, WORKER, CuesScenario
from cluster.simulation.customers import Customers
from cluster.simulation.faults import LEADER
from cluster.simulation.settings import (
    CANCELLATION,
    RETAINED,
    RETENTION,
    SLOT_TIMEOUT,
    SPARES,
    STRATEGY,
    TOLERABLE,
    Choices,
)
from cluster.simulation.waves import Waves
from runtime.sim.campaign import Record
from runtime.sim.moments import AT, PEER, WHO, Moment
from runtime.sim.schedule import Fault
from runtime.sim.swarm import Numbers

ENDED = "wave.ended"
"""The moment in which the last job of a wave has ended, and everybody has heard of it."""
ENDS = (
    *("TaskStateChanged-FINISHED.said", "TaskStateChanged-FINISHED.comes", "TaskStateChanged-CANCELED.comes"),
    *("CancelTask.said", "CancelTask.comes", "attempt.gone", "task.FINISHED", "job.FINISHED", "job.CANCELLING"),
    *("job.CANCELED", "JobDone.comes", "write.job-results.begins", "write.job-results.done"),
    *("decided.create.results", "JobGone.comes", "CleanUp.comes", "delete.checkpoints.begins"),
    *("decided.delete.checkpoints", "decided.delete.jobgraphs", "decided.set_data.results", "JobCleaned.comes"),
    "decided.set_data.jobgraphs",
)
UNDER_WAY = (
    *("StoreAnswered-CheckpointIdDrawn.comes", "TriggerCheckpoint.said", "write.checkpoints.begins"),
    *("CheckpointAcknowledged.comes", "write.completed-checkpoints.begins", "write.completed-checkpoints.done"),
    *("decided.create.checkpoints", "StoreAnswered-CheckpointStored.comes", "RestartDue.comes"),
)
TAKEOVERS = (
    *("LeaderChanged.comes", "RegisterTaskManager.said", "RegisterTaskManager.comes", "TaskManagerRegistered.said"),
    *("AwaitFormer.comes", "ReclaimTasks.comes", "TaskReturned.comes", "AllReturned.comes", "DisownTask.comes"),
    *("TaskManagerDied.comes", "read.submitted-jobs.begins", "read.completed-checkpoints.begins"),
    "read.job-results.begins",
)
BEGINNINGS = (
    *("SubmitJob.comes", "write.submitted-jobs.begins", "write.submitted-jobs.done", "decided.create.jobgraphs"),
    *("SlotGiven.comes", "DeployTask.said", "attempt.begins", "task.RUNNING", "RenewLease.said", "LeaseRenewed.said"),
)
OF_LEADERS = ("kill", "kill", "kill", "freeze", "break", "break-contender", "isolate")
OF_WORKERS = ("suspend", "freeze", "cut", "cut", "reset", "delay", "kill", "kill-slot", "freeze-slot", "break-worker")
OF_OTHERS = (
    "disk-away",
    "disk-full",
    "disk-refuses",
    "lose-answers",
    "cancel-job",
    "submit-again",
    "retry-job",
    "break",
)
AFTER_S = (-1.0, 0.0, 0.0, 0.0005, 0.003, 0.01, 0.05, 0.2)
LASTS_S = {"process": ((0.05, 0.6), (0.8, 2.0), (2.5, 6.0)), "other": ((0.002, 0.05), (0.05, 0.6), (0.6, 3.0))}
MASTERS = 2.0
"""Of the parts of a leader that may break, the masters of jobs (`cluster.simulation.misfits.PARTS`)."""


class _Kinds(Collection[str]):
    """Those of `cues`, and each of them at the end of a wave."""

    def __contains__(self, kind: object) -> bool:
        one, at, moment = str(kind).partition(AT)
        return kind in CuesScenario.kinds or (bool(at) and one in ALL_KINDS and moment == ENDED)

    def __iter__(self) -> Iterator[str]:
        return iter([*CuesScenario.kinds, f"KIND{AT}{ENDED}"])

    def __len__(self) -> int:
        return len(CuesScenario.kinds) + 1


class EndingsScenario(CuesScenario):
    """Jobs end all the time, while something of them is under way, and leaders change."""

    kinds: Collection[str] = _Kinds()
    choices: ClassVar[Choices] = {
        **STRATEGY,
        TOLERABLE: (0, 1000, 1000),
        SLOT_TIMEOUT: ("1 s", "300 s", "300 s"),
        CANCELLATION: ("0.5 s", "1 s", "3 s"),
        **SPARES,
        **RETENTION,
        RETAINED: (1, 2, 3),
    }
    shares = 0.7, 0.6

    def draw(self, chance: random.Random) -> list[Fault]:
        """See `Scenario`."""
        faults: list[Fault] = []
        for _ in range(chance.randint(2, 5)):
            moment = chance.choice(chance.choice([ENDS, ENDS, UNDER_WAY, TAKEOVERS, BEGINNINGS]))
            at_s = 0.2 if chance.random() < 0.5 else round(chance.uniform(0.2, 9.0), 3)
            nth, each = chance.choice([1, 1, 2, 3]), chance.random() < 0.6
            common = (("nth", float(nth)), *((("each", 1.0),) if each else ()))
            sides = chance.choice([(OF_LEADERS, OF_WORKERS), (OF_LEADERS, OF_OTHERS), (OF_OTHERS,), (OF_WORKERS,)])
            faults += [self._strikes(chance, chance.choice(kinds), moment, at_s, common) for kinds in sides]
        for nth in range(1, 4):
            if chance.random() < 0.5:
                faults += self._when_none_runs(chance, nth)
        if chance.random() < 0.5:
            faults += self._silent(chance)
        return sorted(faults + self._slow(chance), key=lambda fault: fault.at_s)

    def _strikes(self, chance: random.Random, kind: str, moment: str, at_s: float, common: Numbers) -> Fault:
        """That kind, at that moment, mostly to who has to do with it."""
        targets, more = ALL_KINDS[kind](chance)
        if kind in ("kill", "freeze"):
            targets = (chance.choice([LEADER, LEADER, WHO, PEER]),)
        elif kind in ("cut", "delay", "reset"):
            targets = (LEADER, WORKER) if chance.random() < 0.5 else (WORKER, LEADER)
        elif kind == "break" and chance.random() < 0.6:
            more = tuple((name, MASTERS if name == "part" else value) for name, value in more)
        lasts_s = LASTS_S["process" if kind in (*OF_LEADERS, *OF_WORKERS) else "other"]
        for_s = round(chance.uniform(*chance.choice(lasts_s)), 4)
        return Fault(at_s, f"{kind}{AT}{moment}", targets, for_s, (*common, ("after", chance.choice(AFTER_S)), *more))

    def _when_none_runs(self, chance: random.Random, nth: int) -> list[Fault]:
        """The leader dies after the end of a wave, and what is kept of it cannot be read for a while, or not soon."""
        about = (("nth", float(nth)),)
        away_s = round(chance.uniform(0.3, 3.0), 3)
        return [
            Fault(0.1, f"disk-away{AT}{ENDED}", (), away_s, (*about, ("after", chance.choice([0.0, 0.1, 0.3])))),
            Fault(
                *(0.1, f"{chance.choice(['kill', 'kill', 'stop'])}{AT}{ENDED}", (LEADER,)),
                *(round(chance.uniform(0.05, 1.0), 3), (*about, ("after", chance.choice([0.0, 0.05, 0.1, 0.3, 0.6])))),
            ),
        ]

    def _silent(self, chance: random.Random) -> list[Fault]:
        """TaskManagers are silent, and alive, from about when the leader dies: its successor has not heard of them."""
        at_s, kind = chance.uniform(0.8, 9.0), chance.choice(["suspend", "freeze", "isolate"])
        silent = chance.sample(self.cast.taskmanagers, k=chance.randint(1, 2))
        begin = [round(at_s + chance.uniform(-0.4, 0.2), 3) for _ in silent]
        faults = [
            Fault(at, kind, (one,), round(chance.uniform(2.5, 6.0), 3)) for at, one in zip(begin, silent, strict=True)
        ]
        return [*faults, Fault(round(at_s, 3), "kill", (LEADER,), round(chance.uniform(0.2, 3.0), 3))]

    def _slow(self, chance: random.Random) -> list[Fault]:
        """See `CuesScenario`; in most seeds, and for the whole time."""
        faults = []
        if chance.random() < 0.8:
            faults.append(Fault(0.1, "disk-slow", (), 40.0, (("seconds", chance.choice([0.02, 0.1, 0.2, 0.4])),)))
        for others, share, means in (
            (self.cast.taskmanagers, 0.4, (0.005, 0.05, 0.2)),
            (self.cast.members, 0.4, (0.005, 0.02)),
        ):
            if chance.random() < share:
                mean = (("mean", chance.choice(means)),)
                links = [(one, other) for one in self.cast.jobmanagers for other in others]
                faults += [Fault(0.1, "delay", link, 40.0, mean) for link in links]
        return faults

    def customers(self, cluster: SimCluster, record: Record) -> Customers:
        """See `ClientsScenario`."""
        people = Waves(cluster, random.Random(f"{cluster.name}/orders"), record, self._world)
        people.ended = lambda: self._nemesis.moments.happens(Moment(ENDED))
        self._nemesis.people = people
        return people


def endings() -> EndingsScenario:
    """See `EndingsScenario`."""
    return EndingsScenario()
