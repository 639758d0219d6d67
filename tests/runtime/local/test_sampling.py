"""Actors are measured for a moment after a look, and not otherwise; mailboxes are looked into without taking room."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from typing import Any

import pytest

from actors import Actor, DeadLetter
from actors.mailbox import MailboxSettings
from runtime import ActorSystem
from runtime.sampling import WINDOW_S, Sampling
from tests.runtime.local.people import nap, obedient


class Clock:
    """Goes on by a millisecond with each look at it."""

    def __init__(self) -> None:
        self.looks = 0

    def __call__(self) -> float:
        self.looks += 1
        return self.looks / 1000


class Look:
    """A sampling with what it has told."""

    def __init__(self, system: ActorSystem, clock: Any = None) -> None:
        self.worked: dict[str, list[float]] = defaultdict(list)
        self.waited: dict[str, list[float]] = defaultdict(list)
        self.clock = clock or system.loop.time
        self.sampling = Sampling(
            system,
            self.clock,
            lambda name, seconds: self.worked[name].append(seconds),
            lambda name, seconds: self.waited[name].append(seconds),
        )


class Quiet(Actor[str]):
    def receive(self, message: str) -> None:
        """Do nothing."""


async def test_turns_are_measured_for_a_moment_after_a_look(actor_system: ActorSystem) -> None:
    """Each turn of the window is told with its class and its time for a message; before and after no clock is read."""
    look = Look(actor_system, Clock())
    actor = actor_system.spawn(Quiet)
    actor.tell("before")
    await asyncio.sleep(0.1)
    assert look.clock.looks == 0
    look.sampling.look()
    await asyncio.sleep(0.1)
    for _ in range(4):
        actor.tell("meanwhile")
    look.worked.clear()
    await asyncio.sleep(0.1)
    assert look.worked == {"Quiet": [pytest.approx(0.001 / 4)]}
    await asyncio.sleep(WINDOW_S)
    actor.tell("ends the window")
    await asyncio.sleep(0.1)
    looks = look.clock.looks
    actor.tell("after")
    await asyncio.sleep(0.1)
    assert look.clock.looks == looks


async def test_a_question_waits_like_any_message(actor_system: ActorSystem) -> None:
    """What stands before it in the mailbox is what it waits for; idle actors answer at once."""
    look = Look(actor_system)
    busy, _ = actor_system.spawn(obedient(), "busy"), actor_system.spawn(Quiet)
    busy.tell(nap(2.0))
    busy.tell(nap(3.0))
    await asyncio.sleep(0.5)
    look.sampling.look()
    await asyncio.sleep(1.0)
    assert look.waited["Quiet"] == [0.0]
    look.sampling.look()
    await asyncio.sleep(10.0)
    assert look.waited["Obedient"] == [pytest.approx(4.5)], "once: it was not asked again before it had answered"


async def test_nobody_loses_room_and_nobody_hears_of_it(actor_system: ActorSystem) -> None:
    """A mailbox with a bound is left alone; a question to an actor that dies first is forgotten, and no dead letter."""
    letters: list[Any] = []
    actor_system.event_stream.subscribe(letters.append, DeadLetter)
    look = Look(actor_system)
    actor_system.spawn(obedient().with_mailbox(MailboxSettings(capacity=1)), "bounded")
    dying = actor_system.spawn(obedient(), "dying")
    dying.tell(nap(1.0))
    await asyncio.sleep(0.1)
    look.sampling.look()
    actor_system.stop(dying)
    await asyncio.sleep(5.0)
    assert letters == []
    assert look.sampling._asked == {}


async def test_stopping_ends_the_window(actor_system: ActorSystem) -> None:
    """Whoever measured is told nothing any more."""
    look = Look(actor_system)
    look.sampling.look()
    await asyncio.sleep(0.1)
    look.sampling.stop()
    look.worked.clear()
    actor_system.spawn(Quiet).tell("x")
    await asyncio.sleep(0.1)
    assert look.worked == {}
