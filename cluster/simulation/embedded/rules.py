"""The rules of the scenario `embedded`, by what is in the file and what leaders and followers do. Pure.

I1: at most one running process acts as the leader. I2: epochs rise by one, and a renewal does not go back. I3: an
office is taken only if it is free: given back, run out, of an earlier boot, its holder dead for certain or taken for
so. I5: a value is written under the epoch of the office only, and so is who is shown. I8: where ends are seen, somebody
acts soon, and nobody keeps an office while it stands still. I9: what does not concern the leader changes none. I4, I6,
I7, I10 and the rest of I8 are those of `cluster.simulation.election.tenure`. Deliberately not here: watching
(`machine`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace

from cluster.election.driver import LeaderInfo
from cluster.model.lease import Lease
from cluster.simulation.election.candidate import REGISTER
from cluster.simulation.election.tenure import Tenure
from runtime.sim.campaign import Record
from runtime.sim.weather import Weather

SETTLES_S = 3.0
"""After a disturbance everything may go on for so long and twice the time of a lease."""
NOTICES_S = 0.6
"""After so long the end of a leader's process was seen, and its office taken, if nothing else is amiss."""

STANDS = ("freeze", "stall")


class Rules(Tenure):
    """The rules, and what has been seen.

    Args:
        record: Is told, and raises.
        weather: What was disturbed.
        lease_s: How long a lease holds without renewal.
        has_ended: Whether the process that a proof names is dead for certain.
        sees_ends: Whether processes look at that.

    Attributes:
        lease: As it is in the file.
        taken_for_dead: Epochs whose holder somebody has taken for dead, and when; world seconds.
    """

    def __init__(
        self, record: Record, weather: Weather, lease_s: float, has_ended: Callable[[str], bool], sees_ends: bool
    ) -> None:
        super().__init__(record, weather, 2 * lease_s + SETTLES_S)
        self.lease: Lease | None = None
        self.taken_for_dead: dict[int, float] = {}
        self._lease_s = lease_s
        self._has_ended = has_ended
        self._sees_ends = sees_ends
        self._proof = ""
        self._info: LeaderInfo | None = None
        self._values: dict[str, bytes] = {}
        self._died_at: float | None = None

    # --- the file -----------------------------------------------------------------------------------------------------

    def written(
        self,
        writer: str,
        lease: Lease | None,
        info: LeaderInfo | None,
        proof: str,
        values: Mapping[str, bytes],
        now: float,
        boot_id: str,
    ) -> None:
        """What is in the file after an operation of a process; `now` is the machine's time."""
        require, former = self._record.require, self.lease
        if former is not None and lease is None:
            require(False, "I2", f"the lease of epoch {former.epoch} is not in the file any more")
        if lease is not None:
            if lease.epoch != self.epoch:
                require(lease.epoch == self.epoch + 1, "I2", f"epoch {lease.epoch} comes after {self.epoch}")
                self._granted(former, lease, now, boot_id)
            elif former is not None and lease.holder:
                text = f"{lease} comes after {former}"
                require(lease.holder == former.holder and lease.renewed_at >= former.renewed_at, "I2", text)
            by_others = writer != lease.holder and (lease.renewed_at != (former.renewed_at if former else 0.0))
            require(not by_others, "I3", f"{writer} writes {lease} after {former}")
        self.lease, self._proof = lease, proof
        if info != self._info:
            self._info, self._shown_at = info, self._record.now()
            shown = info.epoch if info is not None else self.epoch
            is_own = info is None or info.candidate == writer
            require(shown == self.epoch and is_own, "I5", f"{writer} shows {info}, and the epoch is {self.epoch}")
            is_over = info is not None and (lease is None or lease.is_expired(now, boot_id))
            require(not is_over, "I5", f"{writer} shows {info} at {now:.3f}, when {lease} is over")
        before, self._values = self._values, dict(values)
        for key, value in self._values.items():
            if value != before.get(key):
                text = f"{writer} writes {key}: {value!r} in epoch {self.epoch}"
                require(int(value.split(b":")[0]) == self.epoch, "I5", text)
                if key == REGISTER:
                    self._counted(writer, value)

    def lost(self, lease: Lease | None, info: LeaderInfo | None, proof: str, values: Mapping[str, bytes]) -> None:
        """What a loss of power has left in the file: a lease may be older, as it is void; no epoch or value is lost."""
        former = self.lease
        is_same = lease == former or (
            lease is not None and former is not None and replace(lease, renewed_at=former.renewed_at) == former
        )
        self._record.require(is_same and proof == self._proof, "I2", f"of {former} power has left {lease}")
        self._record.require(values == self._values, "I6", f"of {self._values} power has left {values}")
        self.lease, self._info = lease, info

    def _granted(self, former: Lease | None, lease: Lease, now: float, boot_id: str) -> None:
        is_free = former is None or former.is_expired(now, boot_id)
        is_dead = self._has_ended(self._proof) or self.epoch in self.taken_for_dead
        text = f"{lease.holder} takes the office of {former}, whose lease holds at {now:.3f}"
        self._record.require(is_free or is_dead, "I3", text)
        self._record.sometimes("an end was seen" if not is_free else "a free office was taken")
        if self.leader:
            self._record.sometimes("the leader changed")
            since = self._record.now() - self._patience_s
            explains = is_dead or any(
                spell.concerns(self.leader) for spell in self._weather.spells if spell.end > since
            )
            text = f"epoch {lease.epoch} to {lease.holder}, though nothing has happened to {self.leader}"
            self._record.require(explains, "I9", text)
        self._died_at = None
        self._begins(lease.holder, lease.epoch)

    # --- processes ----------------------------------------------------------------------------------------------------

    def believed(self, leaders: Iterable[tuple[str, int]]) -> None:
        """These running processes would act as the leader now: name, epoch.

        Whoever was taken for dead while it lives may believe so until its lease is over, and writes nothing.
        """
        now = self._record.now()
        found = [each for each in leaders if now - self.taken_for_dead.get(each[1], now) < self._lease_s]
        found = [each for each in found if each[1] not in self.taken_for_dead or each[1] == self.epoch]
        self._record.require(len(found) < 2, "I1", f"{found} all lead")

    def died(self, name: str) -> None:
        """A process was killed."""
        if name == self.leader and self.lease is not None and self.lease.holder == name:
            self._died_at = self._record.now()

    def trusts(self, follower: str, life: int, epoch: int) -> None:
        """A running follower takes the leader of that epoch for the present one."""
        self.resources.follows((follower, life), epoch)
        spells = [spell for spell in self._weather.spells if spell.end > self._record.now() - self._patience_s]
        if 0 < epoch < self.epoch and not any(spell.concerns(follower) for spell in spells):
            self._trusts(follower, epoch)

    def look(self, following: Callable[[], Mapping[str, int]]) -> None:
        """See `Tenure`; and I8 where a leader dies or stands still."""
        now = self._record.now()
        if self._sees_ends and self._died_at is not None and now - self._died_at > NOTICES_S:
            others = [spell for spell in self._weather.spells if spell.end > self._died_at - NOTICES_S]
            if all(spell.kind == "kill" and spell.hosts == (self.leader,) for spell in others):
                text = f"{self.leader} died {now - self._died_at:.2f} s ago, and nobody leads instead"
                self._record.require(False, "I8", text)
        stands = [spell for spell in self._weather.between(self.leader, self.leader) if spell.kind in STANDS]
        if any(now - spell.begin > self._patience_s for spell in stands if spell.end > now):
            since = now - self._patience_s - self._lease_s
            others = [spell for spell in self._weather.spells if spell.end > since and spell.hosts != (self.leader,)]
            text = f"{self.leader} keeps its office, though it has stood still for {self._patience_s:g} s"
            self._record.require(bool(others), "I8", text)
        super().look(following)
