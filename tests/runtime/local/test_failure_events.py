"""Failures are events: whoever counts restarts hears of each verdict, with the exception and what follows from it."""

from __future__ import annotations

import pytest

from actors import Actor, AllForOneStrategy, Directive, OneForOneStrategy, Props
from runtime import ActorSystem
from runtime.events import ActorFailed
from tests.runtime.local.people import all_is_quiet


class Fragile(Actor[str]):
    def receive(self, message: str) -> None:
        raise ValueError(message)


class Parent(Actor[str]):
    def __init__(self, strategy: OneForOneStrategy) -> None:
        self.supervisor_strategy = strategy

    def pre_start(self) -> None:
        for name in ("a", "b"):
            self.context.spawn(Fragile, name)

    def receive(self, message: str) -> None:
        self.context.child("a").tell(message)


@pytest.mark.parametrize(
    ("strategy", "directive", "restarted"),
    [
        (OneForOneStrategy(), Directive.RESTART, 1),
        (AllForOneStrategy(), Directive.RESTART, 2),
        (OneForOneStrategy(decider={ValueError: Directive.RESUME}), Directive.RESUME, 0),
        (OneForOneStrategy(decider={ValueError: Directive.STOP}), Directive.STOP, 0),
    ],
)
async def test_each_verdict_is_published(
    actor_system: ActorSystem, strategy: OneForOneStrategy, directive: Directive, restarted: int
) -> None:
    """One event for each failure that is judged, whatever the strategy makes of it."""
    heard: list[ActorFailed] = []
    actor_system.event_stream.subscribe(heard.append, ActorFailed)
    actor_system.spawn(Props(Parent, strategy), "parent").tell("no")
    await all_is_quiet()

    (event,) = heard
    assert (event.child.name, str(event.error), event.directive, event.restarted) == ("a", "no", directive, restarted)
