"""Handlers as tasks: which task they are, timeouts and cancel scopes inside of them, and cancelling one's own task."""

from __future__ import annotations

import asyncio
from typing import Any

import anyio
import pytest

from actors import ActorRef, Props
from runtime import ActorSystem
from tests.runtime.local.puppets import Puppet, child_of, quiet, raising, supervisor


def here() -> asyncio.Task[Any] | None:
    return asyncio.current_task()


async def test_one_task_for_one_handler(actor_system: ActorSystem) -> None:
    """`asyncio.current_task()` is a task, and the same one from the beginning of a handler to its end."""
    tasks: list[Any] = []

    async def handler(actor: Puppet) -> None:
        tasks.append(here())
        await asyncio.sleep(0.1)
        tasks.append(here())
        await asyncio.sleep(0)
        tasks.append(here())

    refs = [actor_system.spawn(Props(Puppet, [])) for _ in range(3)]
    for ref in refs:
        ref.tell(handler)
    await quiet()

    starts, middles, ends = tasks[0:3], tasks[3:6], tasks[6:9]
    assert starts == middles == ends
    assert len(set(starts)) == 3
    assert None not in starts


async def test_many_handlers_await_one_future(actor_system: ActorSystem) -> None:
    """Handlers may await the same future or task, and all go on when it is done; one that is cancelled goes alone."""
    gate: asyncio.Future[str] = asyncio.get_running_loop().create_future()
    through: list[str] = []

    async def handler(actor: Puppet) -> None:
        through.append(await gate)
        through.append(await gate)

    async def impatient(actor: Puppet) -> None:
        try:
            async with asyncio.timeout(0.1):
                await asyncio.shield(gate)
        except TimeoutError:
            through.append("late")

    for deed in (handler, handler, impatient, handler):
        actor_system.spawn(Props(Puppet, [])).tell(deed)
    await quiet()
    assert through == ["late"]
    gate.set_result("open")
    await quiet()

    assert through == ["late", *["open"] * 6]


async def test_suspensions_take_of_the_budget(actor_system: ActorSystem) -> None:
    """A handler that suspends costs far more than one that does not, so the loop gets its turn after fewer of them."""
    gate: asyncio.Future[None] = asyncio.get_running_loop().create_future()
    turns: list[int] = []
    suspended = 0

    async def handler(actor: Puppet) -> None:
        nonlocal suspended
        suspended += 1
        await gate

    refs = [actor_system.spawn(Props(Puppet, [])) for _ in range(1000)]
    await quiet()
    for ref in refs:
        ref.tell(handler)
    while suspended < len(refs):
        before = suspended
        await asyncio.sleep(0)
        turns.append(suspended - before)
    gate.set_result(None)
    await quiet()

    assert sum(turns) == len(refs)
    assert max(turns) <= 100


async def test_one_task_for_one_hook(actor_system: ActorSystem) -> None:
    """Each hook runs as one task, also when the hook before it was suspended; a timeout inside of it works."""
    tasks: dict[str, list[Any]] = {}
    late: list[str] = []

    def hook(name: str) -> Any:
        async def deed(actor: Puppet, *_: Any) -> None:
            tasks[name] = [here()]
            await asyncio.sleep(0.1)
            tasks[name].append(here())
            try:
                async with asyncio.timeout(0.1):
                    await asyncio.sleep(10.0)
            except TimeoutError:
                late.append(name)
            tasks[name].append(here())

        return deed

    hooks = ("pre_start", "pre_restart", "post_restart", "post_stop")
    parent = actor_system.spawn(supervisor([], [ValueError]))
    child = await child_of(parent, Props(Puppet, [], **{name: hook(name) for name in hooks}))
    child.tell(raising(ValueError()))
    await quiet()
    parent.tell(lambda actor: actor.context.stop(child))
    await quiet()

    assert tuple(late) == hooks
    assert all(len(set(seen)) == 1 and None not in seen for seen in tasks.values())


@pytest.mark.parametrize("before_s", [None, 0.0, 0.1], ids=["at once", "after a turn", "after a wait"])
async def test_asyncio_timeout(actor_system: ActorSystem, before_s: float | None) -> None:
    """`asyncio.timeout` ends what a handler waits for, and the handler and its actor go on."""
    diary: list[str] = []

    async def handler(actor: Puppet) -> None:
        if before_s is not None:
            await asyncio.sleep(before_s)
        try:
            async with asyncio.timeout(0.1):
                await asyncio.sleep(10.0)
        except TimeoutError:
            actor.write("timed out")
        async with asyncio.timeout(1.0):
            await asyncio.sleep(0.1)
        actor.write("went on")

    ref = actor_system.spawn(Props(Puppet, diary))
    ref.tell(handler)
    ref.tell("next")
    await quiet(1.0)

    assert diary[2:] == ["a1 timed out", "a1 went on", "a1 next"]


async def test_anyio_scopes(actor_system: ActorSystem) -> None:
    """Anyio's cancel scopes and task groups work in handlers, also one that is cancelled before anything waits."""
    diary: list[str] = []

    async def handler(actor: Puppet) -> None:
        with anyio.move_on_after(0.1) as scope:
            await anyio.sleep(10.0)
        actor.write(f"moved on: {scope.cancelled_caught}")
        with anyio.CancelScope() as scope:
            scope.cancel()
            await anyio.sleep(10.0)
        actor.write(f"cancelled: {scope.cancelled_caught}")
        async with anyio.create_task_group() as group:
            group.start_soon(anyio.sleep, 0.1)
        actor.write("group done")

    ref = actor_system.spawn(Props(Puppet, diary))
    ref.tell(handler)
    ref.tell("next")
    await quiet(1.0)

    assert diary[2:] == ["a1 moved on: True", "a1 cancelled: True", "a1 group done", "a1 next"]


