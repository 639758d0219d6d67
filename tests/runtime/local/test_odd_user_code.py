"""User code at its oddest: it ends nothing but what it was given to, and never goes unsaid."""

from __future__ import annotations

import asyncio
import weakref
from collections.abc import Callable
from typing import Any, Protocol

import pytest
from structlog.testing import capture_logs

from actors import Actor, ActorInitializationError, DeadLetter, Identify, PoisonPill, Props
from actors.signals import Unwatch
from runtime import ActorSystem, TestKit
from runtime.events import ActorFailed
from runtime.incoming import ON_SIGNAL
from tests.runtime.local.puppets import Puppet, child_of, quiet, raising, supervisor


class Lost:
    """Something that others only know weakly."""


class Forgetful:
    """A key that cannot be compared any more."""

    def __init__(self) -> None:
        self.is_lost = False

    def __hash__(self) -> int:
        if self.is_lost:
            raise LookupError("no such session")
        return 1


class Named(Protocol):
    """A protocol as most are: nobody can ask at run time who belongs to it."""

    name: str


async def test_who_asks_who_is_there_without_a_reference(actor_system: ActorSystem) -> None:
    """A sender that is no reference gets no answer, and its subject goes on; so does a dead one's."""
    subject, dead = actor_system.spawn(Props(Puppet, [])), actor_system.spawn(Props(Puppet, []))
    actor_system.stop(dead)
    await quiet()
    for ref in (subject, dead):
        ref.tell(Identify(), object())  # type: ignore[arg-type]
    assert await subject.ask(lambda actor: actor.reply("here")) == "here"


async def test_a_message_that_cannot_tell_its_class(actor_system: ActorSystem) -> None:
    """It fails its receiver as any other may, which is restarted, and is a dead letter where nobody takes it."""
    diary: list[str] = []
    letters: list[DeadLetter] = []
    actor_system.event_stream.subscribe(letters.append, DeadLetter)
    lost = Lost()
    subject = actor_system.spawn(Props(Puppet, diary))
    subject.tell(weakref.proxy(lost))
    subject.tell("next")
    del lost
    await quiet()
    assert diary[-1] == "a2 next"

    lost = Lost()
    subject.tell(lambda actor: actor.context.stop(actor.ref))
    subject.tell(weakref.proxy(lost))
    del lost
    await quiet()
    assert len(letters) == 1
    assert type(letters[0].message) is weakref.ProxyType


class Shy:
    """An awaitable that does not tell its class."""

    @property
    def __class__(self) -> Any:
        raise LookupError("no such session")

    def __await__(self) -> Any:
        return asyncio.sleep(0.1).__await__()


@pytest.mark.parametrize("outcome", [lambda: weakref.proxy(Lost()), Shy], ids=["gone", "shy"])
async def test_a_hook_returns_what_cannot_tell_its_class(
    actor_system: ActorSystem, outcome: Callable[[], object]
) -> None:
    """It is ignored, or awaited, as anything else is; the actor starts."""
    subject = actor_system.spawn(Props(Puppet, [], pre_start=lambda actor: outcome()))
    assert await subject.ask(lambda actor: actor.reply("here")) == "here"


async def test_a_timer_whose_key_is_lost(actor_system: ActorSystem) -> None:
    """Its tick fails its actor, though no message of it; and the actor ends when it is told to."""
    key, diary = Forgetful(), list[str]()
    failed: list[Any] = []
    parent = actor_system.spawn(supervisor([], [LookupError]))
    subject = await child_of(
        parent, Props(Puppet, diary, pre_restart=lambda actor, reason, message: failed.append(message))
    )

    async def wait(actor: Puppet) -> None:
        actor.context.timers.start_single(key, "tick", 0.1)
        await asyncio.sleep(0.5)
        key.is_lost = True

    subject.tell(wait)
    await quiet(1.0)
    key.is_lost = False
    subject.tell("next")
    await quiet()
    assert [entry for entry in diary if not entry.endswith("_restart")][-1].endswith(" next")
    assert "a1 tick" not in diary
    assert failed == [None]


@pytest.mark.parametrize("error", [asyncio.CancelledError(), GeneratorExit(), RuntimeError()], ids=repr)
async def test_whoever_hears_of_failures_fails(actor_system: ActorSystem, error: BaseException) -> None:
    """A11: what a subscriber raises, whatever it is, ends no verdict: the child is restarted."""
    diary: list[str] = []
    actor_system.event_stream.subscribe(raising(error), ActorFailed)
    subject = actor_system.spawn(Props(Puppet, diary))
    subject.tell(raising(ValueError()))
    subject.tell("next")
    await quiet()
    assert diary[-1] == "a2 next"


