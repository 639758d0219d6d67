"""Mistakes of judges that seeds of `impostors` have shown, and how to have them back."""

from __future__ import annotations

from runtime.sim.deathwatch.deceived import DeceivedJudge
from runtime.sim.deathwatch.judge import Judge
from tests.simulation.pin import Pin

PINS = [
    Pin(
        "impostors",
        8993067,
        "the judge expects a quick word of who was convicted, whose address an impostor has claimed since",
        None,
        ((DeceivedJudge, "_quickly_s", Judge._quickly_s),),
        "D5",
    ),
]
