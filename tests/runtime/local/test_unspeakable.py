"""Exceptions and values of user code that cannot say what they are: they end nothing but what they are raised in."""

from __future__ import annotations

import io
import sys
from typing import Any

import pytest
import structlog

from actors import Actor, DeathCause, Directive, Props
from actors.supervision import OneForOneStrategy
from runtime import ActorSystem, TestKit
from runtime.observability import configure_logging
from tests.runtime.local.people import all_is_quiet, spawned, supervisor
from tests.runtime.local.puppets import Puppet, raising


class Mute(Exception):
    """Its text is that of a response which it has not got."""

    def __str__(self) -> str:
        return str(self.response)  # type: ignore[attr-defined]

    __repr__ = __str__


@pytest.mark.parametrize("hook", ["made", "pre_start", "receive", "post_stop"])
@pytest.mark.parametrize("directive", [Directive.STOP, Directive.RESTART, Directive.ESCALATE])
async def test_who_fails_without_words_ends_as_others_do(
    actor_system: ActorSystem, test_kit: TestKit, hook: str, directive: Directive
) -> None:
    """S3, S39, S43: a failure whose text cannot be had is judged, and its actor stops, as of any other."""
    probe = test_kit.probe()
    parent = actor_system.spawn(supervisor(OneForOneStrategy(2, decider=lambda error: directive)))
    does = {} if hook == "receive" else {hook: raising(Mute())}
    child = await spawned(parent, Props(Puppet, [], **does))
    probe.watch(child)
    if hook == "receive":
        child.tell(raising(Mute()))
        await all_is_quiet()
    actor_system.stop(parent)
    death = await probe.expect_terminated(child)
    if hook == "receive" and directive is Directive.STOP:
        assert (death.cause, death.detail) == (DeathCause.FAILED, "Mute: its text cannot be had")


async def test_who_would_end_everything_by_its_words(actor_system: ActorSystem) -> None:
    """S5: the text of a failure is no handler: whatever it raises, the failure is judged."""

    class Last(ValueError):
        def __str__(self) -> str:
            raise SystemExit(3)

    diary: list[str] = []
    subject = actor_system.spawn(Props(Puppet, diary))
    subject.tell(raising(Last()))
    subject.tell("next")
    await all_is_quiet()
    assert diary[-1] == "a2 next"


async def test_a_reader_of_events_fails_without_words(actor_system: ActorSystem) -> None:
    """A11: whoever publishes does not hear of it, and others read on."""
    read: list[object] = []
    actor_system.event_stream.subscribe(lambda event: raising(Mute())(), str)
    actor_system.event_stream.subscribe(read.append, str)
    actor_system.event_stream.publish("news")
    assert read == ["news"]


async def test_what_pretends_to_everything_is_not_awaited(actor_system: ActorSystem, test_kit: TestKit) -> None:
    """What a handler or hook returns may be any object: only its class says whether it can be awaited."""

    class Proxy:
        def __getattr__(self, name: str) -> Any:
            raise RuntimeError("not connected")

    class Odd(Actor[Any]):
        def pre_start(self) -> Any:
            return Proxy()

        def receive(self, message: Any) -> Any:
            self.sender.tell(message)
            return Proxy()

    probe = test_kit.probe()
    odd = actor_system.spawn(Odd)
    for number in range(2):
        odd.tell(number, probe.ref)
        assert await probe.receive_one() == number


class Odd:
    def __str__(self) -> str:
        raise RuntimeError("not for people")

    __repr__ = __str__


@pytest.mark.parametrize("stream", ["none", "closed", "whole"])
@pytest.mark.parametrize("configured", [True, False])
async def test_a_line_that_cannot_be_written_fails_nobody(
    monkeypatch: pytest.MonkeyPatch, stream: str, configured: bool
) -> None:
    """Of a process without stderr, or with an odd value in it: actors go on, and people may hear of it."""
    err = io.StringIO()
    structlog.reset_defaults()  # as in a new process; other tests get theirs back
    if configured:
        configure_logging(stream=err)
    if stream == "closed":
        err.close()
    monkeypatch.setattr(sys, "stderr", None if stream == "none" else err)
    async with ActorSystem("log") as system:
        system.log.error("oh", value=Odd())
        system.log.error("ah")
    if stream == "whole":
        assert "could not be written" in err.getvalue()
        assert "ah" in err.getvalue()
