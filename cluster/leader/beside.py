"""Work that goes on beside an actor's mailbox, and comes back as a step of the actor. Shell.

Used by the leader's actors and by those who work for them. Deliberately not here: the work.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, TypeAlias

from actors.context import ActorContext

Beside: TypeAlias = Callable[[Awaitable[Any], Callable[[Any], None], Callable[[BaseException], None]], None]
"""Lets work go on, with what to do about its answer and about its failure."""


@dataclass(frozen=True, slots=True)
class Then:
    """To oneself: what follows. An actor that gets it calls `act`."""

    act: Callable[[], None]


def beside(context: ActorContext) -> Beside:
    """How the actor of that context lets work go on."""

    def run(work: Awaitable[Any], done: Callable[[Any], None], failed: Callable[[BaseException], None]) -> None:
        context.pipe_to_self(
            work,
            on_success=lambda answer: Then(lambda: done(answer)),
            on_failure=lambda error: Then(lambda: failed(error)),
        )

    return run
