"""`depositions`: I9, a leader that somebody deposes is dead, or has stopped. SHELL: an observer of the ensemble.

Only what is certain shortens an election: silence, however long, waits for the end of a session. Who deposes a living
leader costs it its office and nobody a promise, so no other rule sees it. Deliberately not here: scenarios in which
somebody claims so by mistake (`cluster.simulation.election.rules`).
"""

from __future__ import annotations

import contextlib
import json
from typing import Any

from kazoo.exceptions import KazooException

from cluster.election.zookeeper.layout import Layout
from cluster.election.zookeeper.transaction import Op
from cluster.model.latch_effects import Vacancy
from cluster.model.leadership import Role
from cluster.simulation.cluster import SimCluster
from cluster.simulation.ensemble import Observer
from cluster.simulation.member import Session
from runtime.sim.campaign import Record, Violation
from runtime.sim.network import SimNetwork
from runtime.sim.process import SimProcess

LAYOUT = Layout("/flink", "/default")
_LEADS = (Role.GRANTED, Role.CONFIRMING, Role.LEADING)


def depositions(network: SimNetwork, cluster: SimCluster, record: Record) -> Observer:
    """Look at each deposition.

    Args:
        network: Whose processes lead.
        cluster: Whose JobManagers they are.
        record: Is told, and keeps what breaks: it is no matter of the ensemble's.
    """
    layout = LAYOUT
    held: list[tuple[int, SimProcess]] = []

    def decided(session: Session, ops: list[Op], results: list[Any]) -> None:
        written = next((op.args[1] for op in ops if op.name == "set_data" and op.args[0] == layout.record), None)
        if written is None or any(isinstance(result, KazooException) for result in results):
            return
        office = json.loads(written)
        takes = bool(office["holder"])
        removes = any(op.name == "delete" and op.args[0].startswith(f"{layout.queue}/") for op in ops)
        if (removes if takes else office["freed"] == Vacancy.CHALLENGED.value) and held:
            epoch, process = held[-1]
            record.sometimes("a leader was deposed by evidence")
            core = cluster.offices[process.name].office.core if process.alive else None
            leads = core is not None and core.epoch == epoch and core.role in _LEADS
            with contextlib.suppress(Violation):
                record.require(not leads, "I9", f"{session.owner} deposes {process.name} of epoch {epoch}, which lives")
        if takes:
            held[:] = [(int(office["epoch"]), network.process(session.owner))]

    return decided
