"""`Layers`: I14, each safeguard of an election by itself, though another stands behind it. SHELL: only reads.

A leader that has lost touch stops by its core, and by its driver, and by the clock, and by the fence of each write; so
none of them is missed alone. Here each is asked: no machine contradicts itself; the core of who has lost touch does not
act; whoever may act holds its office by the clock; a session that is over at the ensemble was given up by its client
before, or is when its last word is as old, and nobody acts on it, or would if it ended as soon as it may; a later
leader that is shown, or a later grant, ends an earlier office; who leads is shown; an office that is over is given up,
and one that is held has a leader; the first of the queue takes a free one; who has a connection waits for something,
and sees who is shown, and nobody who was gone before; who has none for long sees nobody; and in the end each has one
place in the queue, and no other. Deliberately not here: what comes of it (`rules`).
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterable
from typing import Any

from cluster.election.driver import LeaderInfo
from cluster.election.zookeeper.transaction import Op
from cluster.model import latch_invariants
from cluster.model.latch import NEVER
from cluster.model.latch_effects import Place
from cluster.model.latch_order import in_order
from cluster.simulation.member import Session
from cluster.simulation.tree import Tree
from runtime.sim.campaign import Record

NOTICES_S = 0.15
"""After so long a process has noticed what it can notice at once."""
TICK_S = 1.2
"""A driver looks at its clock at least once a second."""


class Layers:
    """Asks each layer of each candidate.

    Args:
        record: Is told, and raises.
        session_s: Timeout of sessions.
    """

    def __init__(self, record: Record, session_s: float) -> None:
        self._record = record
        self._session_s = session_s
        self._since: dict[tuple[str, str], float] = {}
        self._shown: dict[str, LeaderInfo | None] = {}
        self._floors: dict[str, tuple[LeaderInfo | None, int]] = {}

    def look(self, name: str, candidate: Any, client: Any, epoch: int, granted_at: float, shown: int) -> None:
        """A running candidate; `epoch` is the newest that was granted, since `granted_at`; `shown` is, or 0 nobody."""
        now, require = self._record.now(), self._record.require
        driver, core = candidate.driver, candidate.office.core
        latch = driver._latch
        try:
            latch_invariants.check(latch)
            core.check()
        except AssertionError as error:
            require(False, "I14", f"{name}: {error}")
        acts = bool(core.epoch) and core.may_act(core.epoch)
        if self._lasts(name, "no touch", not client.connected.is_set()):
            require(not acts, "I14", f"{name} would act by its core, and has no connection")
        if core.epoch and candidate.office.may_act(core.epoch):
            require(driver.holds(core.epoch), "I14", f"{name} acts, and does not hold its office")
        leader = candidate.office.leader
        is_past = (
            core.role.value in ("granted", "confirming", "leading") and (leader.epoch if leader else 0) > core.epoch
        )
        text = f"{name} goes on under epoch {core.epoch}, and sees a later leader"
        require(not self._lasts(name, "later", is_past), "I14", text)
        tenure = latch.tenure
        held = tenure.epoch if tenure is not None and tenure.granted else 0
        is_deposed = 0 < held < epoch and client.connected.is_set()
        if self._lasts(name, "deposed", is_deposed, 2 * self._session_s):
            require(now - granted_at < 2 * self._session_s, "I14", f"{name} holds on to epoch {held} of {epoch}")
        is_over = tenure is not None and tenure.is_over(asyncio.get_running_loop().time())
        require(not self._lasts(name, "over", is_over, TICK_S), "I14", f"{name} keeps an office that is over")
        is_empty = held > 0 and core.role.value in ("standing", "follower")
        has_nobody = self._lasts(name, "empty", is_empty, self._session_s)
        require(not has_nobody, "I14", f"{name} holds an office, and does not lead")
        is_unseen = acts and shown != core.epoch and core.role.value in ("confirming", "leading")
        stays_unseen = self._lasts(name, "unseen", is_unseen and client.connected.is_set(), self._session_s)
        require(not stays_unseen, "I14", f"{name} is {core.role.value}, and is not shown")
        is_idle = latch.is_candidate and client.connected.is_set() and not driver._tasks and latch._next_at == NEVER
        is_stuck = is_idle and (
            latch.place is not Place.QUEUED or not {latch.name, latch._watching} <= driver._watches.names
        )
        require(not self._lasts(name, "stuck", is_stuck), "I14", f"{name} waits for nothing, and is {latch.place}")

    def lasts(self, name: str, candidate: Any, ends_at: float | None) -> None:
        """A running candidate, and its session: if nobody heard of it from now on, it would cease to act in time.

        That its member dies just now, and it stands still itself until its session is over, need not happen for that.
        """
        tenure = candidate.driver._latch.tenure
        if ends_at is not None and tenure is not None:
            left_s = ends_at - self._record.now()
            would_act = tenure.holds(asyncio.get_running_loop().time() + max(0.0, left_s))
            text = f"{name} would act under epoch {tenure.epoch} in {left_s:.2f} s, when its session may be over"
            self._record.require(not would_act, "I14", text)

    def sees(self, name: str, driver: Any, client: Any, tree: Tree | None, info: str, queue: str) -> None:
        """A running candidate or follower: whom it takes for the leader, and who is shown.

        Args:
            name: Its process.
            driver: Its driver.
            client: Of the ensemble.
            tree: What the member of the ensemble has to which it is connected, if it is.
            info: The path at which the leader is shown.
            queue: And that of the places.
        """
        core, highest = driver._sight.core, driver._latch._highest
        before, floor = self._floors.get(name, (None, 0))
        is_old = client.connected.is_set() and core.shown is not None and core.shown.epoch < floor
        stays_old = self._lasts(name, "old", is_old, self._session_s)
        text = f"{name} sees {core.shown}, though {floor} was shown, or due, before it had its connection"
        self._record.require(not is_old or (core.shown == before and not stays_old), "I14", text)
        is_heard = core.shown is None or core.shown.epoch <= highest
        self._record.require(is_heard, "I14", f"{name} sees {core.shown}, and would take epoch {highest + 1}")
        is_connected = client.connected.is_set()
        is_blind = self._lasts(name, "blind", not is_connected and core.shown is not None, client.timeout_s + TICK_S)
        self._record.require(not is_blind, "I14", f"{name} trusts whom it sees, and has no connection for too long")
        if tree is None or not is_connected:
            self._shown.pop(name, None)
            self._looks_anew(name)
            return
        waits_for = driver._latch._watching if driver._latch.place is Place.QUEUED else ""
        is_gone = bool(waits_for) and tree.exists(f"{queue}/{waits_for}") is None
        is_forsaken = self._lasts(name, "forsaken", is_gone, self._session_s)
        self._record.require(not is_forsaken, "I14", f"{name} waits for {waits_for}, which has gone")
        shown = LeaderInfo.from_bytes(tree.get(info)[0]) if tree.exists(info) is not None else None
        if core.shown == shown or self._shown.get(name) != shown:
            self._shown[name] = shown  # what is shown to it is new, or it has seen it
            self._lasts(name, "behind", is_so=False)
        is_behind = self._lasts(name, "behind", core.shown != shown, self._session_s)
        self._record.require(not is_behind, "I14", f"{name} sees {core.shown}, and shown is {shown}")

    def _looks_anew(self, name: str) -> None:
        """It has no connection: what it has not seen until now is due when it has had one for long enough."""
        for what in ("forsaken", "behind"):
            self._lasts(name, what, is_so=False)

    def reconnected(self, name: str, seen: LeaderInfo | None, floor: int) -> None:
        """There is a connection, perhaps for less than a look: what is read on it is no older than now.

        Args:
            name: Of the process.
            seen: Whom it takes for the leader.
            floor: The lowest epoch that may yet be shown, or is.
        """
        self._floors[name] = seen, floor
        for what in ("old", "blind"):
            self._lasts(name, what, is_so=False)

    def absent(self, name: str) -> None:
        """It does not run: it notices nothing."""
        for key in [key for key in self._since if key[0] == name]:
            del self._since[key]

    def close(self, candidates: Iterable[Any], tree: Tree, queue: str) -> None:
        """All is well for long: whose places the queue has."""
        names = {one.driver._latch.name for one in candidates}
        left = set(in_order(tree.children(queue))) - names
        self._record.require(not left, "I14", f"in the queue are {left}, which are nobody's")

    def ended(self, session: Session, name: str, candidate: Any) -> None:
        """A session is over at the ensemble, whose leading member may not know of its last word; its client runs."""
        latch = candidate.driver._latch
        tenure = latch.tenure
        if latch.session == session.id and tenure is not None and tenure.granted:
            now = asyncio.get_running_loop().time()
            left_s = tenure.deadline - now
            kept_s = session.spoken_at + session.timeout_s - self._record.now()  # as long as others may yet keep it
            text = f"{name} would hold on for {left_s:.2f} s to a session that is over"
            self._record.require(left_s <= max(0.0, kept_s), "I14", text)
            self._record.require(not tenure.holds(now), "I14", f"{name} would act, and its session is over")

    def granted(self, tree: Tree, queue: str, owner: str, ops: Iterable[Op]) -> None:
        """A process was given the office: it is the first of those who wait, unless it has deposed somebody."""
        if any(op.name == "delete" for op in ops):
            return
        holder = next(json.loads(op.args[1])["holder"] for op in ops if op.name == "set_data")
        waiting = [one for one in in_order(tree.children(queue)) if one == holder or not one.startswith(f"{owner}-")]
        self._record.require(waiting[:1] == [holder], "I14", f"{owner} takes the office before {waiting[:1]}")

    def _lasts(self, name: str, what: str, is_so: bool, for_s: float = NOTICES_S) -> bool:
        """Whether something was so at each look for so long."""
        if not is_so:
            self._since.pop((name, what), None)
            return False
        return self._record.now() - self._since.setdefault((name, what), self._record.now()) > for_s
