"""Blocking work on threads that belong to the system."""

from __future__ import annotations

import asyncio
import contextvars
import threading
from typing import Any

import pytest
from structlog.testing import capture_logs

from runtime import ActorSystem, Settings, TestKit, TestProbe
from tests.runtime.local.people import Do, Ill, all_is_quiet, obedient

REAL = pytest.mark.asyncio(loop_factories=["asyncio", "uvloop"])


def threads_of(system: ActorSystem) -> list[threading.Thread]:
    return [thread for thread in threading.enumerate() if thread.name.startswith(f"{system.name}-blocking")]


async def test_on_virtual_time_it_is_done_in_place(actor_system: ActorSystem, test_kit: TestKit) -> None:
    """On SimLoop the function runs in the loop's thread, so that a simulation replays; others get their turn first."""
    probe = test_kit.probe()

    async def work(actor: Any) -> None:
        probe.tell(await actor.context.run_blocking(lambda a, b: (a + b, threading.get_ident()), 1, 2))

    actor_system.spawn(obedient()).tell(Do(work))
    actor_system.spawn(obedient(probe)).tell("another's turn")

    await probe.expect("another's turn")
    await probe.expect((3, threading.get_ident()))


@REAL
@pytest.mark.real
async def test_it_is_done_in_a_thread() -> None:
    """Elsewhere it runs in a thread, with the caller's context variables, while other actors go on."""
    variable = contextvars.ContextVar("variable", default="unset")
    release = threading.Event()

    def block(text: str) -> tuple[str, str, bool]:
        return text, variable.get(), release.wait(30.0) and threading.current_thread() is not threading.main_thread()

    async with ActorSystem("test") as system:
        probe = TestProbe(system)

        async def work(actor: Any) -> None:
            variable.set("set")
            actor.reply(await actor.context.run_blocking(block, "done"))

        system.spawn(obedient()).tell(Do(work), probe.ref)
        system.spawn(obedient(probe)).tell("another's turn")
        await probe.expect("another's turn")
        release.set()
        await probe.expect(("done", "set", True))
        assert threads_of(system)

    assert threads_of(system) == []


@REAL
@pytest.mark.real
async def test_the_threads_are_bounded() -> None:
    """No more calls run at once than the settings say; the others wait for a thread."""
    running, most, lock = 0, 0, threading.Lock()
    release = threading.Event()
    two_run = threading.Barrier(3)

    def block(number: int) -> int:
        nonlocal running, most
        with lock:
            running += 1
            most = max(most, running)
        if number < 2:
            two_run.wait(30.0)
        release.wait(30.0)
        with lock:
            running -= 1
        return number

    async with ActorSystem("test", Settings(blocking_threads=2)) as system:
        probe = TestProbe(system)
        for number in range(6):

            async def work(actor: Any, number: int = number) -> None:
                actor.reply(await actor.context.run_blocking(block, number))

            system.spawn(obedient()).tell(Do(work), probe.ref)
        await asyncio.to_thread(two_run.wait, 30.0)
        assert len(threads_of(system)) == 2
        release.set()
        assert {await probe.receive_one() for _ in range(6)} == set(range(6))

    assert most == 2


@pytest.mark.asyncio(loop_factories=["sim", "asyncio", "uvloop"])
@pytest.mark.real
async def test_the_end_of_an_iterator() -> None:
    """No await can raise a `StopIteration`, as `next` does: who waits is told so, and does not wait for ever."""
    async with ActorSystem("test") as system:
        probe = TestProbe(system)

        async def work(actor: Any) -> None:
            try:
                await actor.context.run_blocking(next, iter(()))
            except RuntimeError as error:
                actor.reply(str(error))

        system.spawn(obedient()).tell(Do(work), probe.ref)
        assert "next raised StopIteration" in await probe.receive_one()


async def test_what_it_raises_is_raised(actor_system: ActorSystem, test_kit: TestKit) -> None:
    """The function's exception is raised where it is awaited; with `pipe_to_self` the outcome is a message."""
    probe = test_kit.probe()

    def fail() -> None:
        raise Ill("blocked")

    async def work(actor: Any) -> None:
        with pytest.raises(Ill, match="blocked"):
            await actor.context.run_blocking(fail)
        actor.context.pipe_to_self(actor.context.run_blocking(str, 7))

    actor_system.spawn(obedient(probe)).tell(Do(work))
    await probe.expect("7")


@REAL
@pytest.mark.real
async def test_late_work_is_named_and_left_behind() -> None:
    """Work that outlasts its system is cancelled if it has not begun; otherwise it is named, and the end goes on."""
    release, begun = threading.Event(), threading.Event()
    never: list[str] = []

    def endless_work() -> None:
        begun.set()
        release.wait(30.0)

    with capture_logs() as logs:
        async with ActorSystem("test", Settings(blocking_threads=1, stop_timeout_s=0.05)) as system:
            system.spawn(obedient()).tell(Do(lambda actor: actor.context.run_blocking(endless_work)))
            system.spawn(obedient()).tell(Do(lambda actor: actor.context.run_blocking(never.append, "called")))
            await asyncio.to_thread(begun.wait, 30.0)
    release.set()
    for thread in threads_of(system):
        await asyncio.to_thread(thread.join, 30.0)

    (line,) = [line for line in logs if line["event"] == "blocking work left behind"]
    assert [name.rpartition(".")[2] for name in line["functions"]] == ["endless_work"]
    assert never == []


@REAL
@pytest.mark.real
async def test_what_waits_for_a_thread_is_not_begun_at_the_end() -> None:
    """Work that still waits for a thread when its system ends is never begun, whoever waits for it."""
    release, begun = threading.Event(), threading.Event()
    never: list[str] = []

    def block() -> None:
        begun.set()
        release.wait(30.0)

    async with ActorSystem("test", Settings(blocking_threads=1)) as system:
        first = asyncio.ensure_future(system.blocking.run(block))
        second = asyncio.ensure_future(system.blocking.run(never.append, "called"))
        await asyncio.to_thread(begun.wait, 30.0)
        system.on_termination(lambda: system.loop.call_later(0.01, release.set))
    await first
    with pytest.raises(asyncio.CancelledError):
        await second

    assert never == []
    assert threads_of(system) == []


async def test_an_ended_system_runs_nothing() -> None:
    """After the end of its system a context that somebody kept runs nothing any more, and says so."""
    kept: list[Any] = []
    async with ActorSystem("test") as system:
        system.spawn(obedient()).tell(Do(lambda actor: kept.append(actor.context)))
        await all_is_quiet()
    with pytest.raises(RuntimeError, match="has ended"):
        await kept[0].run_blocking(print)


def test_a_pool_has_a_thread() -> None:
    """Settings without a thread are refused."""
    with pytest.raises(ValueError, match="blocking_threads"):
        Settings(blocking_threads=0)
