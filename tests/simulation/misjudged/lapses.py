"""Mistakes of judges that seeds of `lapses` have shown, and how to have them back."""

from __future__ import annotations

from typing import Any

from cluster.simulation.kept import Kept
from tests.simulation.ablation import wrapped
from tests.simulation.pin import Pin


def _those_with_pointers_only(original: Any, kept: Kept, number: int, *more: Any) -> None:
    ledger = kept._ledgers[number - 1]
    before = ledger.unpointed
    original(kept, number, *more)
    ledger.unpointed = before


PINS = [
    Pin(
        "lapses",
        9825009,
        "whoever reads slowly finds the oldest checkpoint back, and not the newest, and is to go on from that",
        None,
        ((Kept, "hidden", lambda *_: None),),
        "I6",
    ),
    Pin(
        "lapses",
        9953030,
        "whoever finds none that has a pointer finds a younger one, to which its leader had not come to point",
        None,
        (wrapped(Kept, "hidden", _those_with_pointers_only),),
        "I6",
    ),
]
