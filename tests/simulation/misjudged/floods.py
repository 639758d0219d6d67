"""Mistakes of judges that seeds of `floods` have shown, and how to have them back."""

from __future__ import annotations

from typing import Any

from runtime.remote.events import NodeTerminated
from runtime.sim.deathwatch import laden, ledgers
from runtime.sim.deathwatch.excuses import Excuses
from runtime.sim.deathwatch.laden import LadenJudge
from runtime.sim.deathwatch.truth import Life
from tests.simulation.ablation import wrapped
from tests.simulation.pin import Pin


def _as_if_it_lived(original: Any, judge: LadenJudge, life: Life, event: NodeTerminated) -> None:
    """The judge does not ask whether who is given up is there at all."""
    other = judge._truth.lives[event.address.system]
    gone_at, other.gone_at = other.gone_at, None
    try:
        original(judge, life, event)
    finally:
        other.gone_at = gone_at


PINS = [
    Pin(
        "floods",
        8842189,
        "the judge minds that who has vanished with its host is given up for what it does not acknowledge",
        None,
        (wrapped(LadenJudge, "overflows", _as_if_it_lived),),
        "D7",
    ),
    Pin(
        "floods",
        8900006,
        "the judge takes connections that are accepted and not made yet for those of one host",
        ("2.211 block n1 n2 for=1.493 mind=927.0", "2.227 knock n2 for=0.059 hosts=1.0"),
        ((ledgers, "_has_arrived", lambda _: True),),
        "D8",
    ),
    Pin(
        "floods",
        8920018,
        "the judge has less patience than two silences take with a watch that nobody has taken",
        ("2.302 vanish n1 for=0.057", "6.699 miss n1 for=21.896"),
        ((laden, "TWO_SILENCES_S", 14.0),),
        "D5",
    ),
    Pin(
        "floods",
        9030007,
        "the judge takes it that who convicts whoever lives at an address has dialled while it lived",
        None,
        ((Excuses, "_was_too_late", lambda _, subject: False),),
        "D7",
    ),
    Pin(
        "floods",
        9530022,
        "the judge minds that a word is missing which was larger than whoever should hear it takes",
        ("2.72 pour n4 n2 for=0.061 mind=776.0",),
        ((LadenJudge, "lost", lambda *_: None),),
        "D3",
    ),
]
