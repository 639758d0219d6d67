"""Handlers that run for long are named in a warning, and cost nothing otherwise."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from typing import Any

import pytest
from structlog.testing import capture_logs

from actors import Actor, ActorRef, Props
from runtime import ActorSystem, Settings, TestKit
from tests.runtime.local.people import Do, all_is_quiet, living_timers, nap, obedient

SUSPENDED = "handler suspended for long"
HELD_UP = "actor held up the event loop"
ONE_OF_THESE = "actors held up the event loop, this one was the last"


@pytest.fixture
def logs() -> Iterator[list[Any]]:
    with capture_logs() as logs:
        yield logs


async def test_a_suspended_handler_is_named(actor_system: ActorSystem, logs: list[Any]) -> None:
    """After 10 s of one message the warning has actor, message type and seconds; again at twice the time."""
    actor = actor_system.spawn(obedient())
    actor.tell(nap(75.0))
    await asyncio.sleep(9.9)
    assert logs == []
    await asyncio.sleep(100.0)

    assert [(line["event"], line["actor"], line["message_type"]) for line in logs] == [
        (SUSPENDED, str(actor), "Do")
    ] * 3
    assert [line["seconds"] for line in logs] == [10.0, 20.0, 40.0]
    assert {line["log_level"] for line in logs} == {"warning"}


async def test_a_suspended_hook_is_named(actor_system: ActorSystem, logs: list[Any]) -> None:
    """A hook that is suspended for long is named by the state of its actor; it handles no message."""

    class Late(Actor[Any]):
        async def pre_start(self) -> None:
            await asyncio.sleep(15.0)

    actor = actor_system.spawn(Late)
    await asyncio.sleep(20.0)

    assert [(line["actor"], line["state"], line["message_type"]) for line in logs] == [(str(actor), "creating", None)]


async def test_each_of_many_is_named_in_time(logs: list[Any]) -> None:
    """With many suspended handlers each is named, at most a quarter of the time late, from one timer."""
    before = living_timers()
    async with ActorSystem("test", Settings(slow_handler_s=4.0)) as system:
        actors = [system.spawn(obedient()) for _ in range(10)]
        for actor in actors:
            actor.tell(nap(7.9))
            await asyncio.sleep(0.3)
        assert len(living_timers()) - len(before) == 10 + 1
        await asyncio.sleep(10.0)
        assert living_timers() == before, "without a suspended handler there is no timer"

    assert [line["actor"] for line in logs] == [str(actor) for actor in actors]
    assert all(4.0 <= line["seconds"] <= 5.0 for line in logs)


async def test_a_handler_that_suspends_often_is_not_named(actor_system: ActorSystem, logs: list[Any]) -> None:
    """Many messages that take a second each are no handler that takes long."""
    actor = actor_system.spawn(obedient())
    for _ in range(60):
        actor.tell(nap(1.0))
    await asyncio.sleep(100.0)

    assert logs == []


async def test_it_can_be_switched_off(logs: list[Any]) -> None:
    """With `slow_handler_s=None` nothing is named and there is no timer; zero is refused."""
    before = living_timers()
    async with ActorSystem("test", Settings(slow_handler_s=None)) as system:
        system.spawn(obedient()).tell(nap(100.0))
        await all_is_quiet()
        assert len(living_timers()) - len(before) == 1
        await asyncio.sleep(200.0)

    assert logs == []
    with pytest.raises(ValueError, match="slow_handler_s"):
        Settings(slow_handler_s=0.0)


class Blocking(Actor[float]):
    """Holds the loop up for as many seconds as it is told: moves the loop's clock while it is handled."""

    def __init__(self, clock: list[float]) -> None:
        self.clock = clock

    def receive(self, message: float) -> None:
        """Block."""
        self.clock[0] += message


@pytest.fixture
def clock(actor_system: ActorSystem) -> list[float]:
    """By how many seconds the loop's clock was moved by hand."""
    loop: Any = actor_system.loop
    moved, time = [0.0], loop.time
    loop.time = lambda: time() + moved[0]
    return moved


