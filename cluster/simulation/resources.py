"""I4 and I10: what leaders do to a thing, and whom followers follow, as epochs that never go back. Pure.

A resource is whatever takes something from a leader: a value, a follower. What it has accepted of one epoch comes
before those of the next, so the times of two leaders' acts do not overlap there (I4). A follower, in one life, never
follows an earlier epoch than before (I10). Deliberately not here: the other rules (`cluster.simulation.invariants`).
"""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass, field

from runtime.sim.campaign import Record


@dataclass(slots=True)
class Resources:
    """What was accepted where, and who follows whom.

    Attributes:
        record: Is told, and raises.
        accepted: The newest epoch of which something was accepted, by resource.
        followed: The newest epoch that was followed, by follower and life.
    """

    record: Record
    accepted: dict[Hashable, int] = field(default_factory=dict)
    followed: dict[Hashable, int] = field(default_factory=dict)

    def accepts(self, resource: Hashable, epoch: int) -> None:
        """Something of that epoch had its effect there."""
        newest = self.accepted.get(resource, 0)
        if epoch < newest:
            self.record.require(False, "I4", f"{resource} accepts epoch {epoch} after {newest}")
        self.accepted[resource] = epoch

    def follows(self, follower: Hashable, epoch: int) -> None:
        """A follower takes the leader of that epoch for the present one; 0 is nobody, and says nothing."""
        newest = self.followed.get(follower, 0)
        if epoch:
            if epoch < newest:
                self.record.require(False, "I10", f"{follower} follows epoch {epoch} after {newest}")
            self.followed[follower] = epoch
