"""Where the safeguards of the models are in the code, so that a name which goes is missed here."""

from __future__ import annotations

import importlib

IN_THE_CODE: dict[str, dict[str, str]] = {
    "watch": {
        "ANSWER_FOR_DEAD": "runtime.dead:DeadSink.signal",
        "BOOK": "actors.watching:WatchBook",
        "INCARNATION": "runtime.protocol.verdict:Verdict.is_dead",
        "NEW_INCARNATION": "runtime.protocol.verdict:Verdict._recognise",
        "RESEND": "runtime.protocol.delivery:SystemSender.unacked",
        "SEQUENCE": "runtime.protocol.delivery:SystemReceiver.receive",
    },
    "election": {
        "DEADLINE": "cluster.model.tenure:Tenure.holds",
        "EPOCH": "cluster.election.zookeeper.pointers:ZookeeperPointers._write",
        "GENERATION": "cluster.model.latch:Latch.created",
        "GUID": "cluster.model.latch_order:prefix_of",
        "OWNER": "cluster.model.latch:Latch.surveyed",
        "TRANSACTION": "cluster.election.zookeeper.steps:OfficeSteps.take",
    },
    "verdict": {
        "CONFIRM": "runtime.protocol.verdict:Verdict._doubt",
        "DRAIN": "runtime.protocol.verdict:Verdict._condemn",
        "GRACE": "runtime.protocol.verdict:Verdict._stalled",
        "HANDSHAKE": "runtime.protocol.handshake:Dialler.hear",
        "HELLO": "runtime.protocol.verdict:Verdict._compare",
        "INCARNATION": "runtime.protocol.verdict:Verdict._recognise",
        "QUARANTINE": "runtime.protocol.verdict:Verdict.is_dead",
        "SECOND_LOOK": "runtime.protocol.verdict:Verdict._silent",
    },
}
"""By model and word: `module:name`."""


def is_there(place: str) -> bool:
    """Whether `module:name` exists."""
    module, _, name = place.partition(":")
    found: object = importlib.import_module(module)
    for part in name.split("."):
        if not hasattr(found, part):
            return False
        found = getattr(found, part)
    return True
