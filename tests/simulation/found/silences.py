"""Defects of the product that seeds of `silences` have shown, and how to have them back."""

from __future__ import annotations

from runtime.protocol.belief import Belief
from runtime.protocol.verdict import Verdict
from runtime.remote import reader
from runtime.remote.association import Association
from runtime.remote.voice import Voice
from runtime.remote.watcher import RemoteWatcher
from tests.simulation.ablation import wrapped
from tests.simulation.pin import Pin
from tests.simulation.unmended import watches

PINS = [
    Pin(
        "silences",
        38,
        "a node is convicted by a last dial, though its last watcher has ended its watch meanwhile",
        ("10.353 deaf n1 n4 for=5.765 early=0.202 stall=0.93 timers=1.0",),
        ((RemoteWatcher, "_tidy", watches.tidied_if_nobody_cares),),
        "D7",
    ),
    Pin(
        "silences",
        60,
        "a node is suspected for ever, because nobody watches there any more, so that no answer can clear it",
        (
            "3.508 deaf n1 n4 for=5.67 early=-0.04 stall=0.0 timers=1.0",
            "8.784 delay n4 n3 for=9.038 mean=0.2",
            "8.94 deaf n3 n4 for=2.987 early=0.098 stall=0.672 timers=1.0",
            "9.78 freeze n4 for=0.088",
            "15.231 lonely n4 n1 for=2.539 early=0.35 stall=0.881 timers=1.0",
            "31.827 hush n4 n1 for=4.284 early=0.229 stall=0.572 timers=1.0",
        ),
        ((RemoteWatcher, "_tidy", watches.tidied_if_nobody_cares),),
        "D8",
    ),
    Pin(
        "silences",
        3712,
        "who goes on speaking after a silence is convicted by the time of its first word",
        (
            "10.447 lonely n4 n1 for=2.525 early=-0.016 stall=0.689 timers=0.0",
            "18.46 lonely n4 n1 for=4.16 early=0.361 stall=0.431 timers=1.0",
            "23.169 freeze n4 for=2.136",
        ),
        ((Voice, "heard", watches.heard_in_between),),
        "D7",
    ),
    Pin(
        "silences",
        6397,
        "who is suspected and speaks after 2.9 s is convicted 1.2 s later, since a pause may last 3 s",
        (
            "7.306 vanish n2 for=5.149",
            "10.806 lonely n1 n2 for=5.127 early=0.148 stall=0.558 timers=0.0",
            "14.221 deaf n3 n1 for=4.319 early=0.225 stall=0.439 timers=1.0",
            "18.919 deaf n5 n2 for=6.212 early=0.383 stall=0.826 timers=0.0",
            "19.676 lonely n5 n3 for=4.119 early=0.189 stall=0.419 timers=1.0",
            "25.313 hush n5 n3 for=4.239 early=0.193 stall=0.0 timers=0.0",
            "28.61 lonely n3 n4 for=4.782 early=-0.094 stall=0.576 timers=0.0",
        ),
        (wrapped(Voice, "heard", watches.mute_as_if_never_suspected),),
        "D7",
    ),
    Pin(
        "silences",
        6764,
        "the same, of who then stands still twice",
        (
            "6.411 hush n5 n4 for=4.221 early=0.051 stall=0.786 timers=0.0",
            "10.216 hush n5 n4 for=4.185 early=-0.052 stall=0.323 timers=0.0",
            "10.728 hush n5 n3 for=4.567 early=0.025 stall=0.988 timers=0.0",
        ),
        (wrapped(Voice, "heard", watches.mute_as_if_never_suspected),),
        "D7",
    ),
    Pin(
        "silences",
        20131,
        "a dial from before a node began anew is answered late, and convicts the node as if the former lived there now",
        (
            "5.018 lonely n3 n5 for=4.927 early=0.075 stall=0.458 timers=0.0",
            "5.922 kill n2 for=0.062",
            "16.104 deaf n1 n4 for=0.073 early=0.348 stall=0.378 timers=0.0",
            "27.784 deaf n2 n5 for=5.393 early=0.35 stall=0.0 timers=1.0",
            "28.439 deaf n4 n2 for=4.837 early=-0.037 stall=0.699 timers=0.0",
            "29.733 freeze n4 for=3.861",
            "31.863 deaf n5 n4 for=5.404 early=0.111 stall=0.665 timers=0.0",
        ),
        (wrapped(Belief, "_begin", watches.answered_by_whoever_lives_there),),
        "D7",
    ),
    Pin(
        "silences",
        8202484,
        "a dial is refused before anybody asks, and convicts who lives there since, as certainly dead",
        (
            "16.421 deaf n2 n4 for=5.386 early=0.18 stall=0.0 timers=0.0",
            "20.304 deaf n5 n4 for=0.074 early=-0.047 stall=0.0 timers=1.0",
            "24.826 deaf n2 n5 for=5.606 early=0.306 stall=0.503 timers=1.0",
            "26.932 lonely n5 n3 for=4.262 early=0.169 stall=0.0 timers=0.0",
            "29.179 lonely n4 n1 for=0.065 early=0.312 stall=0.522 timers=0.0",
            "30.875 freeze n5 for=2.808",
        ),
        ((Belief, "_may_be_late", lambda *_: False), wrapped(Belief, "_convict", watches.whenever_watched)),
        "D7",
    ),
    Pin(
        "silences",
        8203069,
        "a late answer of a convicted incarnation buries the watches that are on their way to the next one",
        (
            "14.034 hush n4 n2 for=5.303 early=-0.008 stall=1.053 timers=0.0",
            "18.685 freeze n4 for=2.764",
            "19.228 hush n4 n2 for=4.241 early=0.153 stall=0.0 timers=1.0",
        ),
        (wrapped(Association, "_reject", watches.rejected_is_nobody),),
        "D5",
    ),
    Pin(
        "silences",
        5115,
        "the next incarnation is blamed for what its predecessor had answered to a dial before anybody asked",
        (
            "2.988 hush n4 n3 for=5.4 early=0.243 stall=0.447 timers=0.0",
            "7.002 hush n3 n4 for=4.256 early=0.148 stall=0.331 timers=1.0",
            "11.139 hush n4 n3 for=1.101 early=0.29 stall=0.304 timers=1.0",
        ),
        (wrapped(Verdict, "_accept", watches.asked_at_any_time),),
        "D7",
    ),
    Pin(
        "silences",
        8207462,
        "who is not read, since its messages wait for system messages that are lost, is not heard either",
        (
            "6.568 vanish n5 for=5.766",
            "15.574 hush n2 n5 for=4.377 early=-0.046 stall=0.574 timers=1.0",
            "23.896 hush n2 n3 for=4.118 early=0.281 stall=0.721 timers=1.0",
            "26.751 hush n2 n3 for=3.977 early=0.157 stall=0.326 timers=0.0",
        ),
        ((reader, "HELD_BYTES", -1),),
        "D7",
    ),
    Pin(
        "silences",
        8810885,
        "the late word of a convicted predecessor is taken for that of whoever lives there now",
        (
            "4.094 lonely n2 n3 for=5.226 early=0.327 stall=0.604 timers=0.0",
            "16.574 lonely n1 n2 for=5.181 early=0.326 stall=1.031 timers=1.0",
            "20.656 lonely n2 n1 for=4.223 early=0.282 stall=0.431 timers=1.0",
            "21.586 lonely n4 n2 for=4.238 early=0.153 stall=0.631 timers=0.0",
        ),
        ((Belief, "is_succeeded", lambda *_: False),),
        "D8",
    ),
]
