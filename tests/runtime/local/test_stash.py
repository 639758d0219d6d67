"""Messages put aside, and back at the front of the mailbox."""

from __future__ import annotations

from typing import Any

import pytest

from actors import Actor, ActorRef, DeadLetter, Props, Terminated
from runtime import ActorSystem, Settings, TestProbe
from tests.runtime.local.puppets import child_of, quiet, raising, supervisor


class Opening(Actor[Any]):
    """Stashes everything until it is told to open; then notes what comes, with its sender."""

    def __init__(self, seen: list[tuple[Any, ActorRef[Any]]]) -> None:
        self.seen = seen
        self.errors: list[Exception] = []
        self.is_open = False

    def receive(self, message: Any) -> Any:
        if callable(message):
            return message(self)
        if message == "open":
            self.is_open = True
            self.context.unstash_all()
        elif self.is_open:
            self.seen.append((message, self.sender))
        else:
            self.context.stash()
        return None


async def test_unstashed_messages_come_first(actor_system: ActorSystem) -> None:
    """A6: unstash_all puts messages in front of all that wait, in their order and with their senders."""
    seen: list[tuple[Any, ActorRef[Any]]] = []
    probes = [TestProbe(actor_system) for _ in range(3)]
    ref = actor_system.spawn(Props(Opening, seen))

    for n, probe in enumerate(probes):
        ref.tell(n, probe.ref)
    ref.tell("open")
    ref.tell("behind", probes[0].ref)
    await quiet()

    assert seen == [(0, probes[0].ref), (1, probes[1].ref), (2, probes[2].ref), ("behind", probes[0].ref)]


async def test_equal_messages_may_be_stashed(actor_system: ActorSystem) -> None:
    """A6: a message is stashed twice only within one handling of it; equal ones, even the same object, are others."""
    seen: list[tuple[Any, ActorRef[Any]]] = []
    errors: list[Exception] = []
    ref = actor_system.spawn(Props(Opening, seen))

    def stash_twice(actor: Opening) -> None:
        actor.context.stash()
        with pytest.raises(RuntimeError, match="already") as caught:
            actor.context.stash()
        errors.append(caught.value)

    for message in ("same", "same", "same", stash_twice, "open"):
        ref.tell(message)
    await quiet()

    assert [message for message, _ in seen] == ["same", "same", "same"]
    assert len(errors) == 2, "it stashes itself, so it comes again"
    actor_system.stop(ref)
    await quiet()


async def test_a_full_stash() -> None:
    """A6: a message beyond the stash's capacity is an error of the actor, with the capacity in the text."""
    errors: list[Exception] = []

    class Full(Opening):
        def receive(self, message: Any) -> Any:
            try:
                return super().receive(message)
            except RuntimeError as error:
                errors.append(error)

    seen: list[tuple[Any, ActorRef[Any]]] = []
    async with ActorSystem("test", Settings(stash_capacity=2)) as system:
        ref = system.spawn(Props(Full, seen))
        for message in ("one", "two", "three", "open"):
            ref.tell(message)
        await quiet()

    assert [message for message, _ in seen] == ["one", "two"]
    assert len(errors) == 1
    assert "2" in str(errors[0])


async def test_the_stash_survives_a_restart(actor_system: ActorSystem) -> None:
    """A7: with the default hooks a restart puts the stash back in front of the mailbox."""
    seen: list[tuple[Any, ActorRef[Any]]] = []
    opened: list[bool] = [False]

    class Restarting(Opening):
        def pre_start(self) -> None:
            self.is_open = opened[0]
            opened[0] = True

    parent = actor_system.spawn(supervisor([], [ValueError]))
    child = await child_of(parent, Props(Restarting, seen))
    for message in ("one", "two", raising(ValueError()), "three"):
        child.tell(message)
    await quiet()

    assert [message for message, _ in seen] == ["one", "two", "three"]


async def test_the_stash_of_the_dead(actor_system: ActorSystem) -> None:
    """A7: what is stashed when its actor stops becomes dead letters."""
    letters: list[DeadLetter] = []
    actor_system.event_stream.subscribe(letters.append, DeadLetter)
    ref = actor_system.spawn(Props(Opening, []))
    for message in ("one", "two"):
        ref.tell(message)
    await quiet()
    actor_system.stop(ref)
    await quiet()

    assert [(letter.message, letter.recipient) for letter in letters] == [("one", ref), ("two", ref)]


async def test_a_stashed_terminated(actor_system: ActorSystem) -> None:
    """A8: a stashed `Terminated` comes again after unstash_all, once."""
    seen: list[tuple[Any, ActorRef[Any]]] = []
    subject = actor_system.spawn(Props(Opening, []))
    ref = actor_system.spawn(Props(Opening, seen))
    ref.tell(lambda actor: actor.context.watch(subject))
    await quiet()
    actor_system.stop(subject)
    await quiet()
    assert seen == []
    ref.tell("open")
    await quiet()

    (terminated, sender), = seen  # fmt: skip
    assert isinstance(terminated, Terminated)
    assert terminated.ref == sender == subject


@pytest.mark.parametrize("word", [0, "", False, ()])
async def test_a_stashed_word_that_is_false(actor_system: ActorSystem, word: object) -> None:
    """D27, D32: what `watch_with` was given may be anything; stashed, it ends with the watch."""
    seen: list[tuple[Any, ActorRef[Any]]] = []
    ref = actor_system.spawn(Props(Opening, seen))
    subject = actor_system.spawn(Props(Opening, []))
    ref.tell(lambda actor: actor.context.watch_with(subject, word))
    await quiet()
    actor_system.stop(subject)
    await quiet()
    ref.tell(lambda actor: actor.context.unwatch(subject))
    ref.tell("open")
    await quiet()
    assert seen == []
