"""Mistakes of judges that seeds of `tumbles` have shown, and how to have them back."""

from __future__ import annotations

from runtime.sim.families.law import Law
from runtime.sim.families.truth import Member
from tests.simulation.pin import Pin

_NEVER = property(lambda _: None, lambda _, value: None)
"""An attribute that nobody can set."""


def _forget_restarts_only(law: Law, member: Member) -> None:
    member.grants = [one for one in member.grants if not one.is_optional]


PINS = [
    Pin(
        "tumbles",
        8843066,
        "the judge takes it that a parent knows of an end in the very moment of it",
        None,
        ((Law, "_may_be_known", lambda _, child: child.over_at is None),),
        "D40",
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
        None,
        ((Member, "passed_at", _NEVER),),
        "S54",
    ),
    Pin(
        "tumbles",
        8996044,
        "the judge forgets restarts that may have been made, but not that of one of them nobody was told the reason",
        None,
        ((Law, "_forget", _forget_restarts_only),),
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
