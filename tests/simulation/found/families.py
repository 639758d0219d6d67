"""Defects of the product that seeds of `families` have shown, and how to have them back."""

from __future__ import annotations

from typing import Any

from runtime.events import EventStream
from tests.simulation.pin import Pin


def _watches_on(stream: EventStream, subscriber: Any, event_class: type | None = None) -> bool:
    return stream.subscriptions.strike_off(subscriber, event_class)


PINS = [
    Pin(
        "families",
        9531005,
        "the event stream goes on watching whoever has ended its subscriptions",
        (),
        ((EventStream, "unsubscribe", _watches_on),),
        "D8",
    ),
]
