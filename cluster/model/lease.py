"""The lease row of an election backend on one machine: who may take, renew and challenge it. Pure.

Shell: `cluster.election.sqlite` reads the row, asks here, and writes the answer in the same transaction. Time is the
machine's monotonic clock, which all its processes share and which starts anew at each boot; so the row names the boot,
and a row of an earlier boot is expired whatever its time says. Wall time takes no part.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from cluster.model.leadership import LeaderEpoch

MARGIN = 0.15
"""Part of the time to live by which a holder stops before others may take over: clock rates and scheduling."""


@dataclass(frozen=True, slots=True)
class Lease:
    """One row.

    Attributes:
        epoch: Of the newest leadership; only rises, also when the lease is given back.
        holder: Id of the candidate that holds it, empty when given back.
        renewed_at: Monotonic seconds of the newest renewal.
        ttl_s: Seconds that it holds without renewal.
        boot_id: Of the boot whose monotonic clock `renewed_at` belongs to.
    """

    epoch: int
    holder: str
    renewed_at: float
    ttl_s: float
    boot_id: str

    def is_expired(self, now: float, boot_id: str) -> bool:
        """Whether anybody may take it: given back, of an earlier boot, or not renewed for `ttl_s`."""
        return not self.holder or self.boot_id != boot_id or now - self.renewed_at >= self.ttl_s

    def expires_in_s(self, now: float, boot_id: str) -> float:
        """Seconds until anybody may take it, 0 if that is now."""
        return 0.0 if self.is_expired(now, boot_id) else self.renewed_at + self.ttl_s - now

    def acts_until(self, margin: float = MARGIN) -> float:
        """Monotonic time at which its holder stops acting, before anybody else may begin.

        Counted from when the renewal was asked for, never from its answer (CURATOR-460).
        """
        return self.renewed_at + self.ttl_s * (1 - margin)


def take(row: Lease | None, candidate: str, now: float, ttl_s: float, boot_id: str) -> Lease | None:
    """The new row if `candidate` may lead now, else `None`. The epoch rises each time, also for the same holder."""
    if row is not None and not row.is_expired(now, boot_id):
        return None
    return _taken(row, candidate, now, ttl_s, boot_id)


def challenge(row: Lease | None, epoch: int, candidate: str, now: float, ttl_s: float, boot_id: str) -> Lease | None:
    """The new row for a candidate that knows for certain that the holder of `epoch` is dead.

    `None` if another epoch is in the row by now: the knowledge is out of date.
    """
    if row is None or row.epoch != epoch or row.holder == candidate:
        return None
    return _taken(row, candidate, now, ttl_s, boot_id)


def renew(row: Lease | None, epoch: int, candidate: str, now: float, boot_id: str) -> Lease | None:
    """The row with a new time, or `None` if it is lost.

    A holder that comes late may go on if nobody has taken the lease meanwhile: nobody else can have acted.
    """
    if row is None or row.epoch != epoch or row.holder != candidate or row.boot_id != boot_id:
        return None
    return replace(row, renewed_at=max(now, row.renewed_at))


def release(row: Lease | None, epoch: int, candidate: str) -> Lease | None:
    """The row given back, its epoch kept; `None` if it is not the candidate's any more."""
    if row is None or row.epoch != epoch or row.holder != candidate:
        return None
    return replace(row, holder="")


def _taken(row: Lease | None, candidate: str, now: float, ttl_s: float, boot_id: str) -> Lease:
    epoch = LeaderEpoch(row.epoch if row is not None else 0).following
    return Lease(int(epoch), candidate, now, ttl_s, boot_id)
