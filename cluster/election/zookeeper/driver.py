"""`ZookeeperElectionDriver`: the election among machines. A shell of `cluster.model.latch`, and an `ElectionDriver`.

Feeds the core with what the ensemble and the clock say, performs its steps, and tells the process. Each step runs in a
task of its own, which belongs to the driver. Deliberately not here: the requests (`steps`), the values (`pointers`),
following the leader (`sight`), telling the process (`news`), kazoo (`client`).
"""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import Callable, Coroutine, Iterable
from typing import Any

from kazoo.exceptions import NoAuthError

from cluster.election.driver import ElectionListener, ElectionUnavailable, LeaderInfo, Succession
from cluster.election.zookeeper.client import ClientEvent, Connected, Disconnected, Expired, ZookeeperClient
from cluster.election.zookeeper.layout import Layout
from cluster.election.zookeeper.news import News
from cluster.election.zookeeper.pointers import ZookeeperPointers
from cluster.election.zookeeper.settings import ZookeeperSettings, monotonic
from cluster.election.zookeeper.sight import LeaderWatch
from cluster.election.zookeeper.steps import UNKNOWN, OfficeSteps
from cluster.election.zookeeper.transaction import Refused
from cluster.election.zookeeper.trouble import explained
from cluster.election.zookeeper.watches import LatchWatches
from cluster.model.latch import Latch
from cluster.model.latch_effects import (
    Ask,
    Create,
    Granted,
    LatchEffect,
    Probe,
    Remove,
    Resumed,
    Revoked,
    Survey,
    Suspended,
    Take,
    Watch,
)

STUCK_LOOKS_PER_TIMEOUT = 12
"""How often it is looked whether a connection does not come about."""


