"""Who takes part in the scenario `handovers`: leaders that write with slow hands, followers that read. SHELL.

What a leader has decided takes a moment until it is written, so the fence of a write is what counts then, and not only
the look at the office before; and what followers read was so at some moment since it was asked for, and what a
leader is told of its own writes is so (I16). Deliberately not here: what happens to them (`handovers`).
"""

from __future__ import annotations

import asyncio
import contextlib
import random
from collections.abc import Callable, Iterator
from typing import Any

from kazoo.exceptions import KazooException

from cluster.election.driver import ElectionDriver, ElectionUnavailable, LeaderInfo, StaleEpoch
from cluster.election.zookeeper.layout import from_node
from cluster.election.zookeeper.transaction import Op
from cluster.simulation.election.candidate import Audience, Candidate
from cluster.simulation.election.follower import Follower
from cluster.simulation.election.house import House
from cluster.simulation.election.rules import LAYOUT
from cluster.simulation.member import Session
from runtime.sim.campaign import Record, Violation
from runtime.sim.links import Shape
from runtime.sim.network import SimTransport
from runtime.sim.world import World

PAPER = "jobs/paper"
PAPERS = 3
"""A leader keeps at most so many beside the register."""
READS_EACH_S = 0.7
HANDS_S = (0.0, 0.05, 0.4)
LATE = 0.15
"""So many acts of a leader are preceded by one of an earlier office."""
FIRST_PLACES = (0, 2**31 - 4)
"""The number of the first place in a queue: the first there is, or one of the last before the counter begins anew."""


class Library:
    """What was kept under each key, and when. May observe an ensemble.

    Args:
        record: Is told, and raises.
    """

    def __init__(self, record: Record) -> None:
        self._record = record
        self._kept: dict[str, list[tuple[float, bytes | None]]] = {}
        self._nodes = set[str]()
        self.now = record.now

    def keeps(self, key: str, value: bytes | None) -> None:
        """A key has another value from now on, or none."""
        self._kept.setdefault(key, []).append((self._record.now(), value))

    def decided(self, session: Session, ops: list[Op], results: list[Any]) -> None:
        """The ensemble has decided on a transaction, or refused it."""
        if any(isinstance(result, KazooException) for result in results):
            return
        for op in ops:
            if op.name in ("set_data", "create", "delete") and op.args[0].startswith(f"{LAYOUT.path_of('jobs')}/"):
                self.keeps(LAYOUT.key_of(op.args[0]), None if op.name == "delete" else from_node(op.args[1]))
                (self._nodes.discard if op.name == "delete" else self._nodes.add)(op.args[0])

    def was_read(self, name: str, found: dict[str, bytes], asked_at: float) -> None:
        """I16: each value was so at some moment since it was asked for."""
        for key in {**self._kept, **found}:
            value, possible = found.get(key), list(self._since(key, asked_at))
            text = f"{name} asked at {asked_at:.3f} s and reads {key}: {value!r}, which was {possible}"
            self._record.require(value in possible, "I16", text)
        self._record.sometimes("a follower has read")

    def was_refused(self, name: str, key: str, value: bytes) -> None:
        """I16: what somebody was told to be refused was not written; no value is written twice."""
        text = f"{name} is told that {key}: {value!r} was refused, and it was written"
        self._record.require(all(value != kept for _, kept in self._kept.get(key, ())), "I16", text)

    def was_let_in(self, name: str, what: str, epoch: int) -> None:
        """I16: what is asked under an earlier epoch is refused, or it is not known."""
        self._record.require(False, "I16", f"{name} asks for {what} under epoch {epoch}, which is over, and is let in")

    def was_taken_away(self, name: str, key: str, asked_at: float, *, was_there: bool) -> None:
        """I16: whoever takes a value away is told whether it was there; nobody else has done anything meanwhile."""
        before = [value for at, value in self._kept.get(key, ()) if at <= asked_at]
        text = (
            f"{name} takes {key} away at {asked_at:.3f} s, and is told that it was{'' if was_there else ' not'} there"
        )
        self._record.require(was_there == bool(before and before[-1] is not None), "I16", text)

    def was_tidied(self, name: str, key: str) -> None:
        """I16: when a value was taken away, so was the folder in which nothing is left; for who holds the office."""
        folder = LAYOUT.path_of(key).rpartition("/")[0]
        is_empty = folder in self._nodes and not any(path.startswith(f"{folder}/") for path in self._nodes)
        self._record.require(not is_empty, "I16", f"{name} has taken {key} away, and left an empty folder")

    def _since(self, key: str, moment: float) -> Iterator[bytes | None]:
        before: bytes | None = None
        for at, value in self._kept.get(key, ()):
            if at <= moment:
                before = value
            else:
                yield value
        yield before


