"""The lifecycle table with its performers: what a cell does when something happens. SHELL of `actors.lifecycle`.

Deliberately not here: what an effect does (`runtime.effects`).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final, TypeAlias

from actors.lifecycle import TABLE, Effect, Event, State, transition
from runtime.effects import PERFORM

Consequence: TypeAlias = "tuple[State, tuple[Callable[[Any], None], ...]]"


def _performed(row: tuple[State, tuple[Effect, ...]] | None) -> Consequence | None:
    return row and (row[0], tuple(PERFORM[effect] for effect in row[1] if effect is not Effect.IGNORE))


# By position, and looked up once for all: a birth and a death take five steps through the table.
CONSEQUENCES: Final = [[_performed(TABLE.get((state, event))) for event in Event] for state in State]


def impossible(state: State, event: Event) -> Consequence:
    """What has no entry in `CONSEQUENCES`.

    Raises:
        InvalidTransition: Always.
    """
    transition(state, event)
    raise AssertionError("a row of the table without performers")
