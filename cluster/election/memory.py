"""The election of one process: for local mode, tests and the simulated cluster. A shared object instead of a server.

Leadership is held until it is given back, challenged, or `abandon`ed for the time of a lease. Runs on any loop, also on
virtual time. Deliberately not here: several processes (`cluster.election.sqlite`).
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from cluster.election.driver import ElectionListener, ElectionUnavailable, LeaderInfo, StaleEpoch, Succession


class MemoryElection:
    """What all drivers of the process share: the epoch, who holds it, and the values.

    Attributes:
        epoch: The newest epoch given out; `after_epoch`, by default 0, before the first.
        info: The confirmed leader.
        values: The fenced values.
        lease_ttl_s: Seconds until the office of an abandoned holder is free.
    """

    def __init__(self, lease_ttl_s: float = 2.0, *, after_epoch: int = 0) -> None:
        self.epoch = after_epoch
        self.info: LeaderInfo | None = None
        self.values: dict[str, bytes] = {}
        self.lease_ttl_s = lease_ttl_s
        self._holder: MemoryElectionDriver | None = None
        self._followers: list[MemoryElectionDriver] = []
        self._candidates: list[MemoryElectionDriver] = []
        self._free_since = Succession.FIRST

    def driver(self) -> MemoryElectionDriver:
        """A new connection."""
        return MemoryElectionDriver(self)

    def join(self, driver: MemoryElectionDriver) -> None:
        """`driver` follows from now on."""
        self._followers.append(driver)
        if self.info is not None:
            driver.tell_leader(self.info)

    def stand(self, driver: MemoryElectionDriver) -> None:
        """`driver` is a candidate; the first of them leads."""
        if driver not in self._candidates:
            self._candidates.append(driver)
            self._elect()

    def is_holder(self, driver: MemoryElectionDriver, epoch: int) -> bool:
        """Whether `driver` leads under `epoch`."""
        return driver is self._holder and epoch == self.epoch

    def confirm(self, driver: MemoryElectionDriver, info: LeaderInfo) -> bool:
        """Show `info` to everybody if `driver` leads under its epoch."""
        if not self.is_holder(driver, info.epoch):
            return False
        self._show(info)
        return True

    def challenge(self, driver: MemoryElectionDriver, epoch: int) -> None:
        """Take the office from the holder of `epoch`, for `driver` if it is a candidate."""
        if self._holder is None or epoch != self.epoch or driver is self._holder:
            return
        if driver in self._candidates:
            self._candidates.remove(driver)
            self._candidates.insert(0, driver)
        self._vacate(Succession.CHALLENGED)

    def resign(self, driver: MemoryElectionDriver) -> None:
        """`driver` is no candidate any more, and frees the office if it was its own."""
        if driver in self._candidates:
            self._candidates.remove(driver)
        if driver is self._holder:
            self._vacate(Succession.RESIGNED)

    def leave(self, driver: MemoryElectionDriver, *, abandoned: bool = False) -> None:
        """`driver` hears nothing any more. An abandoned office stays taken for `lease_ttl_s`."""
        if driver in self._followers:
            self._followers.remove(driver)
        if not abandoned:
            self.resign(driver)
        else:
            if driver in self._candidates:
                self._candidates.remove(driver)
            if driver is self._holder:
                epoch = self.epoch
                asyncio.get_running_loop().call_later(self.lease_ttl_s, self._expire, epoch)

    def revoke(self) -> None:
        """For tests: take the office from whoever holds it, as an outage would; the election then goes on."""
        if self._holder is not None:
            self._vacate(Succession.LEASE_EXPIRED)

    def check_epoch(self, epoch: int) -> None:
        """Raises `StaleEpoch` unless `epoch` is the newest."""
        if epoch != self.epoch:
            raise StaleEpoch(epoch, self.epoch)

    def _expire(self, epoch: int) -> None:
        if self._holder is not None and epoch == self.epoch:
            self._vacate(Succession.LEASE_EXPIRED)

    def _vacate(self, how: Succession) -> None:
        former, self._holder = self._holder, None
        if former is not None:
            former.tell_revoked()
        self._show(None)
        if former in self._candidates and len(self._candidates) > 1 and self._candidates[0] is former:
            self._candidates.append(self._candidates.pop(0))
        self._free_since = how
        self._elect()

    def _elect(self) -> None:
        if self._holder is None and self._candidates:
            self._holder = self._candidates[0]
            self.epoch += 1
            self._holder.tell_granted(self.epoch, self._free_since)

    def _show(self, info: LeaderInfo | None) -> None:
        if info != self.info:
            self.info = info
            for follower in self._followers:
                follower.tell_leader(info)


class MemoryElectionDriver:
    """One participant of a `MemoryElection`; an `ElectionDriver` and its own `PointerStore`."""

    def __init__(self, election: MemoryElection) -> None:
        self._election = election
        self._listener: ElectionListener | None = None
        self.succession = Succession.FIRST

    @property
    def pointers(self) -> MemoryElectionDriver:
        """The fenced values."""
        return self

    async def start(self, listener: ElectionListener) -> None:
        """See `ElectionDriver`."""
        self._listener = listener
        self._election.join(self)

    async def stand(self, candidate: str) -> None:
        """See `ElectionDriver`. The name is not needed: the driver itself is the candidate."""
        if self._listener is None:
            raise ElectionUnavailable(f"candidate {candidate} stands before its driver was started")
        self._election.stand(self)

    def holds(self, epoch: int) -> bool:
        """See `ElectionDriver`."""
        return self._election.is_holder(self, epoch)

    async def publish(self, info: LeaderInfo) -> bool:
        """See `ElectionDriver`."""
        return self._election.confirm(self, info)

    async def challenge(self, epoch: int) -> None:
        """See `ElectionDriver`."""
        self._election.challenge(self, epoch)

    async def resign(self) -> None:
        """See `ElectionDriver`."""
        self._election.resign(self)

    async def close(self) -> None:
        """See `ElectionDriver`."""
        self._listener = None
        self._election.leave(self)

    async def abandon(self) -> None:
        """See `ElectionDriver`."""
        self._listener = None
        self._election.leave(self, abandoned=True)

    async def put(self, key: str, value: bytes, epoch: int) -> None:
        """See `PointerStore`."""
        self._election.check_epoch(epoch)
        self._election.values[key] = value

    async def delete(self, key: str, epoch: int) -> bool:
        """See `PointerStore`."""
        self._election.check_epoch(epoch)
        return self._election.values.pop(key, None) is not None

    async def get(self, key: str) -> bytes | None:
        """See `PointerStore`."""
        return self._election.values.get(key)

    async def list(self, prefix: str) -> dict[str, bytes]:
        """See `PointerStore`."""
        return {key: value for key, value in sorted(self._election.values.items()) if key.startswith(prefix)}

    def tell_granted(self, epoch: int, how: Succession) -> None:
        """For the election."""

        def tell(listener: ElectionListener) -> None:
            self.succession = how
            listener.granted(epoch)

        self._later(tell)

    def tell_revoked(self) -> None:
        """For the election."""
        self._later(lambda listener: listener.revoked())

    def tell_leader(self, info: LeaderInfo | None) -> None:
        """For the election."""
        self._later(lambda listener: listener.leader_changed(info))

    def _later(self, tell: Callable[[ElectionListener], None]) -> None:
        asyncio.get_running_loop().call_soon(self._tell, tell)

    def _tell(self, tell: Callable[[ElectionListener], None]) -> None:
        if self._listener is not None:
            tell(self._listener)