def blocking(system: ActorSystem, clock: list[float], name: str) -> ActorRef[float]:
    return system.spawn(Props(Blocking, clock), name)


async def test_who_holds_up_the_loop_is_named(actor_system: ActorSystem, clock: list[float], logs: list[Any]) -> None:
    """A handler that does not let others run for more than 0.1 s is named at once when it was the only one."""
    actor = blocking(actor_system, clock, "a")
    await all_is_quiet()
    for seconds in (0.1, 0.15, 2.0):
        actor.tell(seconds)
        await all_is_quiet()

    assert [(line["event"], line["actor"], line["message_type"], line["seconds"]) for line in logs] == [
        (HELD_UP, str(actor), "float", 0.15),
        (HELD_UP, str(actor), "float", 2.0),
    ]


async def test_one_of_many_is_named_the_next_time(
    actor_system: ActorSystem, clock: list[float], logs: list[Any]
) -> None:
    """When it could have been several, that is said, and for a minute turns are measured: the next time it is named."""
    actors = [blocking(actor_system, clock, name) for name in "abc"]
    await all_is_quiet()

    async def one_drain() -> None:
        for actor, seconds in zip(actors, (0.01, 0.5, 0.01), strict=True):
            actor.tell(seconds)
        await all_is_quiet()

    await one_drain()
    assert [(line["event"], line["actor"], line["messages"]) for line in logs] == [(ONE_OF_THESE, str(actors[2]), 3)]
    logs.clear()
    await one_drain()
    assert [(line["event"], line["actor"], line["seconds"]) for line in logs] == [(HELD_UP, str(actors[1]), 0.5)]
    logs.clear()
    clock[0] += 60.0
    await one_drain()
    assert [line["event"] for line in logs] == [ONE_OF_THESE]


async def test_inspected_turns_are_the_same_turns(
    actor_system: ActorSystem, clock: list[float], test_kit: TestKit
) -> None:
    """While turns are measured, messages are handled as ever: in order, suspended handlers included."""
    probe = test_kit.probe()
    actor = actor_system.spawn(obedient(probe))
    other = blocking(actor_system, clock, "b")
    for _ in range(2):
        other.tell(0.5)
    await all_is_quiet()
    for number in range(300):
        actor.tell(number)
        if number % 100 == 0:
            actor.tell(nap(0.1))
            other.tell(0.5)
    actor.tell(Do(lambda actor: actor.report.tell("done")))

    assert [await probe.receive_one() for _ in range(301)] == [*range(300), "done"]


async def test_inspection_leaves_others_their_turn(
    actor_system: ActorSystem, clock: list[float], test_kit: TestKit
) -> None:
    """While turns are measured, actors that never run out of messages still leave the loop to others."""

    class Endless(Actor[int]):
        def receive(self, message: int) -> None:
            self.ref.tell(message + 1)

    blocker = blocking(actor_system, clock, "b")
    for _ in range(2):
        blocker.tell(0.5)
    await all_is_quiet()
    endless = actor_system.spawn(Endless)
    endless.tell(0)
    for _ in range(10):
        await asyncio.sleep(0)
    actor_system.stop(endless)
    await all_is_quiet()

    assert actor_system.find_local(endless.path) is None


@pytest.mark.real
@pytest.mark.asyncio(loop_factories=["asyncio", "uvloop"])
async def test_real_blocking_is_seen_on_every_loop(logs: list[Any]) -> None:
    """A handler that really blocks is named, on each loop."""
    import time

    async with ActorSystem("test") as system:
        actor = system.spawn(obedient())
        await actor.ask(Do(lambda actor: actor.reply("started")))
        actor.tell(Do(lambda actor: time.sleep(0.15)))
        await actor.ask(Do(lambda actor: actor.reply("done")))

    # A busy machine may have held up others, before and after.
    assert [line for line in logs if "held up" in line["event"] and line["actor"] == str(actor)]
    assert max(line["seconds"] for line in logs if "held up" in line["event"]) >= 0.15
