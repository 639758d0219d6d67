"""`asked`: what a simulated ensemble is asked, and how far it has come: moments for faults to wait for. SHELL.

A request is sent, arrives at a member, is applied or refused if it writes, is answered, and its answer is heard; a
watch is told and heard of. So `take.applied` is the moment in which the record of the office names another and nobody
knows it yet. Nothing of the ensemble or its clients knows of it: their methods are wrapped while a scenario is played.
Deliberately not here: which faults wait for what (`junctures`).
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Sequence
from typing import Any

from kazoo.exceptions import KazooException

from cluster.election.zookeeper.transaction import Op
from cluster.simulation.election.rules import LAYOUT
from cluster.simulation.ensemble import SimEnsemble
from cluster.simulation.member import ClientConnection, Session
from cluster.simulation.wrapping import Asks, around
from cluster.simulation.zookeeper_client import SimZookeeperClient
from runtime.sim.moments import Moment, Moments

WRITES = ("place", "take", "depose", "give-back", "part", "vacate", "show", "probe", "put", "drop", "sync")
READS = ("get-record", "get-info", "get-value", "exists-info", "exists-latch", "children-queue")
ON_THE_WAY = ("sent", "arrived", "answered", "heard")
MOMENTS = (
    *(f"{what}.{how}" for what in (*WRITES, *READS, "session") for how in ON_THE_WAY),
    *(f"{what}.applied" for what in WRITES),
    *(f"{what}.refused" for what in WRITES if what not in ("place", "sync")),
    "watch.answered",
    "watch.heard",
    "session.over",
)
"""All that a fault can wait for."""


def asked_for(kind: str, args: Sequence[Any]) -> str:
    """A request in a word; empty for what is of no interest."""
    match kind, args:
        case "connect", _:
            return "session"
        case "read", (_, name, path, _):
            return f"{name}-{_node(path)}"
        case "write", (_, ops):
            return written(ops)
    return ""


def written(ops: Sequence[Op]) -> str:
    """A transaction in a word."""
    does = {(op.name, _node(op.args[0])): op for op in ops}
    record = does.get(("set_data", "record"))
    if not ops:
        return "sync"
    if record is not None and ("check", "latch") in does:
        return "depose" if ("delete", "latch") in does else "take"
    if record is not None and ("delete", "latch") in does:
        return "vacate" if b"challenged" in record.args[1] else "give-back"
    if ("create", "latch") in does:
        return "place"
    if ("delete", "latch") in does:
        return "part"
    if ("create", "info") in does:
        return "show"
    if ("set_data", "value") in does or ("create", "value") in does:
        return "put"
    if ("delete", "value") in does:
        return "drop"
    return "probe" if ("check", "record") in does else ""


def _node(path: str) -> str:
    if path in (LAYOUT.record, LAYOUT.info, LAYOUT.queue):
        return {LAYOUT.record: "record", LAYOUT.info: "info"}.get(path, "queue")
    return "latch" if path.startswith(f"{LAYOUT.queue}/") else "value"


@contextlib.contextmanager
def asked(ensemble: SimEnsemble, moments: Moments) -> Iterator[None]:
    """Tell of all that an ensemble is asked, as long as the block lasts."""
    names: dict[tuple[object, int], str] = {}

    def happens(what: str, how: str, who: str, member: str) -> None:
        if what:
            moments.happens(Moment(f"{what}.{how}", who, member))

    def sends(original: Asks, client: SimZookeeperClient, kind: str, *args: Any) -> None:
        what = asked_for(kind, args)
        if what and kind != "connect":
            names[client, args[0]] = what
        original(client, kind, *args)
        happens(what, "sent", client._transport.process.name, client._member)

    def hears(original: Asks, client: SimZookeeperClient, kind: str, *args: Any) -> None:
        what = {"connected": "session", "changed": "watch"}.get(kind, "")
        if kind == "answer":
            what = names.pop((client, args[0]), "")
        happens(what, "heard", client._transport.process.name, client._member)
        original(client, kind, *args)

    def arrives(original: Asks, there: ClientConnection, kind: str, *args: Any) -> None:
        happens(asked_for(kind, args), "arrived", _client(there), there._member.name)
        if kind in ("read", "write"):
            names[there, args[0]] = asked_for(kind, args)
        original(there, kind, *args)

    def answers(original: Asks, there: ClientConnection, kind: str, *args: Any) -> None:
        what = {"connected": "session", "changed": "watch"}.get(kind, "")
        if kind == "answer":
            what = names.pop((there, args[0]), "")
        original(there, kind, *args)
        happens(what, "answered", _client(there), there._member.name)

    def decided(session: Session, ops: list[Op], results: list[Any]) -> None:
        is_refused = any(isinstance(result, KazooException) for result in results)
        happens(written(ops), "refused" if is_refused else "applied", session.owner, ensemble.leader or "")

    ensemble.observers.append(decided)
    ensemble.mourners.append(lambda session: happens("session", "over", session.owner, ensemble.leader or ""))
    with around(
        [
            (SimZookeeperClient, "_send", sends),
            (SimZookeeperClient, "_hear", hears),
            (ClientConnection, "_handle", arrives),
            (ClientConnection, "_send", answers),
        ]
    ):
        yield


def _client(there: ClientConnection) -> str:
    return there._connection.peer[0] if there._connection is not None else ""
