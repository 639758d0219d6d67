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


# Where nothing is taken out the seed comes to that moment no more: what a failed restart has made is stopped now.
PINS = [
    Pin(
        "tumbles",
        8843066,
        "the judge takes it that a parent knows of an end in the very moment of it",
    ),
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
        "the judge forgets a verdict of resume that is passed to who runs already, and fails before it comes",
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
        8996044,
        "the judge forgets restarts that may have been made, but not that of one of them nobody was told the reason",
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