class Clerk(Candidate):
    """A candidate that writes with slow hands, and keeps some papers.

    Args:
        name: Of its process.
        driver: Of the election; not started yet.
        audience: Sees what it does.
        pace_s: Between two acts.
        hand_s: From a decision to the write, at most.
        chance: Of its hands.
        library: Knows what was kept when.
    """

    def __init__(
        self,
        name: str,
        driver: ElectionDriver,
        audience: Audience,
        pace_s: float,
        hand_s: float,
        chance: random.Random,
        library: Library,
    ) -> None:
        super().__init__(name, driver, audience, pace_s)
        self._hand_s = hand_s
        self._chance = chance
        self._library = library
        self._papers = 0
        self._late = random.Random(name)

    async def prepare(self) -> None:
        """See `Candidate`: also a paper is filed, or taken away."""
        await asyncio.sleep(self._chance.uniform(0.0, self._hand_s))
        epoch, values = self.office.core.epoch, self.driver.pointers
        if epoch > 1 and self._late.random() < LATE:
            await self._comes_late(epoch - 1)
        self._papers += 1
        key, value = self.key_of(self._papers % PAPERS), f"{epoch}:{self._papers}".encode()
        if self._chance.random() < 0.7:
            try:
                with self._audience.asks(self._name, "a write"):
                    await values.put(key, value, epoch)
            except StaleEpoch:
                with contextlib.suppress(Violation):
                    self._library.was_refused(self._name, key, value)
                raise
        else:
            asked_at = self._library.now()
            with self._audience.asks(self._name, "a deletion"):
                was_there = await values.delete(key, epoch)
            with contextlib.suppress(Violation):
                self._library.was_taken_away(self._name, key, asked_at, was_there=was_there)
                if self.driver.holds(epoch):
                    self._library.was_tidied(self._name, key)

    async def _comes_late(self, past: int) -> None:
        """Work of an earlier office, perhaps of its own, which has waited until now."""
        what = self._late.choice(("a write", "a deletion", "a publication"))
        key = self.key_of(self._late.randrange(PAPERS))
        with contextlib.suppress(StaleEpoch, ElectionUnavailable), self._audience.asks(self._name, what):
            if what == "a write":
                await self.driver.pointers.put(key, f"{past}:0".encode(), past)
            elif what == "a deletion":
                await self.driver.pointers.delete(key, past)
            elif not await self.driver.publish(LeaderInfo(past, self._name, self._name, self._name)):
                return
            with contextlib.suppress(Violation):
                self._library.was_let_in(self._name, what, past)

    def key_of(self, number: int) -> str:
        """Where a paper is kept."""
        return f"{PAPER}-{number}"

    async def leave(self) -> None:
        """As a process that is asked to end: first the leader part, then the office, then the place."""
        self._perform(self.office.core.leave())
        while self.office.core.epoch:  # noqa: ASYNC110 - a few turns, once in a life
            await asyncio.sleep(0.001)
        with self._audience.asks(self._name, "an end"):
            await self.driver.close()


class Notary(Clerk):
    """A clerk whose papers are written to the end, whether or not it still leads: so it hears what became of each.

    Its leader part takes its time to end, as that of a real leader does: it may be granted the office anew meanwhile.

    Args:
        part_s: So long at most; as long as its hands if it is not given.
        args: See `Clerk`.
    """

    def __init__(self, *args: Any, part_s: float | None = None) -> None:
        super().__init__(*args)
        self._part_s = self._hand_s if part_s is None else part_s

    async def _end(self, epoch: int) -> None:
        await asyncio.sleep(self._chance.uniform(0.0, self._part_s))
        await super()._end(epoch)

    async def prepare(self) -> None:
        """See `Clerk`."""
        failed = list[Exception]()
        await asyncio.shield(self._spawn(self._file(failed)))
        for error in failed:
            raise error

    async def _file(self, failed: list[Exception]) -> None:
        """What goes wrong is kept: perhaps nobody waits any more, or the process is dead when its task has failed."""
        try:
            await super().prepare()
        except (StaleEpoch, ElectionUnavailable) as error:
            failed.append(error)


class Reader(Follower):
    """A follower that reads what leaders keep, again and again.

    Args:
        name: Of its process.
        driver: Of the election; not started yet.
        audience: Sees what it does.
        library: Knows what was kept when.
    """

    def __init__(self, name: str, driver: ElectionDriver, audience: Any, library: Library) -> None:
        super().__init__(name, driver, audience)
        self._library = library

    async def run(self, transport: SimTransport) -> None:
        """See `Follower`."""
        reading = asyncio.get_running_loop().create_task(self._read())
        try:
            await super().run(transport)
        finally:
            reading.cancel()

    async def _read(self) -> None:
        while True:
            await asyncio.sleep(READS_EACH_S)
            asked_at = self._library.now()
            with contextlib.suppress(ElectionUnavailable):
                with self._audience.asks(self._name, "all values"):
                    found = await self.driver.pointers.list("jobs/")
                with contextlib.suppress(Violation):
                    self._library.was_read(self._name, found, asked_at)


class Offices(House):
    """The processes: clerks, readers, an ensemble.

    Args:
        world: That they are in.
        seed: Of all their chance.
        record: Is told, and raises.

    Attributes:
        library: What leaders have kept.
        heirs: Each hears of the next grant, once: to whom.
        part_s: For so long, at most, a leader part ends.
        ways: Between a process and the members, where nothing goes wrong, if not the usual one.
    """

    def __init__(self, world: World, seed: int, record: Record) -> None:
        super().__init__(world, seed, record)
        chance = random.Random(f"{seed}/offices")
        self._hand_s = chance.choice(HANDS_S)
        self.library = Library(record)
        self.part_s, self.ways = 0.0, dict[str, Shape]()
        self.heirs: list[Callable[[str], None]] = []
        self._granted = 0
        self.ensemble.observers += [self.library.decided, self._look_for_heirs]
        first = chance.choice(FIRST_PLACES)
        for tree in (self.ensemble.tree, *(member.tree for member in self.ensemble.members.values())):
            tree.first, tree.is_unordered = first, True

    def make_candidate(self, name: str, driver: ElectionDriver, chance: random.Random) -> Candidate:
        """See `House`."""
        return Clerk(name, driver, self, self._pace_s, self._hand_s, chance, self.library)

    def make_follower(self, name: str, driver: ElectionDriver) -> Follower:
        """See `House`."""
        return Reader(name, driver, self, self.library)

    def _look_for_heirs(self, session: Session, ops: list[Op], results: list[Any]) -> None:
        if self.rules.epoch > self._granted:
            self._granted, heirs = self.rules.epoch, self.heirs[:]
            self.heirs.clear()
            for hear in heirs:
                hear(session.owner)
