"""Defects of the product that seeds of `clients` have shown, and how to have them back."""

from __future__ import annotations

from cluster.leader import dispatcher
from tests.simulation.pin import Pin

PINS = [
    Pin(
        "clients",
        8700034,
        "a leader that stood still past its session says from memory that there is no job which its successor accepted",
        (
            "5.949 stop-leader leader for=0.064",
            "6.658 freeze-leader leader for=2.967",
            "8.58 lag zk2 for=1.266",
        ),
        ((dispatcher, "_OfClients", ()),),
        "I16",
    ),
]
