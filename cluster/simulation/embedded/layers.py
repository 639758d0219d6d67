"""`Layers`: I14, each safeguard of an embedded election by itself, though another stands behind it. SHELL: only reads.

A leader whose lease is over stops by its loop's timer, by the clock before each act, and by the epoch of each write; so
none of them is missed alone. Here each is asked: no machine contradicts itself; whoever may act has a lease that lasts,
by the clock; whoever has none for a moment does not act by its core; who is shown to a process is who is in the file,
and nobody whose lease is over; and no lease is renewed for an event loop that stands still. Deliberately not here: what
comes of it (`rules`).
"""

from __future__ import annotations

from typing import Any

from cluster.election.driver import LeaderInfo
from cluster.election.sqlite_keeper import STALLED_LOOP_TTLS
from cluster.model.lease import Lease
from runtime.sim.campaign import Record

ACTS_FOR = 0.85
"""The part of a lease's time for which its holder acts: others go by the same clock, but not at the same moment."""
NOTICES_S = 0.3
"""After so long a process that runs has noticed what it can notice."""


class Layers:
    """Asks each layer of each process.

    Args:
        record: Is told, and raises.
        lease_s: How long a lease holds without renewal.
    """

    def __init__(self, record: Record, lease_s: float) -> None:
        self._record = record
        self._lease_s = lease_s
        self._since: dict[tuple[str, str], float] = {}
        self._shown: dict[str, LeaderInfo | None] = {}

    def look(self, name: str, candidate: Any, row: Lease | None, now: float) -> None:
        """A running candidate; the lease that is in the file; and the machine's time."""
        require, core, driver = self._record.require, candidate.office.core, candidate.driver
        try:
            core.check()
        except AssertionError as error:
            require(False, "I14", f"{name}: {error}")
        lease = driver._keeper.lease if driver._keeper is not None else None
        acts_s = ACTS_FOR * self._lease_s
        lasts = lease is not None and lease.epoch == core.epoch and now < lease.renewed_at + acts_s
        if core.epoch and candidate.office.may_act(core.epoch):
            require(lasts, "I14", f"{name} acts at {now:.3f} with {lease}")
        is_past = row is not None and row.epoch != core.epoch
        goes_on = bool(core.epoch) and core.may_act(core.epoch) and (is_past or not lasts)
        text = f"{name} would act by its core at {now:.3f} with {lease}, and in the file is {row}"
        require(not self._lasts(name, "core", goes_on), "I14", text)

    def sees(self, name: str, driver: Any, shown: LeaderInfo | None, lease: Lease | None, is_over: bool) -> None:
        """A running process whose file answers, and who is shown in that.

        Args:
            name: The process.
            driver: Its driver.
            shown: Who is shown in the file.
            lease: As it is in the file.
            is_over: Whether that lease has run out.
        """
        keeper = driver._keeper
        if keeper is None:
            return
        seen = keeper._visible
        expected = None if is_over else shown
        is_news = self._shown.get(name, expected) != expected
        self._shown[name] = expected
        text = f"{name} sees {seen}, and {expected} is shown with {lease}"
        self._record.require(not self._lasts(name, "sees", seen != expected and not is_news), "I14", text)

    def renewed(self, name: str, stalled_s: float) -> None:
        """A process has renewed its lease, and its event loop stands still for so long."""
        text = f"{name} renews its lease, and its event loop stands still for {stalled_s:.1f} s"
        self._record.require(stalled_s < STALLED_LOOP_TTLS * self._lease_s + NOTICES_S, "I14", text)

    def absent(self, name: str) -> None:
        """It does not run, or not well: it notices nothing."""
        for key in [key for key in self._since if key[0] == name]:
            del self._since[key]

    def _lasts(self, name: str, what: str, is_so: bool) -> bool:
        """Whether it is so for longer than it takes to notice."""
        if not is_so:
            self._since.pop((name, what), None)
            return False
        return self._record.now() - self._since.setdefault((name, what), self._record.now()) > NOTICES_S
