"""The scenarios that come with the package: `cluster`, the whole of it under any faults; `keep`, with tasks that stay.

`crowd` has two jobs, `leaders` hurts nobody but leaders. Each plays a job whose every step is in a ledger while a
schedule of faults is performed, looks at the invariants with every transaction and every few milliseconds, heals
everything, and asks that all becomes well: the job ends with its exact result, one process leads, and everybody knows.
Played by `runtime.sim.campaign`.
Deliberately not here: what is true (`invariants`), what goes wrong (`faults`), DeathWatch alone (`deathwatch`).
"""

from __future__ import annotations

import asyncio
import math
import random
from collections.abc import Collection, Sequence
from typing import Any

from cluster.client import ClusterClient
from cluster.election.zookeeper.layout import Layout
from cluster.election.zookeeper.transaction import Op
from cluster.model.job_record import JobRecord
from cluster.simulation import faults as fault_kinds
from cluster.simulation.books import audited
from cluster.simulation.checked import checked
from cluster.simulation.cluster import SimCluster
from cluster.simulation.depositions import depositions
from cluster.simulation.disk import SimDisk
from cluster.simulation.election.scenario import ElectionScenario, election, flaps, stalls
from cluster.simulation.faults import Cast
from cluster.simulation.inside import Inside, looked_into
from cluster.simulation.invariants import Invariants, check_ledger
from cluster.simulation.kept import Kept
from cluster.simulation.layers import layered
from cluster.simulation.leftovers import naming
from cluster.simulation.member import Session
from cluster.simulation.nemesis import Nemesis
from cluster.simulation.settings import KEPT
from cluster.simulation.told import told
from runtime.sim.campaign import Record
from runtime.sim.looking import look_again
from runtime.sim.schedule import Fault
from runtime.sim.world import World

__all__ = ["ClusterScenario", "ElectionScenario", "cluster", "election", "flaps", "keep", "stalls"]

LOOK_S = 0.02
"""Between two looks at who believes to lead."""
HEALED_AT_S = 24.0
WELL_WITHIN_S = 60.0
UP_TO, TASKS = 240, 3
HARMLESS = {"clock", "jump", "disk-full", "disk-slow", "disk-torn", "disk-away", "lag", "lose-answers"}


