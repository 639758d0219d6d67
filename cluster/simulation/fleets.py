"""The scenario `fleets`: leaders have TaskManagers made, and let go; jobs are forgotten, and what they left is dropped.

There are fewer TaskManagers than jobs need, or none, and a provider makes them; those that it has made die, stand still
and are cut off, while leaders change, or nobody leads for longer than a TaskManager waits to be taken. Each seed draws
a configuration: how many there are to be in any case, how long an idle one is kept, how many ended jobs are remembered,
and for how long. In the end nothing is to be done, and everything goes in its time. SHELL.
Deliberately not here: how a TaskManager is made here (`made`); what is true of it (`staff`), and of what is kept
(`remembered`, `retained`).
"""

from __future__ import annotations

import asyncio
import random

from cluster.simulation.cluster import SimCluster
from cluster.simulation.faults import KINDS, LEADER, Cast, DrawOne, draw
from cluster.simulation.nemesis import Nemesis
from cluster.simulation.patrons import Patrons
from cluster.simulation.remembered import Remembered
from cluster.simulation.retained import Retained
from cluster.simulation.scenarios import HEALED_AT_S, LOOK_S, WELL_WITHIN_S, ClusterScenario
from cluster.simulation.settings import KEPT
from cluster.simulation.staff import staffed
from cluster.simulation.work_nemesis import WorkNemesis
from runtime.sim.campaign import Record
from runtime.sim.looking import look_again
from runtime.sim.performer import Undo
from runtime.sim.schedule import Fault
from runtime.sim.swarm import Drawn
from runtime.sim.world import World

LASTS_S = ((0.05, 0.4), (0.4, 1.8), (1.8, 3.5), (5.0, 10.0))
"""As of any fault; and longer than a TaskManager waits to be taken."""


def _made(chance: random.Random, cast: Cast) -> Drawn:
    return (), (("which", float(chance.randrange(8))),)


FLEET_KINDS: dict[str, DrawOne] = {
    "kill-made": _made,
    "freeze-made": _made,
    "isolate-made": _made,
    "kill": lambda chance, cast: ((chance.choice([*cast.jobmanagers, *cast.taskmanagers]),), ()),
    **{
        kind: KINDS[kind]
        for kind in ("kill-leader", "stop-leader", "freeze-leader", "freeze-members", "lose-answers", "disk-slow")
    },
    "isolate": lambda chance, cast: ((LEADER,), (("from_members_only", float(chance.random() < 0.5)),)),
}


class FleetNemesis(WorkNemesis):
    """Hurts those that were made, too. Nobody starts them again but a provider."""

    def ended(self, name: str) -> None:
        """See `Nemesis`."""
        if name in self._cluster.made:
            self._cluster.made.ended(name)
        else:
            super().ended(name)

    def restart(self, name: str) -> None:
        """See `Nemesis`."""
        if not name.startswith("made"):
            super().restart(name)

    def _kill_made(self, fault: Fault) -> Undo | None:
        name = self._which(fault)
        return self._kill(fault, name) if name else None

    def _freeze_made(self, fault: Fault) -> Undo | None:
        name = self._which(fault)
        return self._freeze(fault, name) if name else None

    def _isolate_made(self, fault: Fault) -> Undo | None:
        name = self._which(fault)
        return self.cut_off_from(name, self.everybody()) if name else None

    def _shun(self, fault: Fault) -> Undo | None:
        """One that was made, or else another, reaches no JobManager, and hears who leads all the same."""
        return self.cut_off_from(self._which(fault) or self._cluster.taskmanagers[0], self._cluster.jobmanagers)

    def _which(self, fault: Fault) -> str:
        living = self._cluster.made.living
        return living[int(fault.number("which")) % len(living)] if living else ""


