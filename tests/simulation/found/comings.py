"""Defects of the product that seeds of `comings` have shown, and how to have them back."""

from __future__ import annotations

from runtime.protocol.belief import Belief
from runtime.protocol.verdict import Verdict
from runtime.remote.farewell import Farewell
from runtime.remote.watcher import RemoteWatcher
from tests.simulation.ablation import wrapped
from tests.simulation.pin import Pin
from tests.simulation.unmended import watches

PINS = [
    Pin(
        "comings",
        8400071,
        "a refusal from between two lives of a node is believed of who is watched there since that dial began",
        (
            "4.808 kill n1 for=0.037",
            "5.836 part n4 for=1.915 mind=231.0",
            "6.011 part n3 for=1.81 mind=743.0",
            "7.699 part n3 for=1.246 mind=456.0",
            "9.942 haste n2 n4 for=1.024 mean=0.3 lives=4.0 mind=904.0",
            "13.737 haste n4 n1 for=2.068 mean=0.02 lives=2.0 mind=841.0",
            "17.761 delay n4 n1 for=3.13 mean=0.05",
            "21.23 kill n2 for=0.132",
            "25.67 vanish n3 for=2.246",
            "29.273 kill n4 for=0.095",
        ),
        (wrapped(Belief, "_convict", watches.whenever_watched),),
        "D7",
    ),
    Pin(
        "comings",
        8818001,
        "whoever asks for the dead later puts off who has asked before",
        ("27.919 throng n4 n1 for=5.634 mean=0.03 pace=0.482",),
        (wrapped(RemoteWatcher, "watch_sent", watches.asked_anew), wrapped(Verdict, "_watch", watches.put_off)),
        "D4",
    ),
    Pin(
        "comings",
        8818003,
        "who leaves does not wait for whoever lives where somebody is dead",
        ("4.319 kill n4 for=0.064", "11.232 part n5 for=0.07 mind=608.0"),
        (wrapped(Farewell, "flush", watches.flushed_to_those_who_were_there),),
        "D3",
    ),
]
