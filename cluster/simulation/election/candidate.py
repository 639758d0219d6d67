"""`Candidate`: one process that stands for election and, as the leader, writes a register and gives orders. SHELL.

The driver, the steps of the recipe, the values and `LeaderOffice` with its core are the unmodified ones; only the actor
that performs what the core says (`Contender`) is replaced by some tasks here, so that no actor system is needed.
Deliberately not here: what must be true (`rules`).
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Coroutine, Iterable
from contextlib import AbstractContextManager
from typing import Any, Protocol

from actors import DeathCause, Terminated
from cluster.election.driver import ElectionDriver, ElectionUnavailable, LeaderInfo, StaleEpoch
from cluster.election.office import LeaderOffice, Perform
from cluster.model.leadership import Challenge, LeadershipEffect, Publish, Resign, Role, StartLeader, StopLeader

REGISTER = "jobs/register"
AGAIN_S = 0.1
REST_S = 1.0


class Audience(Protocol):
    """Who sees what a leader does."""

    def acts(self, name: str, epoch: int) -> None:
        """It is about to act."""

    def order(self, name: str, epoch: int, number: int) -> None:
        """It gives an order to every follower."""

    def starts(self, name: str, epoch: int, granted: int) -> None:
        """It starts a leader part, and was granted that epoch, 0 for none any more."""

    def asks(self, name: str, what: str) -> AbstractContextManager[None]:
        """It asks its driver for something, and is answered when the block ends."""
        ...


class _Office(LeaderOffice):
    """Also knows what it was granted last, and if it is told that it has lost that.

    Attributes:
        was_granted: The epoch; 0 for none.
    """

    was_granted = 0

    def granted(self, epoch: int) -> None:
        """See `ElectionListener`."""
        self.was_granted = epoch
        super().granted(epoch)

    def revoked(self) -> None:
        """See `ElectionListener`."""
        self.was_granted = 0
        super().revoked()


class Candidate:
    """One candidate.

    Args:
        name: Of its process.
        driver: Of the election; not started yet.
        audience: Sees what it does.
        pace_s: Between two acts.

    Attributes:
        driver: Of the election.
        office: The process's own.
    """

    def __init__(self, name: str, driver: ElectionDriver, audience: Audience, pace_s: float) -> None:
        loop = asyncio.get_running_loop()
        self.office = _Office(driver, lambda _: name, loop.time)
        self.office.open(self)  # type: ignore[arg-type]  # only told things, as a reference is
        self._name = name
        self.driver = driver
        self._audience = audience
        self._pace_s = pace_s
        self._work: asyncio.Task[None] | None = None
        self._tasks: set[asyncio.Task[Any]] = set()

    async def run(self) -> None:
        """Stand, for ever."""
        await self.driver.start(self.office)
        self.office.core.stand()
        await self.driver.stand(self._name)
        await asyncio.get_running_loop().create_future()

    def is_believing(self) -> bool:
        """Whether it would act as the leader now."""
        return self.office.may_act(self.office.core.epoch)

    def learn_of_death(self, epoch: int) -> None:
        """Somebody says, as if for certain, that the leader of an epoch is dead."""
        leader: Any = None
        self.office.leader_died(epoch, Terminated(leader, cause=DeathCause.PROCESS_DEAD))

    def tell(self, message: Any, sender: Any = None) -> None:
        """What the office has for the contender; as a mailbox would, later."""
        if isinstance(message, Perform):
            self._look(message.effects)
            asyncio.get_running_loop().call_soon(self._perform, message.effects)

    # --- as the contender does ----------------------------------------------------------------------------------------

    def _perform(self, effects: tuple[LeadershipEffect, ...] | list[LeadershipEffect]) -> None:
        for effect in effects:
            match effect:
                case StartLeader(epoch):
                    self._work = self._spawn(self._lead(epoch))
                case StopLeader(epoch):
                    self._spawn(self._end(epoch))
                case Publish():
                    self._spawn(self._publish(effect))
                case Challenge(epoch):
                    self._spawn(self._challenge(epoch))
                case Resign():
                    self._spawn(self._rest())

    async def _end(self, epoch: int) -> None:
        work, self._work = self._work, None
        if work is not None:
            work.cancel()
            await asyncio.wait([work])
        effects = self.office.core.stopped(epoch)
        self._look(effects)
        self._perform(effects)

    def _look(self, effects: Iterable[LeadershipEffect]) -> None:
        for effect in effects:
            if isinstance(effect, StartLeader):
                self._audience.starts(self._name, effect.epoch, self.office.was_granted)

    async def _publish(self, publish: Publish) -> None:
        core = self.office.core
        info = LeaderInfo(publish.epoch, publish.address, self._name, self._name)
        while core.role is Role.CONFIRMING and core.epoch == publish.epoch:
            try:
                with self._audience.asks(self._name, "a publication"):
                    confirmed = await self.driver.publish(info)
            except ElectionUnavailable:
                await asyncio.sleep(AGAIN_S)
            else:
                settle = core.published if confirmed else core.publish_failed
                self._perform(settle(publish.epoch))
                return

    async def _challenge(self, epoch: int) -> None:
        with contextlib.suppress(ElectionUnavailable), self._audience.asks(self._name, "a challenge"):
            await self.driver.challenge(epoch)

    async def _rest(self) -> None:
        with contextlib.suppress(ElectionUnavailable), self._audience.asks(self._name, "an end of its office"):
            await self.driver.resign()  # if not, as the contender has it, the lease runs out by itself
        await asyncio.sleep(REST_S)
        with contextlib.suppress(ElectionUnavailable), self._audience.asks(self._name, "a candidacy"):
            await self.driver.stand(self._name)  # else it has left meanwhile, and stood still before it was gone

    def cancel(self) -> None:
        """End what it has begun, where no process ends with it."""
        for task in self._tasks:
            task.cancel()

    def _spawn(self, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task

    # --- the leader's work --------------------------------------------------------------------------------------------

    async def _lead(self, epoch: int) -> None:
        """Let others see us, read the register, then count on in it."""
        self.office.reachable(epoch, None)  # type: ignore[arg-type]  # no dispatcher
        count = await self._read()
        while True:
            await asyncio.sleep(self._pace_s)
            if not self.office.may_act(epoch):
                continue
            self._audience.acts(self._name, epoch)
            self._audience.order(self._name, epoch, count + 1)
            try:
                await self.prepare()
                with self._audience.asks(self._name, "a write"):
                    await self.driver.pointers.put(REGISTER, f"{epoch}:{count + 1}".encode(), epoch)
            except StaleEpoch as error:
                self.office.broken(epoch, error)
                return
            except ElectionUnavailable:
                count = await self._read()  # whether it was written is not known: it is not written again, but read
            else:
                count += 1

    async def prepare(self) -> None:
        """Between the decision to write and the write; takes no time here."""

    async def _read(self) -> int:
        while True:
            try:
                with self._audience.asks(self._name, "a value"):
                    value = await self.driver.pointers.get(REGISTER)
            except ElectionUnavailable:
                await asyncio.sleep(AGAIN_S)
            else:
                return int(value.partition(b":")[2]) if value else 0
