"""`SimKeeperPlace`: a thread of a simulated process, in which the unmodified `LeaseKeeper` looks at a real file. SHELL.

There is one real thread here. So each operation is done in one go, at the end of the time that it takes: whoever else
wanted the file was before it or comes after it, or is let in between what it reads and the transaction that follows, as
SQLite has it. What the loop asks for waits while somebody else holds the lock, as long as SQLite would, and until its
own transaction begins it goes by the time of its beginning; a look is refused at once, and comes again soon. The thread
runs on while only its event loop stands still. Deliberately not here: how long anything takes and what is wrong with
the file (`machine`, `nemesis`).
"""

from __future__ import annotations

import asyncio
import random
import sqlite3
from collections import deque
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import Any, Protocol

from cluster.election.sqlite_keeper import LeaseKeeper, SqliteSettings
from cluster.election.sqlite_thread import Job, KeeperPlace, Tell
from cluster.election.witness import Witness
from cluster.simulation.embedded.file_disk import FileDisk
from runtime.sim.network import SimNetwork
from runtime.sim.process import SimProcess

LOCK_LOOK_S = 0.01
"""Between two looks at whether the lock is free."""


class Host(Protocol):
    """The process and its machine, as a thread knows them."""

    network: SimNetwork
    disk: FileDisk

    def is_stopped(self, name: str) -> bool:
        """Whether the whole process stands still."""
        ...

    def takes_s(self, name: str, chance: random.Random) -> float:
        """How long the next operation of the process takes."""
        ...

    def has_ended(self, proof: str) -> bool:
        """Whether that life of a process of this boot is over for certain."""
        ...

    def written(self, name: str, *, is_synced: bool) -> None:
        """A process has changed the file; `is_synced` if that has reached the disk, with all that was before."""

    def before_transaction(self, name: str, chance: random.Random) -> None:
        """A process is about to begin a transaction; others may be in between."""


class SimWitness(Witness):
    """Sees the ends of simulated processes.

    Args:
        boot_id: Of the present boot.
        own_proof: Names the life of the process that it is of.
        host: Knows who lives.
    """

    def __init__(self, boot_id: str, own_proof: str, host: Host) -> None:
        super().__init__(boot_id)
        self._own_proof = own_proof
        self._host = host

    @property
    def own_proof(self) -> str:
        """See `Witness`."""
        return self._own_proof

    def saw_end(self, proof: str) -> bool:
        """See `Witness`."""
        return proof.startswith(f"{self._boot_id} ") and self._host.has_ended(proof)


