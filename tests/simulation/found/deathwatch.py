"""Defects of the product that seeds of `deathwatch` have shown, and how to have them back."""

from __future__ import annotations

from runtime.protocol.past import Pasts
from runtime.protocol.silence import Silence
from runtime.protocol.verdict import Verdict
from runtime.remote.association import Association
from runtime.remote.dialling import Dialling
from runtime.remote.provider import RemoteProvider
from runtime.remote.pulse import Pulse
from runtime.remote.registry import WatchRegistry
from runtime.sim.deathwatch import dues as dues_of
from runtime.sim.deathwatch.truth import Truth
from tests.simulation.ablation import wrapped
from tests.simulation.lost_watches import HOPELESS
from tests.simulation.pin import Pin
from tests.simulation.unmended import watches

PINS = [
    Pin(
        "deathwatch",
        10077,
        "a node that is restarted at once, behind a slow link, waits for ever at the door of who has nothing to say",
        ("27.529 delay n4 n5 for=2.425 mean=0.05", "27.832 vanish n4 for=0.062"),
        (wrapped(Association, "_lacks", watches.lacks_though_somebody_waits),),
        "D8",
    ),
    Pin(
        "deathwatch",
        30312,
        "who has just shaken hands is convicted for its silence before",
        ("3.918 vanish n5 for=0.778", "6.294 stall n2 for=8.753", "15.705 freeze n2 for=1.028"),
        ((Silence, "shaken_hands", lambda *_, **__: False),),
        "D7",
    ),
    Pin(
        "deathwatch",
        200702,
        "the first packet of the last dial is lost at the end of a cut, and what the node says meanwhile is not heard",
        ("15.314 isolate n3 for=3.612",),
        (HOPELESS, (Silence, "dial_again", lambda _: False)),
        "D7",
    ),
    Pin(
        "deathwatch",
        1017963,
        "two nodes stand still, one in the midst of its last dial to the other, and convicts for its own lateness",
        ("17.383 stall n2 for=9.086", "21.138 stall n5 for=9.952"),
        ((Silence, "was_late", lambda *_: False),),
        "D7",
    ),
    Pin(
        "deathwatch",
        611485,
        "who speaks again after a cut has no time to answer",
        ("10.674 isolate n3 for=3.283", "13.901 freeze n5 for=0.719"),
        (HOPELESS,),
        "D7",
    ),
    Pin(
        "deathwatch",
        700011,
        "the same",
        ("15.525 isolate n5 for=7.974", "19.026 datagrams n1 n5 for=8.898 repeated=0.5 spread=0.3"),
        (HOPELESS,),
        "D7",
    ),
    Pin(
        "deathwatch",
        700019,
        "the same",
        ("9.012 doze n3 n5 for=2.246 stall=0.359", "11.229 stall n5 for=3.775"),
        (HOPELESS,),
        "D7",
    ),
    Pin(
        "deathwatch",
        211522,
        "whom nobody knows yet is convicted without another dial, just when it can be reached again",
        ("7.678 leave n1 for=0.039", "18.563 isolate n1 for=9.184", "24.787 vanish n3 for=3.789"),
        (wrapped(Verdict, "_silent", watches.convicted_unknown),),
        "D7",
    ),
    Pin(
        "deathwatch",
        40017,
        "a node that was forgotten after a long rest counts its messages from the beginning, and they are lost",
        ("8.28 vanish n1 for=0.081", "24.976 leave n2 for=0.098"),
        ((Pasts, "keep", lambda *_: None),),
        "D8",
    ),
    Pin(
        "deathwatch",
        212347,
        "the silence of a former incarnation ends the watch on the present one, which speaks when it goes on",
        ("20.515 vanish n1 for=0.065", "26.713 stall n1 for=8.699"),
        (wrapped(WatchRegistry, "remove_node", watches.fresh_if_certain),),
        "D3 D7",
    ),
    Pin(
        "deathwatch",
        400685,
        "a node leaves whose connections are closed as idle, and a watch that comes after is told by silence only",
        (
            "7.504 doze n4 n2 for=2.667 stall=0.592",
            "18.17 leave n2 for=7.758",
            "18.7 no-datagrams for=0.916",
        ),
        (wrapped(Association, "unreached", watches.unreached_at_rest),),
        "D5",
    ),
    Pin(
        "deathwatch",
        505809,
        "the same",
        (
            "2.427 isolate n4 for=0.42",
            "3.024 isolate n5 for=3.658",
            "10.015 isolate n3 for=0.086",
            "16.357 isolate n1 for=0.083",
        ),
        ((Truth, "watches_since", watches.watched_by_somebody),),
        "D7",
    ),
    Pin(
        "deathwatch",
        602815,
        "a frozen node finds a connection that was made and reset, and takes its dial for one that goes on",
        (
            "4.872 kill n2 for=0.984 linger=0.02",
            "23.721 vanish n3 for=7.193",
            "31.001 freeze n5 for=9.859",
        ),
        ((Dialling, "settled", watches.settled_if_known),),
        "D8",
    ),
    Pin(
        "deathwatch",
        600648,
        "a newcomer that ran into its peer's door is watched, dials nobody and suspects the peer",
        ("7.835 vanish n2 for=0.07", "20.834 vanish n1 for=0.066"),
        ((Verdict, "_watch", watches.watch_undialled),),
        "D8",
    ),
    Pin(
        "deathwatch",
        1701260,
        "two nodes on a slow link end each other's dials, since each claim to an address is asked about anew",
        ("15.64 vanish n2 for=0.058", "29.439 delay n4 n2 for=7.271 mean=0.2"),
        (
            (Dialling, "is_received", property(lambda _: False)),
            (dues_of, "QUICKLY_S", {**dues_of.QUICKLY_S, "slow": 3.5}),  # it takes 3.2 s, and 3.9 without the mend
        ),
        "D5",
    ),
    Pin(
        "deathwatch",
        2038063,
        "a claim to an address is not asked about while a dial waits for somebody whose host has gone",
        ("11.749 vanish n2 for=0.697", "18.951 vanish n1 for=0.038"),
        ((Dialling, "is_received", property(lambda dialling: dialling._link is not None and dialling._task is None)),),
        "D5",
    ),
    Pin(
        "deathwatch",
        9426100,
        "who was at rest, and asked who lives at the other address when its system ended, went on and got a connection",
        ("11.266 stall n3 for=6.68", "11.476 reset n3 n4 for=0.088 cut=0.0", "17.065 leave n3 for=0.074"),
        (wrapped(RemoteProvider, "close", watches.leaves_who_rests),),
        "D66",
    ),
    Pin(
        "deathwatch",
        10409049,
        "the answer to a question about a blocked connection counts as one to a watch that has begun meanwhile",
        ("10.392 isolate n2 for=8.466",),
        (wrapped(Pulse, "answered", watches.answered_to_anybody),),
        "D8",
    ),
    Pin(
        "deathwatch",
        10500932,
        "an answer that is none to this watch is not taken, but has datagrams taken of nobody, for ever",
        ("12.035 stall n5 for=3.344",),
        (wrapped(Pulse, "answered", watches.noted_as_watched),),
        "D8",
    ),
]
