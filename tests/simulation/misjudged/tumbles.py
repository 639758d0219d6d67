"""Mistakes of judges that seeds of `tumbles` have shown, and how to have them back."""

from __future__ import annotations

from typing import Any

from runtime.sim.families.law import Law
from runtime.sim.families.truth import Member
from runtime.sim.families.verdicts import Verdicts
from tests.simulation.ablation import wrapped
from tests.simulation.pin import Pin


def _of_this_failure_alone(original: Any, law: Verdicts, member: Member, cause: BaseException, passed: Any) -> None:
    original(law, member, cause, None)


PINS = [
    Pin(
        "tumbles",
        8920280,
        "the judge counts a kill that nobody has judged before a restart among the messages of who stops",
        None,
        ((Member, "killed_by", None),),
        "D61",
    ),
    Pin(
        "tumbles",
        8920507,
        "the judge does not know that a verdict of resume that was passed on restarts whoever has nothing to resume",
        None,
        (wrapped(Verdicts, "_doubt", _of_this_failure_alone),),
        "S31",
    ),
    Pin(
        "tumbles",
        9010112,
        "the judge does not know that who is restarted for another reason was killed first, which nobody has judged",
        None,
        ((Law, "_learns_of_a_kill", lambda _, member: None),),
        "S33",
    ),
]
