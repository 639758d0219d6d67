"""The log names what went wrong once, and not a thousand times."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from typing import Any

import pytest
from structlog.testing import capture_logs

from actors import Directive, OneForOneStrategy, Props
from runtime import ActorSystem, Settings
from tests.runtime.local.people import Do, Ill, all_is_quiet, fail, obedient, spawned, stop, supervisor


@pytest.fixture
def logs() -> Iterator[list[Any]]:
    with capture_logs() as logs:
        yield logs


async def test_dead_letters_are_logged_and_then_no_more(logs: list[Any]) -> None:
    """A10: the first 10 are logged with message type, recipient and sender; then 5 minutes nothing; then the count."""
    async with ActorSystem("test") as system:
        dead, sender = system.spawn(obedient()), system.spawn(obedient())
        dead.tell(Do(stop))
        await all_is_quiet()
        for _ in range(1000):
            dead.tell("late", sender)
        assert [line["event"] for line in logs] == ["dead letter"] * 10
        assert (logs[0]["message_type"], logs[0]["recipient"]) == ("str", str(dead))
        assert logs[0]["sender"] == str(sender)
        assert ["silence" in line for line in logs] == [False] * 9 + [True]

        await asyncio.sleep(300.0)
        dead.tell("later")
        assert len(logs) == 11
        assert logs[10]["skipped"] == 990
        for _ in range(20):
            dead.tell("still later")
        assert len(logs) == 20

    assert [(line["event"], line["count"]) for line in logs[20:]] == [("dead letters that were not logged", 11)]


async def test_dead_letters_need_not_be_logged(logs: list[Any]) -> None:
    """A10: with `dead_letters_logged=0` only their number is logged, at the end; before a start they harm nobody."""
    system = ActorSystem("test", Settings(dead_letters_logged=0))
    system.dead_letters.tell("before the start")
    async with system:
        system.dead_letters.tell("late")

    assert [line.get("count") for line in logs] == [2]


async def test_a_failure_is_logged_with_what_was_handled(logs: list[Any]) -> None:
    """S13: the line names actor, message type and cause, also for a message that was stashed."""
    causes = [Ill("very")]

    def stash_and_fail(actor: Any) -> None:
        if causes:  # the message comes back to the next instance
            actor.context.stash()
            raise causes.pop()

    async with ActorSystem("test") as system:
        parent = system.spawn(supervisor(OneForOneStrategy(decider=lambda error: Directive.RESTART)))
        child = await spawned(parent, obedient())
        child.tell(Do(stash_and_fail))
        await all_is_quiet()
        child.tell(Do(stop))

    line = logs[0]
    assert (line["event"], line["actor"], line["message_type"]) == ("actor failed: restart", str(child), "Do")
    assert line["error"] == "Ill: very"
    assert line["log_level"] == "error"


async def test_the_same_failure_is_not_logged_a_thousand_times(logs: list[Any]) -> None:
    """S13: the same actor with the same exception class is logged 10 times, then counted; another class is new."""

    def fail_otherwise(actor: Any) -> None:
        raise KeyError

    async with ActorSystem("test") as system:
        parent = system.spawn(supervisor(OneForOneStrategy(decider=lambda error: Directive.RESTART)))
        first, second = [await spawned(parent, obedient()) for _ in range(2)]
        for _ in range(1000):
            first.tell(Do(fail))
        second.tell(Do(fail))
        first.tell(Do(fail_otherwise))
        await all_is_quiet()
        assert [line["actor"] for line in logs].count(str(first)) == 11
        assert [line["actor"] for line in logs].count(str(second)) == 1
        await asyncio.sleep(300.0)
        first.tell(Do(fail))
        await all_is_quiet()
        assert logs[-1]["skipped"] == 990
        for _ in range(12):
            first.tell(Do(fail))
        await all_is_quiet()

    assert [(line["event"], line["count"]) for line in logs if "count" in line] == [
        ("failures of actors that were not logged", 3)
    ]


async def test_a_failure_at_the_start_has_no_message(logs: list[Any]) -> None:
    """S13: an actor that cannot be made is named with the cause, and without a message."""

    def impossible() -> Any:
        raise Ill

    async with ActorSystem("test") as system:
        actor = system.spawn(Props(impossible))
        await all_is_quiet()

    assert (logs[0]["actor"], logs[0]["message_type"]) == (str(actor), None)
    assert "could not start: Ill" in logs[0]["error"]
