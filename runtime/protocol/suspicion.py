"""`Suspicion`: on what grounds a node is suspected, told once and withdrawn once. Pure; a part of `verdict`.

A second ground adds nothing that anybody had to be told, and a suspicion is withdrawn when none is left. Deliberately
not here: when there is a ground, and death, to which a suspicion alone never leads.
"""

from __future__ import annotations

from runtime.protocol.actions import Action, Suspect, Unsuspect
from runtime.protocol.evidence import NO_READING, Ground, Reading


class Suspicion:
    """What speaks against one node.

    Attributes:
        grounds: All that does; asked for with each answer.
    """

    __slots__ = ("grounds",)

    def __init__(self) -> None:
        self.grounds: set[Ground] = set()

    def __bool__(self) -> bool:
        return bool(self.grounds)

    def add(self, ground: Ground, detail: str, reading: Reading = NO_READING) -> list[Action]:
        """There is a ground; tell it if it is the first."""
        is_news = not self.grounds
        self.grounds.add(ground)
        return [Suspect(detail, reading, ground)] if is_news else []

    def withdraw(self, ground: Ground) -> list[Action]:
        """There is that ground no more; tell it if it was the last."""
        was = bool(self.grounds)
        self.grounds.discard(ground)
        return [Unsuspect()] if was and not self.grounds else []

    def clear(self) -> list[Action]:
        """Nobody is to be told any more, or the node is dead."""
        was = bool(self.grounds)
        self.grounds.clear()
        return [Unsuspect()] if was else []
