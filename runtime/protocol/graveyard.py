"""The convicted incarnations of one address: none of them is ever listened to again (R23, R26). Pure.

Deliberately not here: who is convicted, and why (`verdict`).
"""

from __future__ import annotations

from collections import OrderedDict

from actors.notices import DeathCause

_KEPT = 1024


class Graveyard:
    """Remembers the last thousand of them."""

    def __init__(self) -> None:
        self._causes: OrderedDict[int, DeathCause] = OrderedDict()

    def __contains__(self, uid: int) -> bool:
        return uid in self._causes

    def bury(self, uid: int, cause: DeathCause) -> None:
        """Incarnation `uid` was convicted; 0 is nobody."""
        if uid:
            self._causes[uid] = cause
            if len(self._causes) > _KEPT:
                self._causes.popitem(last=False)

    def epitaph(self, uid: int) -> str:
        """What is to be told to it, or about it."""
        return f"incarnation {uid} was declared dead before ({self._causes[uid].value})"
