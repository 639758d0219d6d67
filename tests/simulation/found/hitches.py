"""Defects of the simulated world that seeds of `hitches` have shown, and how to have them back."""

from __future__ import annotations

from cluster.simulation.embedded.nemesis import EmbeddedNemesis
from tests.simulation.pin import Pin

PINS = [
    Pin(
        "hitches",
        9220069,
        "who was leaving went on through a loss of power, and wrote by a clock that was no more",
        (
            "10.309 reboot@take.written for=0.086 nth=1.0 after=0.001",
            "18.647 leave@answer.told who for=0.055 nth=1.0 after=0.0002",
            "18.647 reboot for=0.067",
        ),
        ((EmbeddedNemesis, "_leaving", lambda _: []),),
        "I5",
    ),
]