class ClusterScenario:
    """A cluster of three JobManagers, two TaskManagers and an ensemble of three, with a counting job.

    Args:
        settings: `key=value` words of its configuration.
        taskmanagers: How many.
        jobs: How many, at once.
    """

    kinds: Collection[str] = fault_kinds.KINDS.keys()
    """Of fault, that it can play."""
    spoils = False
    """Whether kept bytes change."""
    unwell_s = math.inf
    """All is well again within so long, whatever happens, once it has been."""

    def __init__(self, settings: Sequence[str] = (), taskmanagers: int = 2, jobs: int = 1) -> None:
        self._settings = settings
        self._jobs = jobs
        workers = [f"tm{number}" for number in range(1, taskmanagers + 1)]
        self.cast = Cast(["jm1", "jm2", "jm3"], workers, ["zk1", "zk2", "zk3"])

    def draw(self, chance: random.Random) -> list[Fault]:
        """See `Scenario`."""
        return fault_kinds.draw(chance, self.cast)

    async def story(self, world: World, seed: int, faults: list[Fault], record: Record) -> None:
        """See `Scenario`."""
        fault_kinds.check(faults, self.cast, self.kinds)
        cluster = self.cluster(world, seed)
        try:
            nemesis = self.nemesis(world, cluster, record)
            watch = Watch(world, cluster, record, self.unwell_s)
            layers = layered(record, cluster.name, cluster.ensemble.tree)
            ears = told(cluster.name, cluster.ensemble.tree, record)
            judges = checked(record, spoils=self.spoils), audited(record), looked_into()
            with judges[0], judges[1], layers as cluster.bonds, ears, judges[2] as inside:
                cluster.start()
                looking = asyncio.create_task(look_again(world.network, LOOK_S, watch.look))
                try:
                    await self.play(cluster, nemesis, faults, looking, record)
                    await becomes_empty(cluster, inside, looking, record)
                finally:
                    looking.cancel()
            watch.check_end(faults)
            self.check_end(cluster, record)
        finally:
            await cluster.close()

    def cluster(self, world: World, seed: int) -> SimCluster:
        """The one under test, not started."""
        return SimCluster(world, seed, taskmanagers=len(self.cast.taskmanagers), settings=self._settings)

    def nemesis(self, world: World, cluster: SimCluster, record: Record) -> Nemesis:
        """Who performs the schedule."""
        return Nemesis(world, cluster, record)

    def jobs(self, cluster: SimCluster) -> list[JobRecord]:
        """What it has to do."""
        return [cluster.counting_job(UP_TO, TASKS, number) for number in range(1, self._jobs + 1)]

    def check_end(self, cluster: SimCluster, record: Record) -> None:
        """What is to be true of this scenario beyond all others."""

    async def play(
        self, cluster: SimCluster, nemesis: Nemesis, faults: list[Fault], looking: asyncio.Task[None], record: Record
    ) -> None:
        """Let the jobs run, hurt them, heal everything; all must become well."""
        records = self.jobs(cluster)
        job = asyncio.create_task(cluster.with_client(lambda client: all_finished(client, records)))
        blows = asyncio.create_task(nemesis.perform(faults))
        timeout_s = HEALED_AT_S
        while True:
            done, _ = await asyncio.wait(
                [one for one in (job, blows, looking) if not one.done()],
                timeout=timeout_s,
                return_when=asyncio.FIRST_COMPLETED,
            )
            for one in done:
                one.result()
            if not done or job.done() or blows.done():
                break
        blows.cancel()
        nemesis.heal()
        await asyncio.wait([job, looking], timeout=WELL_WITHIN_S, return_when=asyncio.FIRST_COMPLETED)
        if looking.done():
            looking.result()
        if not job.done():
            raise AssertionError(f"I8: the job has not ended {WELL_WITHIN_S:g} s after everything was healed")
        for result in job.result():
            if (result["status"], sorted(result["results"].values())) != ("FINISHED", [UP_TO] * TASKS):
                raise AssertionError(f"I6: the job ended with {result}")
        for ledger in cluster.ledgers:
            check_ledger(ledger, UP_TO, TASKS, record)
        async with asyncio.timeout(WELL_WITHIN_S):
            while not cluster.is_well:
                if looking.done():
                    looking.result()
                await asyncio.sleep(LOOK_S)


class Watch:
    """Looks at a cluster."""

    def __init__(self, world: World, cluster: SimCluster, record: Record, unwell_s: float = math.inf) -> None:
        self._world = world
        self._unwell_s = unwell_s
        self._cluster = cluster
        self._record = record
        self.rules = Invariants(Layout("/flink", "/default"), cluster.ensemble.tree, record)
        kept = Kept(cluster.name, cluster.ledgers, record)
        self.rules.kept, self.rules.ended = kept.decided, kept.ended
        cluster.kept = self._kept = kept
        SimDisk.troubles[cluster.name].deleted = self._deleted
        SimDisk.troubles[cluster.name].changed = self._changed
        self._error: Exception | None = None
        self._led: list[str] = []
        self._well_at = math.inf
        cluster.ensemble.observers += [self._decided, depositions(world.network, cluster, record)]
        cluster.ensemble.mourners.append(self._ended)

    def look(self) -> None:
        """Who believes to lead now."""
        if self._error is not None:
            raise self._error
        self._record.check()
        cluster = self._cluster
        names = cluster.leaders()
        if self._unwell_s < math.inf:
            self._time(self._record.now())
        if names != self._led:
            self._record.tell(",".join(names), "leads", ",".join(names))
            self._led = names
        self.rules.believed((name, cluster.life(name), int(cluster.offices[name].office.core.epoch)) for name in names)

    def _time(self, now: float) -> None:
        unwell_s = now - self._well_at
        self._record.require(unwell_s <= self._unwell_s, "I9", f"all is not well since {unwell_s:.3f} s")
        self._well_at = now if self._cluster.is_well else self._well_at

    def check_end(self, faults: list[Fault]) -> None:
        """What can only be said of the whole."""
        if self._error is not None:
            raise self._error
        self._record.require(self.rules.writes > 0, "I3", "nothing was written at all")
        grants = len(self.rules.grants)
        touched = [fault for fault in faults if fault.kind not in HARMLESS]
        tame = all(len(fault.targets) == 1 and fault.targets[0].startswith("tm") for fault in touched)
        storage = any(fault.kind.startswith("disk") or fault.kind == "lose-answers" for fault in faults)
        if tame and not storage:
            self._record.sometimes("only TaskManagers suffered")
            self._record.require(grants == 1, "I9", f"{grants} grants, though no JobManager had a fault")
        if grants > 1:
            self._record.sometimes("the leader changed")
        if max(self._cluster.ledger.lives.values(), default=0) > 1:
            self._record.sometimes("tasks were restarted")
        elif grants > 1:
            self._record.sometimes("tasks outlived their leader")

    def _decided(self, session: Session, ops: list[Op], results: list[Any]) -> None:
        """A rule that does not hold must not be swallowed by the loop of the ensemble, so it is kept for `look`."""
        try:
            self.rules.decided(session.id, session.owner, ops, results)
        except AssertionError as error:
            self._error = self._error or error

    def _deleted(self, file: str) -> None:
        """The disk has lost a file: no pointer names it, and no checkpoint that counts needs it."""
        tree, layout = self._cluster.ensemble.tree, self.rules.layout
        for path, pointer in naming(tree, layout):
            needed = file == pointer.handle.name or file in self._kept.needed(pointer.handle.name)
            self._record.require(not needed, "I6", f"{file} is deleted, and {path} needs it")

    def _changed(self, file: str) -> None:
        """The disk has a file under a name that another had: each name says who writes it, and is used once."""
        self._record.require(False, "I6", f"{file} is written again, with other bytes")

    def _ended(self, session: Session) -> None:
        self._record.tell(session.owner, "session over", str(session.id))
        self._record.sometimes("a session ended")
        if self._world.network.process(session.owner).frozen:
            self._record.sometimes("a session expired while its client was frozen")


