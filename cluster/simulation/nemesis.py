"""`Nemesis`: performs a schedule of faults on a simulated cluster, and heals everything in the end. SHELL.

Each fault is taken back after its time: who was killed is started again, who was frozen goes on. `leader` is whoever
leads at that moment. Deliberately not here: drawing faults (`cluster.simulation.faults`).
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable

from cluster.simulation.cluster import SimCluster
from cluster.simulation.disk import SimDisk
from cluster.simulation.faults import LEADER
from runtime.sim.campaign import Record
from runtime.sim.links import Loss, Shape
from runtime.sim.process import Clock
from runtime.sim.schedule import Fault
from runtime.sim.world import World

Undo = Callable[[], None]


class Nemesis:
    """Does what a schedule says.

    Args:
        world: Whose network.
        cluster: Whose processes.
        record: Is told.
    """

    def __init__(self, world: World, cluster: SimCluster, record: Record) -> None:
        self._network = world.network
        self._cluster = cluster
        self._record = record
        self._trouble = SimDisk.troubles[cluster.name]
        self._down: dict[str, None] = {}
        self._undone: dict[int, Undo] = {}

    def set_clocks(self, faults: Iterable[Fault]) -> None:
        """Before anything is started."""
        for fault in faults:
            if fault.kind == "clock":
                clock = Clock(fault.number("offset"), fault.number("rate", 1.0))
                self._cluster.clocks[fault.targets[0]] = clock
                self._record.tell(fault.targets[0], "clock", f"{clock.offset_s:g} s ahead, at a rate of {clock.rate:g}")

    async def perform(self, faults: Iterable[Fault]) -> None:
        """Do all of them, and take each back; returns when all is over."""
        async with asyncio.TaskGroup() as group:
            for number, fault in enumerate(faults):
                if fault.kind != "clock":
                    group.create_task(self._one(number, fault))

    def heal(self) -> None:
        """Everything is well again: nothing is cut, frozen, dead, full or late."""
        for undo in list(self._undone.values()):
            undo()
        self._undone.clear()

    async def _one(self, number: int, fault: Fault) -> None:
        await asyncio.sleep(fault.at_s)
        targets = tuple(self._who(target) for target in fault.targets)
        if "" in targets or len(set(targets)) < len(targets):
            return
        act = getattr(self, f"_{fault.kind.replace('-', '_')}")
        undo: Undo | None = act(fault, *targets)
        if undo is None:
            return
        self._record.tell(targets[0] if targets else "", fault.kind, f"{' '.join(targets[1:])} for {fault.for_s:g} s")
        self._undone[number] = undo
        await asyncio.sleep(fault.for_s)
        if self._undone.pop(number, None) is not None:
            undo()
            self._record.tell(targets[0] if targets else "", f"end of {fault.kind}", " ".join(targets[1:]))

    def _who(self, target: str) -> str:
        if target != LEADER:
            return target
        leaders = self._cluster.leaders()
        return leaders[0] if leaders else ""

    # --- what can happen ----------------------------------------------------------------------------------------------

    def _kill(self, fault: Fault, name: str) -> Undo | None:
        if name in self._down:
            return None
        self._down[name] = None
        self._network.kill(name, listeners_linger_s=fault.number("linger"))
        return lambda: self._restart(name)

    _kill_leader = _kill_member = _kill

    def _stop(self, fault: Fault, name: str) -> Undo | None:
        """It leaves in good order, for as long as that takes, and dies then."""
        process = self._network.process(name)
        leaving = None if name in self._down or process.frozen else self._cluster.leave(name)
        if leaving is None:
            return None
        self._down[name] = None

        def die(_: object = None) -> None:
            if process.alive:
                self._network.kill(name)

        def start_again() -> None:
            die()
            self._restart(name)

        leaving.add_done_callback(die)
        return start_again

    _stop_leader = _stop

    def _restart(self, name: str) -> None:
        del self._down[name]
        self._cluster.restart(name)

    def _freeze(self, fault: Fault, name: str) -> Undo | None:
        process = self._network.process(name)
        if not process.alive or process.frozen:
            return None
        self._network.freeze(name)

        def thaw() -> None:
            if process.alive:
                for ledger in self._cluster.ledgers:
                    ledger.thaws.append((name, len(ledger.steps)))
                self._network.thaw(name)

        return thaw

    _freeze_leader = _freeze_member = _freeze

    def _freeze_members(self, fault: Fault) -> Undo:
        """The whole ensemble is away."""
        thaws = [self._freeze(fault, name) for name in self._cluster.ensemble.members]

        def thaw_all() -> None:
            for thaw in thaws:
                if thaw is not None:
                    thaw()

        return thaw_all

    def _cut(self, fault: Fault, one: str, other: str) -> Undo:
        self._network.cut(one, other, one_way=fault.number("one_way") > 0)
        return lambda: self._network.heal(one, other)

    def _isolate(self, fault: Fault, name: str) -> Undo:
        members, others = list(self._cluster.ensemble.members), self._cluster.everybody
        cut = [other for other in (members if fault.number("from_members_only") > 0 else others) if other != name]
        for other in cut:
            self._network.cut(name, other)

        def heal() -> None:
            for other in cut:
                self._network.heal(name, other)

        return heal

    def _vanish(self, fault: Fault, name: str) -> Undo | None:
        if name in self._down:
            return None
        self._down[name] = None
        self._network.vanish(name)

        def come_back() -> None:
            self._network.come_back(name)
            self._restart(name)

        return come_back

    def _loss(self, fault: Fault, one: str, other: str) -> Undo:
        to_bad = fault.number("burst")
        loss = Loss(fault.number("loss"), 1.0, to_bad, 0.3)
        self._network.shape(one, other, Shape(loss=loss))
        return lambda: self._network.shape(one, other, Shape())

    def _disk_full(self, fault: Fault) -> Undo:
        return self._disk("full")

    def _disk_torn(self, fault: Fault) -> Undo:
        return self._disk("torn")

    def _disk_away(self, fault: Fault) -> Undo:
        return self._disk("away")

    def _disk_slow(self, fault: Fault) -> Undo:
        self._trouble.slow_s = max(self._trouble.slow_s, fault.number("seconds", 1.0))
        return lambda: setattr(self._trouble, "slow_s", 0.0)

    def _disk(self, what: str) -> Undo:
        setattr(self._trouble, what, True)
        return lambda: setattr(self._trouble, what, False)

    def _lose_answers(self, fault: Fault) -> Undo:
        ensemble = self._cluster.ensemble
        ensemble.answers_to_lose += int(fault.number("count"))

        def no_more() -> None:
            ensemble.answers_to_lose = 0

        return no_more

    def _lag(self, fault: Fault, name: str) -> Undo:
        lagging = self._cluster.ensemble.lagging
        lagging.add(name)
        return lambda: lagging.discard(name)
