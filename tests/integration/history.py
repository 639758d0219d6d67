"""What candidates said and what the ensemble has kept, judged by the invariants I1 to I7 in linear scans.

The kept nodes carry the number of the transaction that made them: the order in which the ensemble has accepted the
writes, whoever believes what. Deliberately not here: making a history (`test_zookeeper_campaign`).
"""

from __future__ import annotations

import itertools
from collections import defaultdict
from dataclasses import dataclass

from kazoo.client import KazooClient

from benchmarks.failover.candidates import Moment

LATE = 50
"""So many attempts a leader may make after its first refusal: its revocation is on the way.

Not for so long: it may be frozen just then, or on a busy machine.
"""


@dataclass(frozen=True, slots=True)
class Kept:
    """A write that was accepted.

    Attributes:
        epoch: Of its writer.
        writer: And which one it was.
        number: Of the write.
        transaction: In the order of acceptance.
    """

    epoch: int
    writer: str
    number: int
    transaction: int


def kept_by(hosts: str, cluster: str) -> list[Kept]:
    """All that an ensemble has accepted of a cluster's candidates."""
    client = KazooClient(hosts)
    client.start()
    try:
        client.sync("/")
        found = []
        top = f"/flink/{cluster}/acts"
        for epoch in client.get_children(top):
            for name in client.get_children(f"{top}/{epoch}"):
                writer, _, number = name.partition("-")
                found.append(Kept(int(epoch), writer, int(number), client.exists(f"{top}/{epoch}/{name}").czxid))
        return found
    finally:
        client.stop()
        client.close()


def violations(moments: list[Moment], kept: list[Kept]) -> list[str]:
    """Every breach, for people; empty if there is none."""
    of_moments = (_one_per_epoch, _grants_rise, _went_on, _repeated)
    found = [one for look in of_moments for one in look(moments)]
    return [*found, *_accepted_in_order(kept), *_lost(moments, kept)]


def _one_per_epoch(moments: list[Moment]) -> list[str]:
    """I1: at most one process acts under an epoch."""
    actors: dict[int, set[str]] = defaultdict(set)
    for one in moments:
        if one.what in ("granted", "invoke"):
            actors[one.epoch].add(one.candidate)
    return [f"I1: {sorted(names)} acted under epoch {epoch}" for epoch, names in actors.items() if len(names) > 1]


def _grants_rise(moments: list[Moment]) -> list[str]:
    """I2: no process is granted an epoch twice, or a lower one after a higher one."""
    highest: dict[str, int] = defaultdict(int)
    found = []
    for one in moments:
        if one.what == "granted":
            if one.epoch <= highest[one.candidate]:
                found.append(f"I2: {one.candidate} was granted {one.epoch} after {highest[one.candidate]}")
            highest[one.candidate] = one.epoch
    return found


def _accepted_in_order(kept: list[Kept]) -> list[str]:
    """I3, I4: in the order of acceptance epochs never fall, so the reigns do not overlap."""
    ordered = sorted(kept, key=lambda one: one.transaction)
    return [
        f"I3: {after} was accepted after {before}"
        for before, after in itertools.pairwise(ordered)
        if after.epoch < before.epoch
    ]


def _lost(moments: list[Moment], kept: list[Kept]) -> list[str]:
    """I6: what was acknowledged is kept, and what was refused is not."""
    there = {(one.epoch, one.writer, one.number) for one in kept}
    found = []
    for one in moments:
        is_there = (one.epoch, one.candidate, one.number) in there
        if one.what == "ok" and not is_there:
            found.append(f"I6: {one} was acknowledged and is lost")
        if one.what == "refused" and is_there:
            found.append(f"I6: {one} was refused and is there")
    return found


def _went_on(moments: list[Moment]) -> list[str]:
    """I5: a deposed leader's first refusal is followed by a few attempts at most."""
    attempts: dict[tuple[str, int], int] = {}
    found = []
    for one in moments:
        who = (one.candidate, one.epoch)
        if one.what == "refused":
            attempts.setdefault(who, 0)
        if one.what == "invoke" and who in attempts:
            attempts[who] += 1
            if attempts[who] > LATE:
                found.append(f"I5: {one} is attempt {attempts[who]} after the first refusal")
    return found


def _repeated(moments: list[Moment]) -> list[str]:
    """I7: no attempt has the number of an earlier one, which may have taken effect."""
    seen: set[tuple[str, int, int]] = set()
    found = []
    for one in moments:
        if one.what == "invoke":
            attempt = (one.candidate, one.epoch, one.number)
            if attempt in seen:
                found.append(f"I7: {one} was tried before")
            seen.add(attempt)
    return found
