"""Context variables: each actor has its own, as a task has, and what one sets no other sees."""

from __future__ import annotations

import asyncio
import contextvars
import decimal
import gc
import weakref
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import structlog
from structlog.testing import LogCapture

from actors import PoisonPill, Props
from runtime import ActorSystem
from tests.runtime.local.puppets import PUPPETS, Puppet, child_of, quiet, raising, supervisor

variable: contextvars.ContextVar[str] = contextvars.ContextVar("variable", default="unset")


class Things:
    pass


Deed = Callable[[Puppet], Any]


def noting(seen: list[str]) -> Deed:
    """A message: note what the variable is."""

    def deed(*_: Any) -> None:
        seen.append(variable.get())

    return deed


def setting(value: str) -> Deed:
    """A message: set the variable."""

    def deed(*_: Any) -> None:
        variable.set(value)

    return deed


def setting_after(seconds: float, value: str) -> Deed:
    """A message: set the variable, wait, see that it is still set."""

    async def deed(*_: Any) -> None:
        variable.set(value)
        await asyncio.sleep(seconds)
        assert variable.get() == value

    return deed


@pytest.mark.parametrize(
    "deed", [setting("mine"), setting_after(0.0, "mine"), setting_after(0.1, "mine")], ids=["plain", "turn", "wait"]
)
async def test_no_other_actor_sees_what_a_handler_sets(actor_system: ActorSystem, deed: Deed) -> None:
    """What a handler sets stays with its actor, whether it waits or not, for those before, beside and after it."""
    seen: list[str] = []
    others = [actor_system.spawn(Props(Puppet, [])) for _ in range(3)]
    setter = actor_system.spawn(Props(Puppet, []))
    for _ in range(2):
        others[0].tell(noting(seen))
        setter.tell(deed)
        others[1].tell(noting(seen))
        await quiet()
        others[2].tell(noting(seen))  # on the worker that the setter has had
        actor_system.spawn(Props(Puppet, [])).tell(noting(seen))
        await quiet()

    assert seen == ["unset"] * 8
    assert variable.get() == "unset"


async def test_an_actor_keeps_what_it_sets(actor_system: ActorSystem) -> None:
    """All of its later handlers see it, also those that were suspended meanwhile; a token undoes it in any of them."""
    seen: list[str] = []
    tokens: list[Any] = []
    ref = actor_system.spawn(Props(Puppet, []))

    async def handler(actor: Puppet) -> None:
        tokens.append(variable.set("first"))
        await asyncio.sleep(0.1)
        tokens.append(variable.set("second"))

    async def undo(actor: Puppet) -> None:
        await asyncio.sleep(0.1)
        variable.reset(tokens.pop())

    for message in (handler, noting(seen), undo, noting(seen), undo, noting(seen)):
        ref.tell(message)
    await quiet()

    assert seen == ["second", "first", "unset"]


@pytest.mark.parametrize("cls", PUPPETS)
async def test_constructor_and_hooks(actor_system: ActorSystem, cls: type[Puppet]) -> None:
    """They run with the variables of their actor, which a restart keeps, as it keeps the mailbox."""
    seen: list[str] = []
    note = noting(seen)

    def made(actor: Puppet) -> None:
        note()
        variable.set(f"{variable.get()}+")

    parent = actor_system.spawn(supervisor([], [ValueError]))
    does: dict[str, Any] = dict.fromkeys(("pre_start", "pre_restart", "post_restart", "post_stop"), note)
    child = await child_of(parent, Props(cls, [], made=made, **does))
    child.tell(raising(ValueError()))
    child.tell(note)
    parent.tell(note)
    await quiet()
    parent.tell(lambda actor: actor.context.stop(child))
    await quiet()

    #              made     pre_start pre_restart made     post_restart parent   message   post_stop
    assert sorted(seen) == sorted(["unset", "unset+", "unset+", "unset+", "unset++", "unset", "unset++", "unset++"])


async def test_a_copy_when_it_is_spawned(actor_system: ActorSystem) -> None:
    """An actor begins with the variables of who spawned it, as they were then, like a task that was created then."""
    seen: list[str] = []

    async def have_children(actor: Puppet) -> None:
        variable.set("parent's")
        actor.context.spawn(Props(Puppet, []), "early").tell(noting(seen))
        variable.set("parent's later")
        await asyncio.sleep(0.1)
        actor.context.spawn(Props(Puppet, []), "late").tell(noting(seen))
        actor.context.child("early").tell(noting(seen))  # type: ignore[union-attr]

    token = variable.set("caller's")
    ref = actor_system.spawn(Props(Puppet, []))
    variable.reset(token)
    ref.tell(noting(seen))
    ref.tell(have_children)
    await quiet()

    assert sorted(seen) == ["caller's", "parent's", "parent's", "parent's later"]