class FleetsScenario(ClusterScenario):
    """TaskManagers are made and let go, and ended jobs forgotten, while leaders change and TaskManagers suffer."""

    kinds = (*FLEET_KINDS, "shun")

    def __init__(self) -> None:
        super().__init__(taskmanagers=1)

    def draw(self, chance: random.Random) -> list[Fault]:
        """See `Scenario`."""
        faults = draw(chance, self.cast, most=8, kinds=FLEET_KINDS, lasts_s=LASTS_S)
        if chance.random() < 0.4:  # leaders change, and none of them can take a TaskManager that hears of them all
            at_s = chance.uniform(1.0, 4.0)
            faults.append(Fault(round(at_s, 3), "shun", (), 14.0, _made(chance, self.cast)[1]))
            for _ in range(3):
                at_s += chance.uniform(1.0, 3.5)
                faults.append(Fault(round(at_s, 3), "kill-leader", (LEADER,), 0.5))
        return sorted(faults, key=lambda fault: fault.at_s)

    def cluster(self, world: World, seed: int) -> SimCluster:
        """See `ClusterScenario`."""
        chance = random.Random(f"{seed}/settings")
        settings = [
            *(KEPT if chance.random() < 0.5 else ()),
            "resourcemanager.provider=process",
            f"resourcemanager.taskmanagers={chance.choice([0, 0, 1, 2])}",
            f"resourcemanager.taskmanager-timeout={chance.choice(['2 s', '4 s'])}",
            f"resourcemanager.taskmanager-registration.timeout={chance.choice(['2 s', '8 s'])}",
            "resourcemanager.start-worker.retry-interval=1 s",
            f"taskmanager.registration.timeout={chance.choice(['4 s', '7 s'])}",
            f"jobstore.expiration-time={chance.choice(['4 s', '9 s'])}",
            f"jobstore.max-capacity={chance.choice([1, 2, 1000])}",
            "execution.checkpointing.externalized-checkpoint-retention=retain_on_cancellation",
            f"state.checkpoints.num-retained={chance.randint(1, 2)}",
        ]
        return SimCluster(world, seed, taskmanagers=1, settings=settings, slot_processes=True)

    def nemesis(self, world: World, cluster: SimCluster, record: Record) -> Nemesis:
        """See `ClusterScenario`."""
        self._world = world
        self._retained, self._remembered = Retained(cluster, record), Remembered(cluster, record)
        cluster.ensemble.observers += [self._retained.decided, self._remembered.decided]
        return FleetNemesis(world, cluster, record)

    async def play(
        self, cluster: SimCluster, nemesis: Nemesis, faults: list[Fault], looking: asyncio.Task[None], record: Record
    ) -> None:
        """See `ClusterScenario`."""
        chance = random.Random(f"{cluster.name}/wishes")
        patrons = Patrons(cluster, chance, record, self._remembered, self._retained)
        with staffed(cluster, record) as staff:
            counting = asyncio.create_task(look_again(self._world.network, LOOK_S, staff.look))
            blows = asyncio.create_task(nemesis.perform(faults))
            work = asyncio.create_task(patrons.come())
            try:
                watched = [work, looking, counting]
                await asyncio.wait(watched, timeout=HEALED_AT_S, return_when=asyncio.FIRST_COMPLETED)
                blows.cancel()
                nemesis.heal()
                await _done(work, [looking, counting], "I19: ended jobs are not forgotten, or not known")
                settling = asyncio.create_task(staff.settled())
                await _done(settling, [looking, counting], f"I18: {staff}", staff.settles_within_s)
            finally:
                counting.cancel()
        patrons.check()

    def check_end(self, cluster: SimCluster, record: Record) -> None:
        """See `ClusterScenario`."""
        self._retained.check()
        if cluster.made.count:
            record.sometimes("a TaskManager was made")


async def _done(
    work: asyncio.Task[None], looking: list[asyncio.Task[None]], else_: str, within_s: float = WELL_WITHIN_S
) -> None:
    """It is done in time, and nothing is wrong meanwhile."""
    await asyncio.wait([work, *looking], timeout=within_s, return_when=asyncio.FIRST_COMPLETED)
    for one in looking:
        if one.done():
            one.result()
    if not work.done():
        raise AssertionError(else_)
    work.result()


def fleets() -> FleetsScenario:
    """See `FleetsScenario`."""
    return FleetsScenario()
