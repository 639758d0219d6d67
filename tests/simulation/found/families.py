"""Defects of the product that seeds of `families` have shown, and how to have them back."""

from __future__ import annotations

from runtime.events import EventStream
from tests.simulation.pin import Pin

PINS = [
    Pin(
        "families",
        9531005,
        "the event stream goes on watching whoever has ended its subscriptions",
        (),
        ((EventStream, "unsubscribe", EventStream._strike_off),),
        "D8",
    ),
]
