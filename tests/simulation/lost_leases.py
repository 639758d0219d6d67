"""Safeguards of the embedded election that `embedded` misses."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from typing import Any

from cluster.election.sqlite import SqliteElectionDriver
from cluster.election.sqlite_database import ElectionDatabase
from cluster.election.sqlite_keeper import LeaseKeeper
from cluster.model import lease as rules
from cluster.model.lease import Lease
from cluster.simulation.embedded.keeper_place import SimWitness
from tests.simulation.ablation import Ablation, wrapped


def _by_time_alone(lease: Lease, now: float, boot_id: str) -> bool:
    return not lease.holder or now - lease.renewed_at >= lease.ttl_s


def _whatever_is_there(row: Lease | None, epoch: int, candidate: str, *more: Any) -> Lease | None:
    return None if row is None or row.holder == candidate else rules._taken(row, candidate, *more)


def _freed(database: ElectionDatabase, epoch: int) -> None:
    with database._writing():
        database._free()


def _given_back_by_anybody(row: Lease | None, epoch: int, candidate: str) -> Lease | None:
    return row


def _renewed_for_whom_it_may_concern(row: Lease | None, epoch: int, candidate: str, now: float, boot_id: str) -> Any:
    return None if row is None else rules.replace(row, renewed_at=now)


def _gives_one_sign(driver: SqliteElectionDriver, epoch: int) -> None:
    if driver._place is not None:
        driver._place.loop_seen = driver._settings.clock()


def _as_if_the_loop_lived(original: Any, keeper: LeaseKeeper, loop_seen: float) -> None:
    original(keeper, keeper._settings.clock())


def _shown_to_the_last(original: Any, keeper: LeaseKeeper, info: Any) -> None:
    original(keeper, info if info is not None else keeper._known(keeper.database.read()[1]))


def _taken_as_it_was_read(row: Lease | None, candidate: str, *more: Any) -> Lease | None:
    return rules._taken(row, candidate, *more)


@contextlib.contextmanager
def _unsynced(original: Any, database: ElectionDatabase) -> Iterator[Lease | None]:
    with database._of_this_boot(), original(database) as row:
        yield row


def _looks_for_news_alone(original: Any, keeper: LeaseKeeper) -> None:
    keeper._look_again_at = float("inf")
    original(keeper)


ABLATIONS = [
    Ablation("a lease of another boot counts", [(Lease, "is_expired", _by_time_alone)], 1003, "I8", "embedded"),
    Ablation(
        "an old accusation deposes the next", [(rules, "challenge", _whatever_is_there)], 1002, "I3 I9", "embedded"
    ),
    Ablation("an old accusation vacates the next", [(ElectionDatabase, "vacate", _freed)], 1010, "I9", "embedded"),
    Ablation("anybody gives an office back", [(rules, "release", _given_back_by_anybody)], 1009, "I9 I3", "embedded"),
    Ablation(
        "anybody renews a lease", [(rules, "renew", _renewed_for_whom_it_may_concern)], 1021, "I2 I3 I14", "embedded"
    ),
    Ablation("a value needs no epoch", [(ElectionDatabase, "_check_epoch", lambda *_: None)], 1006, "I5", "embedded"),
    Ablation(
        "a loop gives no sign of life",
        [(SqliteElectionDriver, "_keep_deadline", _gives_one_sign)],
        1000,
        "I9 I14",
        "embedded",
    ),
    Ablation(
        "a lease is renewed for a loop that stands",
        [wrapped(LeaseKeeper, "look", _as_if_the_loop_lived)],
        1000,
        "I14 I8",
        "embedded",
    ),
    Ablation(
        "who has run out is shown", [wrapped(LeaseKeeper, "_show", _shown_to_the_last)], 1005, "I14 I10", "embedded"
    ),
    Ablation(
        "nobody looks when a lease runs out",
        [wrapped(LeaseKeeper, "_observe", _looks_for_news_alone)],
        1004,
        "I14 I8",
        "embedded",
    ),
    Ablation(
        "a free office is not looked at again in the transaction that takes it",
        [(rules, "take", _taken_as_it_was_read)],
        1001,
        "I3 I9 I1",
        "embedded",
    ),
    Ablation("nothing is synced", [wrapped(ElectionDatabase, "_writing", _unsynced)], 1003, "I2 I6", "embedded"),
    Ablation("every end is believed", [(SimWitness, "saw_end", lambda *_: True)], 1002, "I3", "embedded"),
]