async def becomes_empty(cluster: SimCluster, inside: Inside, looking: asyncio.Task[None], record: Record) -> None:
    """Soon nothing is left of jobs that have ended."""
    left: list[str] = []
    for _ in range(int(WELL_WITHIN_S / LOOK_S)):
        if looking.done():
            looking.result()
        left = inside.left(cluster) if cluster.is_well else ["all is not well"]
        if not left:
            return
        await asyncio.sleep(LOOK_S)
    record.require(False, "I13", f"{left} are left of jobs that have ended")


async def all_finished(client: ClusterClient, records: Sequence[JobRecord]) -> list[dict[str, Any]]:
    """Submit the jobs, one after the other, and wait for their ends."""
    for record in records:
        await client.submit(record.job_id, record.to_bytes())
    results: list[dict[str, Any]] = [await client.result(record.job_id) for record in records]
    return results


def cluster() -> ClusterScenario:
    """Three JobManagers, two TaskManagers, an ensemble and a job, configured by default, under any faults."""
    return ClusterScenario()


def keep() -> ClusterScenario:
    """`cluster` with tasks that go on through the death of their leader."""
    return ClusterScenario(KEPT)


def crowd() -> ClusterScenario:
    """`cluster` with two jobs at once, on three TaskManagers."""
    return ClusterScenario(taskmanagers=3, jobs=2)


class LeadersScenario(ClusterScenario):
    """Leaders die and leave, one after the other, where tasks are kept: no task may restart for that, nobody wait."""

    unwell_s = 0.5

    def __init__(self) -> None:
        super().__init__(KEPT)

    def draw(self, chance: random.Random) -> list[Fault]:
        """See `Scenario`."""
        moments = [3.0 + 4.0 * number + chance.uniform(0.0, 1.5) for number in range(chance.randint(1, 3))]
        kinds = ("kill-leader", "stop-leader")
        return [
            Fault(round(at_s, 3), chance.choice(kinds), (fault_kinds.LEADER,), round(chance.uniform(0.05, 1.5), 3))
            for at_s in moments
        ]

    def check_end(self, cluster: SimCluster, record: Record) -> None:
        """See `ClusterScenario`."""
        lives = cluster.ledger.lives
        record.require(set(lives.values()) == {1}, "I9", f"tasks were started more than once: {lives}")


def leaders() -> LeadersScenario:
    """See `LeadersScenario`."""
    return LeadersScenario()
