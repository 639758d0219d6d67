"""Where a `Latch` stands, what it wants done, and what it is shown: values between the core and the shell. Pure.

The steps that ask ZooKeeper carry a generation; the answer is given back with it, and counts only while no later step
was taken. Deliberately not here: when each is wanted (`cluster.model.latch`).
"""

from __future__ import annotations

import enum
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TypeAlias


class Vacancy(enum.Enum):
    """Why the office was free that was taken; the values are those of the drivers' `Succession`."""

    FIRST = "first"
    """Nobody held it before."""
    RESIGNED = "resigned"
    """The former holder gave it back."""
    LEASE_EXPIRED = "lease-expired"
    """The former holder's latch node went with its session."""
    CHALLENGED = "challenged"
    """Somebody knew for certain that the former holder is dead, and said so."""


class Place(enum.Enum):
    """Where a candidate stands."""

    OUT = "out"
    """It is no candidate."""
    SEEKING = "seeking"
    """It has no place in the queue, or does not know which."""
    QUEUED = "queued"
    """It waits for the node before it to go."""
    TAKING = "taking"
    """It has written the record, and waits for the answer."""
    HOLDING = "holding"
    """The record names it."""


@dataclass(frozen=True, slots=True)
class OfficeRecord:
    """What the persistent node says about the office.

    Attributes:
        epoch: The newest that was given out; 0 before the first.
        holder: Name of the latch node that it was given to; empty when it was given back.
        version: Of the node, for compare-and-set.
        freed: How it was given back, if it was.
    """

    epoch: int = 0
    holder: str = ""
    version: int = 0
    freed: Vacancy = Vacancy.RESIGNED


@dataclass(frozen=True, slots=True)
class View:
    """The office and its queue, read in this order in one session: a holder that lives is in the queue.

    Attributes:
        record: About the office.
        queue: Names of all nodes in the queue, in any order.
        owners: Sessions that own those of our nodes in the queue.
    """

    record: OfficeRecord
    queue: tuple[str, ...]
    owners: Mapping[str, int] = field(default_factory=dict)

    def holder_of(self, epoch: int) -> str:
        """The latch node that holds the office of `epoch`; empty if none does."""
        return self.record.holder if self.record.epoch == epoch and self.record.holder in self.queue else ""


@dataclass(frozen=True, slots=True)
class Create:
    """Make a latch node whose name begins with our prefix. Report `created` or `failed`."""

    generation: int


@dataclass(frozen=True, slots=True)
class Survey:
    """Look at the office and its queue. Report `surveyed` or `failed`."""

    generation: int


@dataclass(frozen=True, slots=True)
class Ask:
    """Look at the latch node `name`, for which we wait. Report `answered`, and `gone` if it is."""

    name: str


@dataclass(frozen=True, slots=True)
class Watch:
    """Report `gone` when the latch node `name` is gone, or if it is gone already."""

    name: str


@dataclass(frozen=True, slots=True)
class Take:
    """In one step: check that our node is there, remove the deposed one's, and write the record if it is unchanged.

    Report `taken`, `refused` or `failed`.

    Attributes:
        generation: Of the step.
        name: Our latch node.
        epoch: To write, with our node as the holder.
        version: That the record must have.
        deposed: The holder's latch node, if it is to be removed; else empty.
    """

    generation: int
    name: str
    epoch: int
    version: int
    deposed: str = ""


@dataclass(frozen=True, slots=True)
class Probe:
    """Check, by a write that goes through the ensemble's quorum, that our node and the record are unchanged.

    Report `proven`, `refused` or `failed`.
    """

    generation: int
    name: str
    epoch: int
    version: int


@dataclass(frozen=True, slots=True)
class Remove:
    """Remove a latch node of ours. If we held the office with it, also say in the record that it is free.

    Attributes:
        name: The node.
        epoch: That we held with it, else 0.
        version: Of the record then.
    """

    name: str
    epoch: int = 0
    version: int = 0


@dataclass(frozen=True, slots=True)
class Granted:
    """Tell the process that it leads."""

    epoch: int
    how: Vacancy


@dataclass(frozen=True, slots=True)
class Suspended:
    """Tell it to stop acting and keep everything: contact is lost, the office perhaps not."""


@dataclass(frozen=True, slots=True)
class Resumed:
    """Tell it to go on: the office was ours all the time."""


@dataclass(frozen=True, slots=True)
class Revoked:
    """Tell it that it leads no more."""

    epoch: int


LatchEffect: TypeAlias = Create | Survey | Ask | Watch | Take | Probe | Remove | Granted | Suspended | Resumed | Revoked
