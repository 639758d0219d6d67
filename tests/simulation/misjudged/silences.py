"""Mistakes of judges that seeds of `silences` have shown, and how to have them back."""

from __future__ import annotations

from typing import Any

from runtime.sim.deathwatch import excuses as excuses_of
from runtime.sim.deathwatch.excuses import Excuses
from runtime.sim.network import SimNetwork
from tests.simulation.ablation import wrapped
from tests.simulation.pin import Pin


def _about_one(original: Any, excuses: Excuses, watcher: Any, subject: Any, cause: Any) -> bool:
    """A conviction of who had never shaken hands is about the incarnation that lives there by then."""
    strangers, watcher.strangers = watcher.strangers, set()
    try:
        explained: bool = original(excuses, watcher, subject, cause)
    finally:
        watcher.strangers = strangers
    return explained


PINS = [
    Pin(
        "silences",
        4134,
        "the judge asks a silence to be as young as who lives at an address that was never reached",
        (
            "10.317 lonely n4 n2 for=2.496 early=0.231 stall=0.734 timers=1.0",
            "11.01 lonely n3 n4 for=5.027 early=0.071 stall=0.0 timers=1.0",
            "15.435 lonely n3 n5 for=5.09 early=0.028 stall=0.0 timers=1.0",
            "16.673 lonely n3 n2 for=2.697 early=-0.072 stall=0.956 timers=0.0",
            "17.718 lonely n3 n5 for=4.049 early=0.13 stall=0.0 timers=0.0",
            "19.262 lonely n3 n2 for=4.341 early=0.18 stall=0.486 timers=1.0",
            "19.556 lonely n1 n3 for=2.274 early=0.058 stall=0.0 timers=1.0",
            "21.47 lonely n1 n3 for=2.694 early=0.007 stall=0.0 timers=0.0",
            "21.614 lonely n3 n5 for=2.614 early=0.331 stall=0.336 timers=1.0",
        ),
        (wrapped(Excuses, "explains", _about_one),),
        "D7",
    ),
    Pin(
        "silences",
        8204411,
        "the judge takes it that a kernel sends again between two cuts, of which it has noticed no end",
        (
            "2.237 lonely n3 n2 for=4.287 early=-0.066 stall=0.471 timers=0.0",
            "6.156 lonely n4 n1 for=0.064 early=0.305 stall=0.0 timers=0.0",
            "6.539 lonely n3 n5 for=5.237 early=0.093 stall=0.531 timers=1.0",
            "10.454 lonely n3 n2 for=5.023 early=0.33 stall=0.358 timers=0.0",
            "12.461 lonely n4 n5 for=0.083 early=0.332 stall=0.67 timers=0.0",
            "14.74 lonely n1 n3 for=0.082 early=0.345 stall=0.472 timers=0.0",
            "15.049 lonely n5 n2 for=1.155 early=-0.077 stall=0.806 timers=0.0",
            "16.518 lonely n5 n2 for=0.081 early=0.317 stall=0.351 timers=0.0",
            "19.577 lonely n3 n2 for=2.697 early=0.247 stall=0.0 timers=0.0",
            "22.548 vanish n5 for=3.573",
            "27.757 lonely n3 n4 for=5.024 early=-0.075 stall=0.0 timers=0.0",
            "28.594 lonely n4 n1 for=4.151 early=0.215 stall=0.722 timers=1.0",
        ),
        ((SimNetwork, "is_held_up", lambda *_: False),),
        "D7",
    ),
    Pin(
        "silences",
        8206712,
        "the judge takes a word that was on its way, on a slow link, for one that was said after a cut had begun",
        (
            "3.914 kill n5 for=0.061",
            "4.161 lonely n2 n5 for=0.084 early=-0.007 stall=0.0 timers=1.0",
            "6.278 lonely n5 n2 for=0.061 early=0.297 stall=0.0 timers=1.0",
            "12.004 lonely n1 n2 for=0.063 early=0.157 stall=0.871 timers=0.0",
            "17.065 delay n3 n4 for=12.056 mean=0.2",
            "18.774 lonely n3 n2 for=3.996 early=0.375 stall=0.823 timers=1.0",
            "22.048 lonely n4 n2 for=0.061 early=-0.043 stall=0.676 timers=1.0",
            "22.192 lonely n4 n3 for=4.373 early=0.262 stall=0.653 timers=0.0",
            "25.492 lonely n2 n5 for=0.075 early=0.043 stall=0.738 timers=0.0",
            "28.324 lonely n1 n5 for=0.071 early=-0.005 stall=0.391 timers=0.0",
            "30.503 freeze n5 for=1.748",
        ),
        ((excuses_of, "SLOWLY_CAME_S", 0.0),),
        "D7",
    ),
]
