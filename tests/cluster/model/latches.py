"""Latches in each place, for tests."""

from __future__ import annotations

from typing import Any

from cluster.model.latch import Latch, Place
from cluster.model.latch_effects import OfficeRecord, View
from cluster.model.latch_invariants import check

SESSION = 0x1000
TIMEOUT_S = 8.0
ASKED_AT = 6.0
"""When the connection was begun; the office is got at 10."""
OTHER = "a-latch-0000000002"
OURS = "me-latch-0000000005"


def view(*queue: str, record: OfficeRecord | None = None, owner: int = SESSION) -> View:
    """The office and its queue, in which our nodes are `owner`'s."""
    ours = {name: owner for name in queue if name.startswith("me-")}
    return View(record or OfficeRecord(4, OTHER, 9), queue, ours)


def seeking() -> Latch:
    """A candidate that looks whether it has a node."""
    latch = Latch("me")
    latch.stand()
    latch.connected_as(SESSION, TIMEOUT_S, ASKED_AT)
    return latch


def queued() -> Latch:
    """A candidate behind the holder of epoch 4."""
    latch = seeking()
    latch.surveyed(latch.generation, view(OTHER, OURS))
    assert latch.place is Place.QUEUED
    return latch


def holding(proven_at: float = 10.0) -> Latch:
    """The holder of epoch 5."""
    latch = queued()
    latch.gone(OTHER)
    latch.surveyed(latch.generation, view(OURS))
    latch.taken(latch.generation, 10, proven_at, proven_at)
    assert latch.holds(5, proven_at)
    return latch


def kinds(effects: list[Any]) -> list[type]:
    """Of what is to be done."""
    return [type(effect) for effect in effects]


def place(latch: Latch) -> Place:
    """Where it stands, free of contradictions."""
    check(latch)
    return latch.place