class ZookeeperElectionDriver:
    """One process's connection to the election.

    Args:
        settings: Which ensemble, and where in it.
        nonce: Begins the names of its latch nodes; drawn by default, and no two may be equal.
        clock: Monotonic seconds.
        connect: Makes the client; another one than kazoo's in a simulation.
    """

    def __init__(
        self,
        settings: ZookeeperSettings,
        nonce: str | None = None,
        clock: Callable[[], float] = monotonic,
        connect: Callable[[ZookeeperSettings, Callable[[ClientEvent], None]], Any] = ZookeeperClient,
    ) -> None:
        self.succession = Succession.FIRST
        self._settings = settings
        self._clock = clock
        self._connect = connect
        self._layout = Layout(settings.root, settings.cluster_id)
        self._nonce = nonce or uuid.uuid4().hex
        self._latch = Latch(self._nonce)
        self._news = News(settings)
        self._client: ZookeeperClient | None = None
        self._steps: OfficeSteps
        self._sight: LeaderWatch
        self._pointers: ZookeeperPointers
        self._watches: LatchWatches
        self._tasks: set[asyncio.Task[Any]] = set()
        self._alarm: asyncio.TimerHandle | None = None
        self._since = 0.0

    # --- the driver's methods -----------------------------------------------------------------------------------------

    @property
    def pointers(self) -> ZookeeperPointers:
        """The fenced values; there are none before `start`."""
        return self._pointers

    async def start(self, listener: ElectionListener) -> None:
        """See `ElectionDriver`. Does not wait for a connection, which is made as soon as that is possible."""
        self._news.listener = listener
        client = self._client = self._connect(self._settings, self._heard)
        self._steps = OfficeSteps(client, self._layout, self._nonce)
        self._sight = LeaderWatch(client, self._layout.info, self._clock, self._show, self._news.failed, self._spawn)
        gone = lambda name: self._perform(self._latch.gone(name))  # noqa: E731 - news
        self._watches = LatchWatches(client, self._layout, gone, self._not_done)
        holds = lambda: self._latch.tenure is not None  # noqa: E731 - a look, not more
        self._pointers = ZookeeperPointers(client, self._settings, self._layout, self._steps, self._seat, holds)
        self._since = self._clock()
        client.start()
        self._set_alarm()

    async def stand(self, candidate: str) -> None:
        """See `ElectionDriver`. The name is not needed: the driver's nodes have names of their own."""
        if self._client is None:
            raise ElectionUnavailable(f"candidate {candidate} stands before its driver was started")
        self._perform(self._latch.stand())

    def holds(self, epoch: int) -> bool:
        """See `ElectionDriver`."""
        return self._latch.holds(epoch, self._clock())

    async def publish(self, info: LeaderInfo) -> bool:
        """See `ElectionDriver`."""
        seat = self._seat(info.epoch)
        if seat is None:
            return False
        try:
            return await self._steps.publish(info, *seat)
        except Exception as error:
            raise explained("the publication of the leader", error, self._settings) from error

    async def challenge(self, epoch: int) -> None:
        """See `ElectionDriver`."""
        if self._client is None:
            raise ElectionUnavailable("the election's driver is not running")
        if self._latch.is_candidate:
            self._perform(self._latch.challenge(epoch))
        else:
            try:
                await self._client.ready()
                await self._steps.vacate(epoch)
            except Exception as error:
                raise explained(f"the challenge of epoch {epoch}", error, self._settings) from error

    async def resign(self) -> None:
        """See `ElectionDriver`. Without a connection, what is held goes with the session at the latest."""
        before = set(self._tasks)
        self._perform(self._latch.resign())
        removals = self._tasks - before
        if removals:
            await asyncio.wait(removals)

    async def close(self) -> None:
        """See `ElectionDriver`."""
        self._news.listener = None
        if self._client is not None:
            try:
                await self.resign()
            finally:
                await self._leave(gracefully=True)

    async def abandon(self) -> None:
        """See `ElectionDriver`."""
        self._news.listener = None
        await self._leave(gracefully=False)

    # --- what comes in ------------------------------------------------------------------------------------------------

    def _heard(self, event: ClientEvent) -> None:
        match event:
            case Connected(session, timeout_s, asked_at):
                self._news.is_well()
                self._watches.connected()
                self._perform(self._latch.connected_as(session, timeout_s, asked_at))
                self._sight.connected()
            case Disconnected():
                self._since = self._clock()
                self._sight.suspended()
                self._perform(self._latch.suspended())
            case Expired():
                self._sight.suspended()
                self._perform(self._latch.lost())

    def _tick(self) -> None:
        self._sight.tick()
        self._perform(self._latch.tick(self._clock()))
        client = self._client
        if client is not None and not client.connected.is_set():
            client.drop_if_stuck()
            self._news.cut_off(self._clock() - self._since, client.timeout_s, client.last_error)

    def _show(self, info: LeaderInfo | None) -> None:
        if info is not None:
            self._news.is_well()
        self._perform(self._latch.heard_of(info.epoch if info is not None else 0))
        self._news.tell_now(lambda listener: listener.leader_changed(info))

    # --- effects ------------------------------------------------------------------------------------------------------

    def _perform(self, effects: Iterable[LatchEffect]) -> None:
        for effect in effects:
            match effect:
                case Granted(epoch, how):
                    self.succession = Succession(how.value)
                    self._news.granted(epoch)
                case Revoked():
                    self._news.tell(lambda listener: listener.revoked())
                case Suspended():
                    self._news.tell(lambda listener: listener.suspended())
                case Resumed():
                    self._news.tell(lambda listener: listener.resumed())
                case Watch(name):
                    self._spawn(self._watches.watch(name))
                case Ask(name):
                    self._spawn(self._ask(name))
                case Remove():
                    self._spawn(self._remove(effect))
                case _:
                    self._spawn(self._step(effect))
        self._set_alarm()

    async def _step(self, step: Create | Survey | Take | Probe) -> None:
        latch, generation, sent_at = self._latch, step.generation, self._clock()
        try:
            match step:
                case Survey():
                    view = await self._steps.survey()
                    latch.heard.answered(sent_at, self._clock())
                    self._perform(latch.surveyed(generation, view))
                case Create():
                    name = await self._steps.create()
                    latch.heard.answered(sent_at, self._clock())
                    self._perform(latch.created(generation, name))
                case Take():
                    version = await self._steps.take(step)
                    self._perform(latch.taken(generation, version, sent_at, self._clock()))
                case Probe():
                    await self._steps.probe(step)
                    self._perform(latch.proven(generation, sent_at, self._clock()))
        except UNKNOWN:
            self._perform(latch.failed(generation, self._clock()))
        except Refused as refused:
            if isinstance(refused.error, NoAuthError):
                self._news.failed(refused.error)
                self._perform(latch.failed(generation, self._clock()))
            else:
                self._perform(latch.refused(generation))
        except Exception as error:
            self._news.failed(error)
            self._perform(latch.failed(generation, self._clock()))

    async def _ask(self, name: str) -> None:
        sent_at = self._clock()
        try:
            is_there = await self._steps.is_there(name)
        except UNKNOWN:
            return  # the next connection looks again
        except Exception as error:
            self._not_done(error)
            return
        self._latch.heard.answered(sent_at, self._clock())
        self._perform([] if is_there else self._latch.gone(name))

    async def _remove(self, remove: Remove) -> None:
        try:
            await self._steps.remove(remove)
        except Exception as error:  # a later survey finds it, or it goes with the session
            self._not_done(error)

    def _not_done(self, error: Exception) -> None:
        """Something was not watched or removed; whether it was is not known if there was no answer."""
        if not isinstance(error, UNKNOWN):
            self._news.failed(error)
        self._perform(self._latch.not_done(self._clock()))

    # --- inside -------------------------------------------------------------------------------------------------------

    def _seat(self, epoch: int) -> tuple[str, int] | None:
        tenure = self._latch.tenure
        return (self._latch.name, tenure.version) if tenure is not None and tenure.epoch == epoch else None

    def _set_alarm(self) -> None:
        if self._alarm is not None:
            self._alarm.cancel()
        client = self._client
        if client is not None:
            now = self._clock()
            wait_s = min(self._latch.wake_at, self._sight.core.distrust_at) - now
            if not client.connected.is_set():
                wait_s = min(wait_s, client.timeout_s / STUCK_LOOKS_PER_TIMEOUT)
            # The loop's clock may stand still while the machine sleeps, ours does not: look now and then in any case.
            self._alarm = asyncio.get_running_loop().call_later(max(0.0, min(wait_s, 1.0)), self._tick)

    def _spawn(self, work: Coroutine[Any, Any, None]) -> asyncio.Task[Any]:
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task

    async def _leave(self, *, gracefully: bool) -> None:
        client, self._client = self._client, None
        if self._alarm is not None:
            self._alarm.cancel()
        if client is not None:
            for task in list(self._tasks):
                task.cancel()
            if self._tasks:  # `gather` of none asks for a loop, also where none runs any more: it makes one
                await asyncio.gather(*self._tasks, return_exceptions=True)
            await client.stop(gracefully=gracefully)
