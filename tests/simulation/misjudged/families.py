"""Mistakes of judges that seeds of `families` have shown, and how to have them back."""

from __future__ import annotations

from typing import Any

from runtime.sim.families import services
from runtime.sim.families.law import Law
from runtime.sim.families.truth import Member
from runtime.sim.families.verdicts import Verdicts
from tests.simulation.ablation import wrapped
from tests.simulation.pin import Pin


def _passed_on_to_whom_it_blamed(original: Any, verdicts: Verdicts, member: Member, cause: BaseException) -> None:
    """The judge lets a verdict of resume reach those below also where a restart comes before it."""
    child = member.perpetrator
    original(verdicts, member, cause)
    if child is not None and member.perpetrator is child:
        member.perpetrator = None
        verdicts._resume(child, cause)


def _of_who_restarts(original: Any, law: Law, member: Member) -> None:
    """The judge learns of a kill that nobody has judged at a restart only."""
    if not member.is_stopping:
        original(law, member)


PINS = [
    Pin(
        "families",
        8200559,
        "the judge takes one for resumed whose supervisor has failed in its decider, and is restarted before it hears",
        (),
        (wrapped(Verdicts, "_resume", _passed_on_to_whom_it_blamed),),
        "S33",
    ),
    Pin(
        "families",
        8840051,
        "the judge counts a pill that was heeded among the messages of who waits for its children to stop",
        None,
        ((Law, "heeds_at_once", lambda *_: None),),
        "D61",
    ),
    Pin(
        "families",
        9700118,
        "the judge takes one for stopped who was killed, and told to stop before anybody had judged that",
        (),
        (wrapped(Law, "_learns_of_a_kill", _of_who_restarts),),
        "D62",
    ),
    Pin(
        "families",
        9960924,
        "the judge calls a wait for room too late that ends late by what a few looks at a slow clock take",
        None,
        ((services, "LATE_S", 0.001),),
        "D61",
    ),
]