async def test_who_sends_does_not_matter(actor_system: ActorSystem) -> None:
    """A handler sees nothing of the variables of who sent the message, or of who woke the dispatcher up."""
    seen: list[str] = []
    ref = actor_system.spawn(Props(Puppet, []))
    await quiet()

    token = variable.set("sender's")
    ref.tell(noting(seen))
    variable.reset(token)
    await quiet()
    actor_system.spawn(Props(Puppet, [])).tell(lambda actor: [variable.set("another's"), ref.tell(noting(seen))])
    await quiet()

    assert seen == ["unset", "unset"]


async def test_tasks_of_a_handler_inherit(actor_system: ActorSystem) -> None:
    """Tasks, callbacks and piped awaitables that a handler starts see what it has set; what they set is their own."""
    seen: list[str] = []

    async def ask_around(actor: Puppet) -> None:
        variable.set("mine")
        await asyncio.sleep(0)
        actor.context.pipe_to_self(work(), on_success=noting(seen))
        asyncio.get_running_loop().call_soon(noting(seen))
        await asyncio.gather(work(), work())
        seen.append(variable.get())

    async def work() -> str:
        await asyncio.sleep(0.1)
        seen.append(variable.get())
        variable.set("the task's")
        return "done"

    actor_system.spawn(Props(Puppet, [])).tell(ask_around)
    await quiet()

    assert seen == ["mine"] * 6


async def test_the_dead_keep_nothing(actor_system: ActorSystem) -> None:
    """A reference to a dead actor, which a program may keep for long, does not keep alive what the actor had set."""
    thing: contextvars.ContextVar[Any] = contextvars.ContextVar("thing")
    kept: list[Any] = []

    def deed(actor: Puppet) -> None:
        things = Things()
        kept.append(weakref.ref(things))
        thing.set(things)

    ref = actor_system.spawn(Props(Puppet, []))
    ref.tell(deed)
    await quiet()
    gc.collect()
    assert kept[0]() is not None
    ref.tell(PoisonPill())
    await quiet()
    ref.tell("late")
    await quiet()
    gc.collect()

    assert kept[0]() is None


async def test_decimal_contexts(actor_system: ActorSystem) -> None:
    """What builds on context variables works: a local context of `decimal` around an await is nobody else's."""
    seen: list[tuple[str, int]] = []

    async def compute(actor: Puppet) -> None:
        with decimal.localcontext() as local:
            local.prec = 5
            await asyncio.sleep(0.1)
            seen.append(("inside", decimal.getcontext().prec))
        seen.append(("after", decimal.getcontext().prec))

    usual = decimal.getcontext().prec
    actor_system.spawn(Props(Puppet, [])).tell(compute)
    actor_system.spawn(Props(Puppet, [])).tell(lambda actor: seen.append(("beside", decimal.getcontext().prec)))
    await quiet()

    assert seen == [("beside", usual), ("inside", 5), ("after", usual)]


@pytest.fixture
def lines() -> Iterator[list[Any]]:
    capture = LogCapture()
    structlog.configure(processors=[structlog.contextvars.merge_contextvars, capture])
    yield capture.entries
    structlog.reset_defaults()


async def test_structlog(actor_system: ActorSystem, lines: list[Any]) -> None:
    """What an actor binds with `structlog.contextvars` is on its own lines, across awaits, and on nobody else's."""

    def working_on(request: str) -> Deed:
        async def deed(actor: Puppet) -> None:
            structlog.contextvars.bind_contextvars(request=request)
            actor.log.warning("begun")
            await asyncio.sleep(0.1)
            with structlog.contextvars.bound_contextvars(step="last"):
                actor.log.warning("nearly done")
                await asyncio.sleep(0.1)
            actor.log.warning("done")
            structlog.contextvars.clear_contextvars()

        return deed

    refs = [actor_system.spawn(Props(Puppet, [])) for _ in range(3)]
    for number, ref in enumerate(refs[:2]):
        ref.tell(working_on(f"r{number}"))
    refs[2].tell(lambda actor: actor.log.warning("idle"))
    await quiet()
    refs[0].tell(lambda actor: actor.log.warning("idle"))
    await quiet()

    assert all(line.get("request") == f"r{refs.index(ref)}" for line in lines for ref in refs if is_by(line, ref))
    assert [(line["event"], line.get("step")) for line in lines if is_by(line, refs[1])] == [
        ("begun", None),
        ("nearly done", "last"),
        ("done", None),
    ]
    assert [line.get("request") for line in lines if line["event"] == "idle"] == [None, None]


def is_by(line: Any, ref: Any) -> bool:
    return bool(line["actor"] == str(ref) and line["event"] != "idle")
