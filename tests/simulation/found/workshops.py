"""Defects of the product that seeds of `workshops` have shown, and how to have them back."""

from __future__ import annotations

from runtime.worker import Worker
from tests.simulation.ablation import wrapped
from tests.simulation.lost_families import _ends_though_new
from tests.simulation.pin import Pin

PINS = [
    Pin(
        "workshops",
        9831013,
        "who cancelled its own task, made in that very turn, ended it, and whoever was carried next hung",
        None,
        (wrapped(Worker, "on_cancel", _ends_though_new),),
        "S49",
    ),
]
