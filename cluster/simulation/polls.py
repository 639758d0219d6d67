"""`Polls`: how the leading member of a simulated ensemble hears of the sessions at the others, each half tick. SHELL.

As in ZooKeeper the question is a ping, on the connection that also brings what was decided, and in order: a member that
stands still, or is cut off for a while, is asked nevertheless, and has answered before it takes note of any later
decision, and so before it tells a client of one. What it has sent comes, even if it dies then. Deliberately not here:
what the leading member makes of it (`cluster.simulation.ensemble`).
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from cluster.simulation.member import Member
from runtime.sim.network import SimNetwork


class Polls:
    """Questions and answers.

    Args:
        network: Of the members.
        members: By name.
        every_s: Between two questions.
        tell: Is to bring what a member has heard to the leading one.

    Attributes:
        every_s: Between two questions.
    """

    def __init__(
        self,
        network: SimNetwork,
        members: dict[str, Member],
        every_s: float,
        tell: Callable[[Member, dict[int, float]], None],
    ) -> None:
        self._network = network
        self._members = members
        self.every_s = every_s
        self._tell = tell
        self._ask_at = 0.0
        self._waiting: dict[str, None] = {}

    def tick(self, leader: str) -> None:
        """Ask when it is time, and whoever could not be reached before."""
        network, now = self._network, self._network.now()
        if now >= self._ask_at:
            self._ask_at = now + self.every_s
            self._waiting = dict.fromkeys(name for name in self._members if name != leader)
        for name in list(self._waiting):
            if not network.process(name).alive:
                del self._waiting[name]  # its connection is gone
            elif not network.is_cut(leader, name) and not network.is_cut(name, leader):
                del self._waiting[name]
                network.at(now + network.segment_s(leader, name), self._arrive, self._members[name])

    def answer_first(self, member: Member) -> None:
        """It hears of a decision: a question that has waited since before is heard first."""
        if member.name in self._waiting:
            del self._waiting[member.name]
            self._answer(member)

    def _arrive(self, member: Member) -> None:
        self._network.process(member.name).run(partial(self._answer, member))

    def _answer(self, member: Member) -> None:
        """Whom of its clients has it heard since it was asked last?"""
        if member.is_serving:
            heard, member.heard = member.heard, {}
            self._tell(member, heard)
