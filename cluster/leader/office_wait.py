"""`OfficeWait`: what comes to an actor of the leader while that may not act is kept back, and taken when it may. SHELL.

A leader that stood still, or that has lost touch with the election backend, cannot know whether another leads by now;
so nothing is done under its epoch, and nobody is answered from its memory. If it does not get its office back it ends,
with what was kept, and whoever asked turns to its successor. Deliberately not here: who may act (`cluster.election`).
"""

from __future__ import annotations

from dataclasses import dataclass

from actors.context import ActorContext
from cluster.leader.services import Office

OFFICE_CHECK_S = 0.02
"""Between two looks at whether the office may act again."""
_TIMER = "office"


@dataclass(frozen=True, slots=True)
class OfficeCheck:
    """To oneself: perhaps the office may act again. An actor that gets it calls `look`."""


class OfficeWait:
    """The wait of one actor.

    Args:
        epoch: Of the leader.
        office: The leader's.
        context: Of the actor.
    """

    def __init__(self, epoch: int, office: Office, context: ActorContext) -> None:
        self._epoch = epoch
        self._office = office
        self._context = context

    @property
    def is_needed(self) -> bool:
        """Whether nothing may be done, or said, at the moment."""
        return not self._office.may_act(self._epoch)

    def hold(self, *, keep: bool = True) -> None:
        """Put the message that is being handled aside until the office may act; without `keep` it is dropped."""
        if keep:
            self._context.stash()
        if not self._context.timers.is_active(_TIMER):
            self._context.timers.start_periodic(_TIMER, OfficeCheck(), OFFICE_CHECK_S)

    def look(self) -> None:
        """Take what was put aside, if the office may act."""
        if not self.is_needed:
            self._context.timers.cancel(_TIMER)
            self._context.unstash_all()
