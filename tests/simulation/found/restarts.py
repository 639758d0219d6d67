"""Defects of the product that seeds of `restarts` have shown, and how to have them back."""

from __future__ import annotations

from cluster.model.restart_judges import ExponentialDelayJudge
from tests.simulation.pin import Pin

PINS = [
    Pin(
        "restarts",
        9030020,
        "the quiet time of growing delays begins with the first restart of an outage, not with its last",
        None,
        ((ExponentialDelayJudge, "restarts_besides", lambda _, at: None),),
        "I17",
    ),
]
