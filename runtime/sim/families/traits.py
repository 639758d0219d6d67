"""`Traits`: how a person of the scenario `families` is, as it is drawn when it is made. Pure.

Deliberately not here: its strategy for children (`strategies`).
"""

from __future__ import annotations

import random
from dataclasses import dataclass

from actors import Overflow
from actors.mailbox import MailboxSettings


@dataclass(frozen=True, slots=True)
class Traits:
    """How somebody is.

    Attributes:
        keeps: Whether it keeps children when it restarts.
        is_loyal: Whether it does not survive a `Terminated`.
        brood: Children that it has from the beginning.
        bound: Of its mailbox.
    """

    keeps: bool
    is_loyal: bool
    brood: tuple[str, ...]
    bound: MailboxSettings | None


def draw(chance: random.Random, level: int) -> Traits:
    """Of somebody so far below the guardian: heads of families, from 1, have no bound, and children."""
    bound = None
    if level > 1 and chance.random() < 0.2:
        overflow = chance.choice([Overflow.DROP_NEW, Overflow.DROP_OLDEST, Overflow.FAIL])
        bound = MailboxSettings(chance.randint(3, 6), overflow)
    brood = {1: ("k0", "k1"), 2: ("k0", "k1")[: chance.randint(0, 2)]}.get(level, ())
    return Traits(chance.random() < 0.4, chance.random() < 0.15, brood, bound)
