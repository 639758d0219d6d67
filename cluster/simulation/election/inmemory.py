"""The scenario `inmemory`: candidates of one process, whose election is an object, as in local mode and in tests.

Leaders leave, break, are abandoned as by a crash, claimed to be dead, of this epoch or an earlier one, or lose the
office as by an outage; and what they have decided is written by somebody else, a moment later, whoever waits for it.
Rules: I1b one acts at a time, I2 epochs rise, I3 no value of an earlier epoch is taken, and nobody of one is shown, I8
somebody leads in the end, I9 nobody loses the office but for what has happened in its own epoch.
Deliberately not here: the election among machines (`cluster.simulation.election.scenario`).
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import Coroutine
from contextlib import AbstractContextManager
from typing import Any

from cluster.election.driver import LeaderInfo
from cluster.election.memory import MemoryElection, MemoryElectionDriver
from cluster.simulation.election.answers import Answers
from cluster.simulation.election.candidate import Audience, Candidate
from cluster.simulation.election.foresight import Foresight
from runtime.sim.campaign import Record
from runtime.sim.looking import look_again
from runtime.sim.schedule import Fault
from runtime.sim.swarm import Draw, Drawn, swarm
from runtime.sim.world import World

CLERKS = ("c1", "c2", "c3")
PACE_S, HAND_S, LOOK_S, LEASE_S, ANSWERS_S = 0.1, 0.3, 0.02, 2.0, 0.5
BEGINS_S = (0.0, 0.0, 0.25)
FORESEES_EACH = 15
"""Of so many looks, one is at what would become of each."""
FIRST_S, LAST_S, HEALED_AT_S, END_S = 0.5, 16.0, 20.0, 26.0
FOR_S = {"leave": (0.1, 3.0), "crash": (0.1, 3.0)}


def _anybody(chance: random.Random) -> Drawn:
    return (chance.choice(("leader", "leader", *CLERKS)),), ()


def _claim(chance: random.Random) -> Drawn:
    return (chance.choice(CLERKS),), (("back", float(chance.choice((0, 0, 1, 1, 2)))),)


KINDS: dict[str, Draw] = {
    "leave": _anybody,
    "crash": _anybody,
    "break": lambda chance: (("leader",), ()),
    "revoke": lambda chance: ((), ()),
    "claim": _claim,
}


class Shelf(dict[str, bytes]):
    """The values of an election.

    Args:
        election: Whose.
        record: Is told.
    """

    def __init__(self, election: MemoryElection, record: Record) -> None:
        super().__init__()
        self._election = election
        self._record = record

    def __setitem__(self, key: str, value: bytes) -> None:
        epoch, newest = int(value.partition(b":")[0]), self._election.epoch
        self._record.require(epoch == newest, "I3", f"{key} is written under epoch {epoch}, and the newest is {newest}")
        super().__setitem__(key, value)


class Messenger:
    """A driver whose values are written by somebody else, a moment later, whether or not anybody still waits.

    Args:
        driver: That does it.
        chance: How much later.
    """

    def __init__(self, driver: MemoryElectionDriver, chance: random.Random) -> None:
        self._driver = driver
        self._chance = chance
        self._under_way: set[asyncio.Task[None]] = set()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._driver, name)

    @property
    def pointers(self) -> Messenger:
        """See `ElectionDriver`."""
        return self

    async def put(self, key: str, value: bytes, epoch: int) -> None:
        """See `PointerStore`."""
        task = asyncio.get_running_loop().create_task(self._put(key, value, epoch))
        self._under_way.add(task)
        task.add_done_callback(self._over)
        await asyncio.shield(task)

    async def _put(self, key: str, value: bytes, epoch: int) -> None:
        await asyncio.sleep(self._chance.uniform(0.0, HAND_S))
        await self._driver.put(key, value, epoch)

    def _over(self, task: asyncio.Task[None]) -> None:
        self._under_way.discard(task)
        if not task.cancelled():
            task.exception()


class Beginner(Candidate):
    """A candidate whose leader part takes its time to begin.

    Args:
        name: Of its process.
        driver: Of the election; not started yet.
        audience: Sees what it does.
        pace_s: Between two acts.
        begins_s: From the grant until it is ready.
    """

    def __init__(self, name: str, driver: Any, audience: Audience, pace_s: float, begins_s: float) -> None:
        super().__init__(name, driver, audience, pace_s)
        self._begins_s = begins_s

    async def _lead(self, epoch: int) -> None:
        if self._begins_s:
            await asyncio.sleep(self._begins_s)
        await super()._lead(epoch)


class Room:
    """All of them.

    Args:
        seed: Of all their chance.
        record: Is told, and raises.
    """

    def __init__(self, seed: int, record: Record) -> None:
        self.election = MemoryElection(LEASE_S)
        self.election.values = Shelf(self.election, record)
        self._clerks: dict[str, Candidate] = {}
        self._lives: dict[str, asyncio.Task[None]] = {}
        self._begun: set[asyncio.Task[None]] = set()
        self._ended: set[int] = set()
        self._seen = self._looks = 0
        self._shown: LeaderInfo | None = None
        self._past = set[str]()
        self._begins_s = random.Random(f"{seed}/begins").choice(BEGINS_S)
        self._answers = Answers(record, ANSWERS_S)
        self._foresight = Foresight(record, random.Random(f"{seed}/foresight"))
        self._seed, self._record = seed, record

    def start(self, name: str) -> None:
        """Somebody stands."""
        if name not in self._clerks:
            driver: Any = Messenger(self.election.driver(), random.Random(f"{self._seed}/{name}"))
            clerk = self._clerks[name] = Beginner(name, driver, self, PACE_S, self._begins_s)
            self._lives[name] = asyncio.get_running_loop().create_task(clerk.run())

    def acts(self, name: str, epoch: int) -> None:
        """See `Audience`."""
        self.look()

    def starts(self, name: str, epoch: int, granted: int) -> None:
        """See `Audience`."""
        text = f"{name} begins to lead under epoch {epoch}, and was granted {granted or 'none'}"
        self._record.require(epoch == granted, "I14", text)

    def asks(self, name: str, what: str) -> AbstractContextManager[None]:
        """See `Audience`."""
        return self._answers.awaited(name, what)

    def order(self, name: str, epoch: int, number: int) -> None:
        """See `Audience`: nobody listens."""

    def leaders(self) -> list[str]:
        """Who may act, by its own belief."""
        return [name for name, clerk in self._clerks.items() if clerk.is_believing()]

    def look(self) -> None:
        """At any time."""
        leaders, require, epoch = self.leaders(), self._record.require, self.election.epoch
        require(len(leaders) < 2, "I1b", f"at once {leaders}")
        require(epoch >= self._seen, "I2", f"epoch {epoch} after {self._seen}")
        for former in range(max(1, self._seen), epoch):
            require(former in self._ended, "I9", f"epoch {former} is over, though nothing has happened in it")
            self._record.sometimes("the leader changed")
        self._seen = epoch
        info = self.election.info
        require(info is None or info.epoch == epoch, "I3", f"shown is {info}, and the epoch is {epoch}")
        self._answers.look()
        for name, clerk in self._clerks.items() if info == self._shown else ():
            require(clerk.office.leader == info, "I14", f"{name} sees {clerk.office.leader}, and shown is {info}")
        self._shown = info
        is_held = self.election._holder is not None
        require(info is None or is_held, "I3", f"shown is {info}, and nobody has the office")
        self._looks += 1
        for name in [*self._clerks][self._looks % FORESEES_EACH :][:1]:
            self._foresight.look(name, self._clerks[name].office.core, None, 0.0)
        past = {name for name, clerk in self._clerks.items() if _goes_on(clerk)}
        require(not past & self._past, "I14", f"{past & self._past} would act, and have lost the office")
        self._past = past

    def do(self, fault: Fault) -> None:
        """A fault."""
        leader = next((name for name in self._clerks if self._holds(name)), "")
        name = leader if fault.targets[:1] == ("leader",) else "".join(fault.targets[:1])
        clerk = self._clerks.get(name)
        match fault.kind:
            case "leave" | "crash" if clerk is not None:
                self._end(name, abandons=fault.kind == "crash")
                asyncio.get_running_loop().call_later(fault.for_s, self.start, name)
            case "break" if clerk is not None:
                self._ended.add(self.election.epoch)
                clerk.office.broken(self.election.epoch, RuntimeError("told to break"))
            case "revoke":
                self._ended.add(self.election.epoch)
                self.election.revoke()
            case "claim" if clerk is not None:
                epoch = self.election.epoch - int(fault.number("back"))
                if epoch != self.election.epoch or not self._holds(name):  # nobody ends its own office so
                    self._ended.add(epoch)
                self._begin(clerk.driver.challenge(epoch))

    def _holds(self, name: str) -> bool:
        return self._clerks[name].driver.holds(self.election.epoch)

    def _end(self, name: str, *, abandons: bool) -> None:
        if self._holds(name):
            self._ended.add(self.election.epoch)
        clerk = self._clerks.pop(name)
        self._lives.pop(name).cancel()
        clerk.cancel()
        self._begin(clerk.driver.abandon() if abandons else clerk.driver.close())

    def _begin(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.get_running_loop().create_task(work)
        self._begun.add(task)
        task.add_done_callback(self._begun.discard)


def _goes_on(clerk: Candidate) -> bool:
    """Whether its core would act, and the election knows that it must not."""
    core = clerk.office.core
    return core.may_act(core.epoch) and not clerk.driver.holds(core.epoch)


class InMemoryScenario:
    """Candidates of one process, whose election is an object: as in local mode, and in tests."""

    def draw(self, chance: random.Random) -> list[Fault]:
        """See `Scenario`."""
        return swarm(
            chance,
            KINDS,
            most=12,
            between_s=(FIRST_S, LAST_S),
            lasts_s=lambda kind: FOR_S.get(kind, (0.1, 0.2)),
            shares=(0.4, 1.0),
        )

    async def story(self, world: World, seed: int, faults: list[Fault], record: Record) -> None:
        """See `Scenario`."""
        room = Room(seed, record)
        for name in CLERKS:
            room.start(name)
        for fault in faults:
            asyncio.get_running_loop().call_later(fault.at_s, room.do, fault)
        looking = asyncio.create_task(look_again(world.network, LOOK_S, room.look))
        await asyncio.wait([looking], timeout=END_S)
        if looking.done():
            looking.result()
        looking.cancel()
        record.check()
        record.require(len(room.leaders()) == 1, "I8", f"in the end {room.leaders()} lead")


def inmemory() -> InMemoryScenario:
    """See `InMemoryScenario`."""
    return InMemoryScenario()
