"""Defects of the product that seeds of `floods` have shown, and how to have them back."""

from __future__ import annotations

from runtime.remote.backlog import Backlog
from tests.simulation.ablation import wrapped
from tests.simulation.pin import Pin
from tests.simulation.unmended import watches

PINS = [
    Pin(
        "floods",
        8840004,
        "messages that share a frame have together more values than one may have, and are dropped without a word",
        ("23.142 pour n4 n2 for=0.051 mind=466.0",),
        (wrapped(Backlog, "__init__", watches.batched_by_bytes_alone),),
        "D9",
    ),
]