class SimKeeperPlace(KeeperPlace):
    """See `KeeperPlace`.

    Args:
        settings: Which file, and by which clock.
        process: Whose thread it is.
        witness: Of that process.
        host: Of all of them.
        chance: Of this thread alone.

    Attributes:
        connection: To the file, as long as it is open.
        takes_s: How long the last operation that was begun takes, or took.
    """

    def __init__(
        self, settings: SqliteSettings, process: SimProcess, witness: SimWitness, host: Host, chance: random.Random
    ) -> None:
        super().__init__(settings)
        self.takes_s = 0.0
        self.connection: sqlite3.Connection | None = None
        self._loop = asyncio.get_running_loop()
        self._process = process
        self._witness = witness
        self._host = host
        self._chance = chance
        self._keeper: LeaseKeeper | None = None
        self._jobs: deque[Job | None] = deque()
        self._turn = 0
        self._doing: Callable[[], None] | None = None
        self._closed: asyncio.Future[None] = self._loop.create_future()
        self._began: float | None = None
        self._changes = 0
        self._is_working = False
        self._patience_s = self._waits_until = 0.0
        self._syncs, self._has_synced = True, False

    @property
    def name(self) -> str:
        """Of its process."""
        return self._process.name

    async def open(self, tell: Tell) -> LeaseKeeper:
        """See `KeeperPlace`."""
        await asyncio.sleep(self._host.takes_s(self._process.name, self._chance))
        settings = replace(self._settings, clock=self._clock)
        keeper = self._keeper = LeaseKeeper(settings, partial(self._post, tell), self._witness)
        connection = self.connection = keeper.database._connection
        self._patience_s = connection.execute("PRAGMA busy_timeout").fetchone()[0] / 1000
        connection.execute("PRAGMA busy_timeout = 0")  # who waits for a lock would wait for ever in one thread
        connection.set_trace_callback(self._traced)
        self._plan(0.0)
        return keeper

    def put(self, job: Job | None) -> None:
        """See `KeeperPlace`."""
        self._jobs.append(job)
        if self._doing is None:
            self._plan(0.0)

    async def close(self) -> None:
        """See `KeeperPlace`."""
        self.put(None)
        await self._closed

    def die(self) -> None:
        """The process was killed: in the midst of an operation that is done or is not, and nobody is told."""
        if self._doing is not None and self._chance.random() < 0.5:
            self._work(self._doing)
        self.let_go()

    def let_go(self) -> None:
        """Close the file: nothing is done any more, not even what was begun."""
        keeper, self._keeper, self._doing, self.connection = self._keeper, None, None, None
        if keeper is not None:
            keeper.close()

    def _post(self, call: Callable[..., None], *args: Any) -> None:
        self._process.run(partial(self._loop.call_soon, call, *args))

    # --- the thread ---------------------------------------------------------------------------------------------------

    def _plan(self, after_s: float) -> None:
        """Its next turn; one that was planned before is none any more."""
        self._turn += 1
        self._host.network.at(self._host.network.now() + after_s, self._begin, self._turn)

    def _begin(self, turn: int) -> None:
        keeper, network = self._keeper, self._host.network
        if turn != self._turn or keeper is None:
            return
        if self._host.is_stopped(self._process.name):
            network.at(network.now() + self._settings.poll_s, self._begin, turn)
            return
        job = self._jobs.popleft() if self._jobs else _nothing
        if job is None:
            self.let_go()
            self._process.run(lambda: self._closed.set_result(None))
            return
        self._began = self._settings.clock()
        seen, takes_s = self.loop_seen, self._host.takes_s(self._process.name, self._chance)

        def do() -> None:
            job(keeper)
            self._tell_if_written()
            keeper.look(seen)
            self._tell_if_written()

        self._doing, self.takes_s = do, takes_s
        waits_s = self._patience_s if job is not _nothing else 0.0  # a look has shown what it read before it waits
        self._waits_until = network.now() + takes_s + waits_s
        network.at(network.now() + takes_s, self._end, turn)

    def _end(self, turn: int) -> None:
        network = self._host.network
        if turn != self._turn or self._doing is None:
            return
        if self._host.is_stopped(self._process.name):
            network.at(network.now() + self._settings.poll_s, self._end, turn)
        elif self._host.disk.is_locked and network.now() < self._waits_until:
            self.takes_s += LOCK_LOOK_S
            network.at(network.now() + LOCK_LOOK_S, self._end, turn)
        else:
            self.comes_first()

    def comes_first(self) -> bool:
        """Do now what was begun, before whoever else is at work; False if nothing was, or the process stands still."""
        if self._doing is None or self._is_working or self._host.is_stopped(self._process.name):
            return False
        do, self._doing = self._doing, None
        self._work(do)
        self._plan(0.0 if self._jobs else self._settings.poll_s)
        return True

    def _work(self, do: Callable[[], None]) -> None:
        self._is_working = True
        try:
            do()
        finally:
            self._began, self._is_working = None, False

    def _tell_if_written(self) -> None:
        changes = self.connection.total_changes if self.connection is not None else 0
        has_synced, self._has_synced = self._has_synced, False
        if changes > self._changes:
            self._changes = changes
            self._host.written(self._process.name, is_synced=has_synced)

    def _clock(self) -> float:
        return self._settings.clock() if self._began is None else self._began

    def _traced(self, statement: str) -> None:
        if statement.startswith("BEGIN"):
            self._host.before_transaction(self._process.name, self._chance)
            self._began = None  # it has the lock, and that is now
        elif statement == "COMMIT":
            self._has_synced |= self._syncs
        elif statement.startswith("PRAGMA synchronous"):
            self._syncs = statement.endswith("FULL")


def _nothing(keeper: LeaseKeeper) -> None:
    """Only look."""
