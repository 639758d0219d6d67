"""`Layers`: I14, each safeguard of an election by itself, though another stands behind it. SHELL: only reads.

A leader that has lost touch stops by its core, and by its driver, and by the clock, and by the fence of each write; so
none of them is missed alone. Here each is asked: no machine contradicts itself; the core of who has lost touch does not
act; whoever may act holds its office by the clock; a session that is over at the ensemble was given up by its client
before; a later leader that is shown, or a later grant, ends an earlier office; and the first of the queue takes a free
one. Deliberately not here: what comes of it (`rules`).
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterable
from typing import Any

from cluster.election.zookeeper.transaction import Op
from cluster.model.latch_order import in_order
from cluster.simulation.tree import Tree
from runtime.sim.campaign import Record

NOTICES_S = 0.15
"""After so long a process has noticed what it can notice at once."""


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

    def look(self, name: str, candidate: Any, client: Any, epoch: int, granted_at: float) -> None:
        """A running candidate; `epoch` is the newest that was granted, since `granted_at`."""
        now, require = self._record.now(), self._record.require
        driver, core = candidate.driver, candidate.office.core
        latch = driver._latch
        for machine in (latch, core):
            try:
                machine.check()
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

    def ended(self, session: int, name: str, candidate: Any) -> None:
        """A session is over at the ensemble; its client runs."""
        latch = candidate.driver._latch
        tenure = latch.tenure
        if latch.session == session and tenure is not None and tenure.granted:
            left_s = tenure.deadline - asyncio.get_running_loop().time()
            self._record.require(
                left_s <= 0, "I14", f"{name} would hold on for {left_s:.2f} s to a session that is over"
            )

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