async def test_whoever_hears_of_failures_ends_the_program() -> None:
    """A `SystemExit` of a subscriber ends the system, as that of a handler does, and `async with` raises it."""
    with pytest.raises(SystemExit):  # noqa: PT012
        async with ActorSystem("test") as system:
            system.event_stream.subscribe(raising(SystemExit(3)), ActorFailed)
            system.spawn(Props(Puppet, [])).tell(raising(ValueError()))
            await system.when_terminated()


async def test_events_of_what_nobody_belongs_to(actor_system: ActorSystem) -> None:
    """A11: a class of events that cannot be asked for is refused at once; else each event would fail its publisher."""
    with pytest.raises(TypeError, match="runtime_checkable"):
        actor_system.event_stream.subscribe(print, Named)


@pytest.mark.parametrize("error", [SystemExit(0), asyncio.CancelledError(), ValueError()], ids=repr)
async def test_a_callback_at_the_end_ends_the_program(error: BaseException) -> None:
    """S71: whatever it raises, the others are called and everything is closed; then `SystemExit` comes out."""
    called: list[str] = []
    system = ActorSystem("test")
    system.on_termination(lambda: called.append("first"))
    system.on_termination(raising(error))
    caught: BaseException | None = None
    try:
        async with system:
            pass
    except BaseException as raised:
        caught = raised
    assert caught is (error if isinstance(error, SystemExit) else None)
    assert called == ["first"]
    assert system.dispatcher.closed


async def test_callbacks_that_nobody_would_await(actor_system: ActorSystem) -> None:
    """S71: a coroutine function is refused at once, and so is what cannot be called."""

    async def later() -> None: ...

    for callback in (later, None):
        with pytest.raises(TypeError, match="coordinated_shutdown"):
            actor_system.on_termination(callback)  # type: ignore[arg-type]
    with pytest.raises(TypeError, match="function"):
        actor_system.coordinated_shutdown.add_task("service-stop", "nothing", None)  # type: ignore[arg-type]


async def test_a_plain_function_in_a_phase() -> None:
    """S71: it is as good as one that is awaited."""
    called: list[str] = []
    with capture_logs() as logs:
        async with ActorSystem("test") as system:
            system.coordinated_shutdown.add_task("service-stop", "plain", lambda: called.append("plain"))
    assert called == ["plain"]
    assert not [line for line in logs if line["event"] == "shutdown task failed"]


class Yielding(Actor[Any]):
    async def receive(self, message: Any) -> Any:
        self.reply(message)
        yield message


class Generating(Actor[Any]):
    def pre_start(self) -> Any:
        yield "never"


@pytest.mark.parametrize("odd", [Yielding, Generating])
async def test_a_handler_with_a_yield_in_it(actor_system: ActorSystem, odd: type[Actor[Any]]) -> None:
    """Nothing of it would be run: that is a failure which says so, and not a message that nobody has handled."""
    errors: list[ActorFailed] = []
    actor_system.event_stream.subscribe(errors.append, ActorFailed)
    actor_system.spawn(odd).tell("question")
    await quiet()
    error = errors[0].error
    assert "`yield`" in str(error.__cause__ if isinstance(error, ActorInitializationError) else error)


class Foreign:
    """An awaitable of another library, whose loop this is not."""

    def __await__(self) -> Any:
        yield Lost()


async def test_what_no_loop_knows_is_awaited(actor_system: ActorSystem) -> None:
    """It is the error that it is in any task, and no handler that waits for ever."""
    heard: list[str] = []

    async def wait(actor: Puppet) -> None:
        try:
            await Foreign()
        except RuntimeError as error:
            heard.append(str(error))
        await asyncio.sleep(0.1)
        heard.append("on")

    actor_system.spawn(Props(Puppet, [])).tell(wait)
    await quiet(1.0)
    assert [text.partition(":")[0] for text in heard] == ["Task got bad yield", "on"]


@pytest.mark.parametrize("error", [asyncio.CancelledError(), ValueError()], ids=repr)
async def test_what_makes_a_message_of_an_outcome_fails(actor_system: ActorSystem, error: BaseException) -> None:
    """The actor fails with it, whatever it is."""
    failures: list[ActorFailed] = []
    actor_system.event_stream.subscribe(failures.append, ActorFailed)
    subject = actor_system.spawn(Props(Puppet, []))
    subject.tell(lambda actor: actor.context.pipe_to_self(asyncio.sleep(0.1), raising(error)))
    await quiet(1.0)
    assert [failure.error for failure in failures] == [error]