async def test_a_task_group_that_fails(actor_system: ActorSystem) -> None:
    """A task group in a handler fails with its tasks' errors, and that is the failure of the actor."""
    reasons: list[BaseException] = []
    parent = actor_system.spawn(supervisor([], [ExceptionGroup]))
    child = await child_of(parent, Props(Puppet, [], pre_restart=lambda actor, reason, message: reasons.append(reason)))

    async def failing() -> None:
        raise ValueError("in a task")

    async def handler(actor: Puppet) -> None:
        async with asyncio.TaskGroup() as group:
            group.create_task(failing())
            await asyncio.sleep(10.0)

    child.tell(handler)
    await quiet()

    assert isinstance(reasons[0], ExceptionGroup)
    assert [str(error) for error in reasons[0].exceptions] == ["in a task"]


IS_NEW = pytest.mark.parametrize("is_new", [False, True])
"""Whether the task was made in this very turn of the loop, since all others have work."""


async def _engage(actor_system: ActorSystem) -> None:
    """Let somebody be at work with the task that handlers are stepped as, so that the next one gets another."""
    await quiet()
    actor_system.spawn(Props(Puppet, [], "z")).tell(lambda actor: asyncio.sleep(0.2))


@IS_NEW
async def test_cancelling_oneself(actor_system: ActorSystem, is_new: bool) -> None:
    """A handler that cancels its own task gets the `CancelledError` where it next waits, as in any task."""
    diary: list[str] = []

    def handler(wait_first: bool) -> Any:
        async def deed(actor: Puppet) -> None:
            if wait_first:
                await asyncio.sleep(0.1)
            task = here()
            assert task is not None
            inner = asyncio.get_running_loop().create_future()
            task.cancel()
            try:
                await inner
            except asyncio.CancelledError:
                actor.write(f"cancelled {inner.cancelled()}")
                task.uncancel()
            await asyncio.sleep(0.1)
            actor.write("went on")

        return deed

    ref = actor_system.spawn(Props(Puppet, diary))
    if is_new:
        await _engage(actor_system)
    for wait_first in (False, True):
        ref.tell(handler(wait_first))
    ref.tell("next")
    await quiet(1.0)

    assert diary[2:] == ["a1 cancelled True", "a1 went on"] * 2 + ["a1 next"]


@IS_NEW
@pytest.mark.parametrize("plain", [False, True])
async def test_cancelling_oneself_for_nothing(actor_system: ActorSystem, plain: bool, is_new: bool) -> None:
    """A handler that cancels its own task and returns without waiting cancels no other handler, nor ends its task."""
    diary: list[str] = []

    def cancel_only(actor: Puppet) -> None:
        task = here()
        assert task is not None
        task.cancel()

    async def cancel_only_async(actor: Puppet) -> None:
        cancel_only(actor)

    async def wait(actor: Puppet) -> None:
        async with asyncio.timeout(5.0):
            await asyncio.sleep(0.1)
        actor.write("not cancelled")

    first, second = (actor_system.spawn(Props(Puppet, diary, name)) for name in "xy")
    if is_new:
        await _engage(actor_system)
    first.tell(cancel_only if plain else cancel_only_async)
    first.tell(wait)
    second.tell(wait)
    await quiet(1.0)

    assert sorted(diary[4:]) == ["x1 not cancelled", "y1 not cancelled"]


async def test_cancelling_a_task_that_was_ones_own(actor_system: ActorSystem) -> None:
    """Cancelling the task of a handler that is over cancels nobody."""
    diary: list[str] = []
    tasks: list[asyncio.Task[Any] | None] = []

    async def remember(actor: Puppet) -> None:
        tasks.append(here())
        await asyncio.sleep(0.1)

    async def wait(actor: Puppet) -> None:
        await asyncio.sleep(0.1)
        actor.write("not cancelled")

    ref = actor_system.spawn(Props(Puppet, diary))
    ref.tell(remember)
    await quiet(1.0)
    (task,) = tasks
    assert task is not None
    task.cancel()
    for _ in range(3):
        ref.tell(wait)
    await quiet(1.0)

    assert diary[2:] == ["a1 not cancelled"] * 3


async def test_a_foreign_cancellation_reaches_the_handler(actor_system: ActorSystem) -> None:
    """Somebody who cancels the task of a suspended handler cancels that handler, from its first wait on."""
    diary: list[str] = []

    async def handler(actor: Puppet) -> None:
        task = here()
        assert task is not None
        asyncio.get_running_loop().call_soon(task.cancel)
        try:
            await asyncio.sleep(10.0)
        except asyncio.CancelledError:
            actor.write("cancelled")

    ref = actor_system.spawn(Props(Puppet, diary))
    ref.tell(handler)
    ref.tell("next")
    await quiet(1.0)

    assert diary[2:] == ["a1 cancelled", "a1 next"]


async def test_forward_after_waiting(actor_system: ActorSystem) -> None:
    """`forward` knows the message's sender also after the handler has waited beside others."""
    senders: list[ActorRef[Any]] = []
    target = actor_system.spawn(Props(Puppet, []))
    sources = [actor_system.spawn(Props(Puppet, [])) for _ in range(3)]

    async def forward(actor: Puppet) -> None:
        await asyncio.sleep(0.1)
        target.forward(lambda other: senders.append(other.sender))

    relays = [actor_system.spawn(Props(Puppet, [])) for _ in range(3)]
    for relay, source in zip(relays, sources, strict=True):
        relay.tell(forward, source)
    await quiet()

    assert senders == sources