async def test_all_that_an_instance_awaits_fails_at_once(actor_system: ActorSystem) -> None:
    """What an earlier instance has awaited is no failure of the next; nor does it go unsaid."""
    diary: list[str] = []
    letters: list[DeadLetter] = []
    actor_system.event_stream.subscribe(letters.append, DeadLetter)
    parent = actor_system.spawn(supervisor([], [OSError], max_nr_of_retries=1))
    subject = await child_of(parent, Props(Puppet, diary))
    gone = asyncio.get_running_loop().create_future()

    async def read() -> None:
        await asyncio.shield(gone)

    for _ in range(3):
        subject.tell(lambda actor: actor.context.pipe_to_self(read()))
    await quiet()
    subject.tell(lambda actor: asyncio.sleep(0.1))
    gone.set_exception(OSError("connection lost"))
    await quiet(1.0)
    subject.tell("next")
    await quiet()
    assert diary[-1] == "a2 next"
    assert [type(letter.message).__name__ for letter in letters] == ["PipedFailure"] * 2


async def test_nothing_is_handled_any_more(actor_system: ActorSystem) -> None:
    """Beside the mailbox no message is handled: the last one is not stashed a second time."""
    diary: list[str] = []
    subject = actor_system.spawn(Props(Puppet, diary))
    contexts: list[Any] = []
    subject.tell(lambda actor: contexts.append(actor.context))
    subject.tell("last")
    await quiet()
    with pytest.raises(RuntimeError, match="handles no message"):
        contexts[0].stash()


async def test_a_behaviour_that_cannot_be_called(actor_system: ActorSystem) -> None:
    """It is refused where it is set, and not where the next message comes."""
    subject = actor_system.spawn(Props(Puppet, []))

    def become(actor: Puppet) -> None:
        try:
            actor.context.become(None)  # type: ignore[arg-type]
        except TypeError as error:
            actor.reply(str(error))

    assert "a behaviour is a function" in await subject.ask(become)


async def test_one_instance_for_two_actors(actor_system: ActorSystem, test_kit: TestKit) -> None:
    """An instance may come again, in another life of its actor; but not be two actors at once."""
    probe = test_kit.probe()
    first = actor_system.spawn(kept(instances := []))
    await quiet()
    failures: list[ActorFailed] = []
    actor_system.event_stream.subscribe(failures.append, ActorFailed)
    second = probe.watch(actor_system.spawn(lambda: instances[0]))
    await probe.expect_terminated(second)
    assert str(first) in str(failures[0].error.__cause__)
    assert await first.ask(lambda actor: actor.reply(actor.ref)) == first

    first.tell(PoisonPill())
    await quiet()
    third = actor_system.spawn(lambda: instances[0])
    assert await third.ask(lambda actor: actor.reply(actor.ref)) == third


def kept(instances: list[Puppet]) -> Callable[[], Puppet]:
    """Makes a puppet, and keeps it."""

    def make() -> Puppet:
        instances.append(Puppet([]))
        return instances[-1]

    return make


async def test_a_name_that_users_like(actor_system: ActorSystem) -> None:
    """What an actor calls `_home` or `_props` is its own."""

    class Villager(Puppet):
        _props = ("a spade",)

        def __init__(self) -> None:
            super().__init__([])
            self._home = "the mill"

    villager = actor_system.spawn(Villager)
    assert await villager.ask(lambda actor: actor.reply((actor._home, actor._props))) == ("the mill", ("a spade",))


@pytest.mark.parametrize("is_measured", [False, True])
async def test_a_defect_of_the_runtime_in_one_turn(
    actor_system: ActorSystem, monkeypatch: pytest.MonkeyPatch, is_measured: bool
) -> None:
    """It is told to the loop; the actor has further turns, measured or not, and ends when it is told to."""
    told: list[Any] = []
    loop = asyncio.get_running_loop()
    if is_measured:
        actor_system.dispatcher.measure(loop.time() + 60.0, loop.time, None)
    loop.set_exception_handler(lambda loop, context: told.append(context["exception"]))
    monkeypatch.setitem(ON_SIGNAL, Unwatch, raising(AssertionError("a defect")))
    subject = actor_system.spawn(Props(Puppet, []))
    await quiet()
    subject.sink.signal(Unwatch(subject, subject))
    await quiet()
    assert await subject.ask(lambda actor: actor.reply("here")) == "here"
    assert [type(error) for error in told] == [AssertionError]
    loop.set_exception_handler(None)
