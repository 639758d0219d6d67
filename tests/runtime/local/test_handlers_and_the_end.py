"""Handlers that end the system, that do not end themselves, and what is left when the system has ended."""

from __future__ import annotations

import asyncio
import contextlib
from typing import Any

import pytest
from structlog.testing import capture_logs

from actors import DeathCause, Directive, OneForOneStrategy, Props
from runtime import ActorSystem, Settings, TestProbe
from runtime.leftovers import never_ended
from runtime.sim import SimLoop
from tests.runtime.local.people import living_timers
from tests.runtime.local.puppets import PUPPETS, Puppet, child_of, one_for_one, quiet, raising, supervisor

FATAL = pytest.mark.parametrize(
    "error", [KeyboardInterrupt("by hand"), SystemExit(3)], ids=["KeyboardInterrupt", "SystemExit"]
)


@FATAL
@pytest.mark.parametrize("slow", [False, True])
async def test_fatal_errors_in_a_handler(error: BaseException, slow: bool) -> None:
    """`KeyboardInterrupt` and `SystemExit` in a handler end the system, and `async with` raises them."""
    diary: list[str] = []

    async def handler(actor: Puppet) -> None:
        if slow:
            await asyncio.sleep(0.1)
        raise error

    with pytest.raises(type(error)) as caught:  # noqa: PT012
        async with ActorSystem("test") as system:
            parent = system.spawn(supervisor([], lambda failure: Directive.RESTART))
            child = await child_of(parent, Props(Puppet, diary))
            child.tell(handler)
            await system.when_terminated()

    assert caught.value is error
    assert diary[-1].endswith("post_stop")


@FATAL
@pytest.mark.parametrize("hook", ["made", "pre_start", "pre_restart", "post_restart", "post_stop"])
@pytest.mark.parametrize("puppet", PUPPETS)
async def test_fatal_errors_in_hooks(error: BaseException, hook: str, puppet: type[Puppet]) -> None:
    """`KeyboardInterrupt` and `SystemExit` in a hook end the system too."""
    with pytest.raises(type(error)) as caught:  # noqa: PT012
        async with ActorSystem("test") as system:
            parent = system.spawn(supervisor([], lambda failure: Directive.STOP))
            middle = await child_of(parent, Props(Puppet, [], "m", one_for_one([ValueError])))
            child = await child_of(middle, Props(puppet, [], **{hook: raising(error)}))
            child.tell(raising(ValueError()))
            await quiet()
            if hook == "post_stop":
                middle.tell(lambda actor: actor.context.stop(child))
            await system.when_terminated()

    assert caught.value is error


async def test_fatal_errors_in_a_decider() -> None:
    """`KeyboardInterrupt` in a decider ends the system too."""
    strategy = OneForOneStrategy(decider=raising(KeyboardInterrupt()))
    with pytest.raises(KeyboardInterrupt):  # noqa: PT012
        async with ActorSystem("test") as system:
            parent = system.spawn(Props(Puppet, [], "p", strategy))
            child = await child_of(parent, Props(Puppet, []))
            child.tell(raising(ValueError()))
            await system.when_terminated()


async def test_a_cancellation_that_nobody_asked_for(actor_system: ActorSystem) -> None:
    """A `CancelledError` that the runtime did not ask for is a failure of that actor; by default it is restarted."""
    diary: list[str] = []
    judged: list[BaseException] = []
    parent = actor_system.spawn(supervisor([], lambda e: judged.append(e) or Directive.RESTART))  # type: ignore[func-returns-value]
    first = await child_of(parent, Props(Puppet, diary, "x"))
    second = actor_system.spawn(Props(Puppet, diary, "y"))

    async def wait_for_the_cancelled(actor: Puppet) -> None:
        future = asyncio.get_running_loop().create_future()
        asyncio.get_running_loop().call_later(0.1, future.cancel)
        await future

    for ref in (first, second):
        ref.tell(wait_for_the_cancelled)
        ref.tell(raising(asyncio.CancelledError()))
        ref.tell("after")
    await quiet()

    assert [type(error) for error in judged] == [asyncio.CancelledError] * 2
    assert sorted(entry for entry in diary if "after" in entry) == ["x3 after", "y3 after"]


@pytest.mark.parametrize("what", ["receive", "pre_start", "post_stop", "pre_restart", "post_restart"])
async def test_what_never_returns_is_cancelled(what: str) -> None:
    """A handler or hook that keeps its actor from stopping is cancelled after `stop_timeout_s`, and the end goes on."""
    loop = asyncio.get_running_loop()
    times: list[float] = []
    judged: list[BaseException] = []

    async def never_return(actor: Puppet, *_: Any) -> None:
        try:
            await asyncio.sleep(1e4)
        except asyncio.CancelledError:
            times.append(loop.time())
            raise

    async with ActorSystem("test", Settings(stop_timeout_s=2.0)) as system:
        probe = TestProbe(system)
        parent = system.spawn(supervisor([], lambda e: judged.append(e) or Directive.RESTART))  # type: ignore[func-returns-value]
        child = await child_of(parent, Props(Puppet, [], **({what: never_return} if what != "receive" else {})))
        probe.watch(child)
        if what != "post_stop":
            child.tell(never_return if what == "receive" else raising(ValueError()))
        await quiet(10.0)
        judged.clear()
        asked_at = loop.time()
        parent.tell(lambda actor: actor.context.stop(child))
        terminated = await probe.expect_terminated(child, timeout_s=10.0)

        assert times == [asked_at + 2.0]
        assert judged == [], "a cancellation by the runtime is no failure"
        assert terminated.cause in (DeathCause.STOPPED, DeathCause.FAILED)


async def test_a_late_post_stop_after_a_late_handler() -> None:
    """Each of a late handler and a late `post_stop` behind it has its own `stop_timeout_s`."""
    loop = asyncio.get_running_loop()
    times: list[float] = []

    async def wait(actor: Puppet) -> None:
        await asyncio.sleep(1.5)

    async def never_return(actor: Puppet) -> None:
        try:
            await asyncio.sleep(1e4)
        finally:
            times.append(loop.time())

    async with ActorSystem("test", Settings(stop_timeout_s=2.0)) as system:
        ref = system.spawn(Props(Puppet, [], post_stop=never_return))
        ref.tell(wait)
        await quiet(0.5)
        system.stop(ref)
        await quiet(10.0)

    assert times == [1.5 + 2.0]


@pytest.mark.parametrize("what", ["receive", "post_stop"])
async def test_what_swallows_its_cancellation(what: str) -> None:
    """A handler or hook that swallows its `CancelledError` cannot hang `terminate`: it is named and closed."""
    loop = asyncio.get_running_loop()
    refused: list[float] = []

    async def stubborn(actor: Puppet) -> None:
        while True:
            try:
                await asyncio.sleep(1.0)
            except asyncio.CancelledError:
                refused.append(loop.time())

    with capture_logs() as logs:
        async with ActorSystem("test", Settings(stop_timeout_s=2.0)) as system:
            ref = system.spawn(Props(Puppet, [], **({what: stubborn} if what != "receive" else {})))
            if what == "receive":
                ref.tell(stubborn)
            await quiet()
            started_at = loop.time()
    ended_at = loop.time()
    await quiet()
    assert asyncio.all_tasks() == {asyncio.current_task()}

    assert ended_at - started_at <= 2.0 + 2.0 + 1.0
    assert refused[0] == started_at + 2.0
    left = [entry for entry in logs if "left behind" in entry["event"]]
    assert [entry["actor"] for entry in left] == [str(ref)]


def test_a_program_ends_in_spite_of_a_stubborn_handler() -> None:
    """What swallows each `CancelledError` cannot keep `asyncio.run` from ending either, which waits for all tasks."""
    closed: list[str] = []

    async def stubborn(actor: Puppet) -> None:
        try:
            while True:
                with contextlib.suppress(asyncio.CancelledError):
                    await asyncio.sleep(1.0)
        finally:
            closed.append("closed")

    async def main() -> None:
        async with ActorSystem("test", Settings(stop_timeout_s=2.0)) as system:
            system.spawn(Props(Puppet, [])).tell(stubborn)
            await quiet()

    with asyncio.Runner(loop_factory=lambda: SimLoop(limit_s=100.0)) as runner:
        runner.run(main())

    assert closed == ["closed"]


@pytest.mark.parametrize("busy", [False, True])
def test_a_program_that_forgets_its_system_ends(busy: bool) -> None:
    """`asyncio.run` cancels all tasks and waits for them: those of a system that nobody has ended end as well."""

    async def main() -> None:
        system = ActorSystem("test")
        await system.start()
        if busy:
            system.spawn(Props(Puppet, [])).tell(lambda actor: asyncio.sleep(1e4))
        await quiet()
        forgotten.append(system)

    forgotten: list[ActorSystem] = []
    with asyncio.Runner(loop_factory=lambda: SimLoop(limit_s=100.0)) as runner:
        runner.run(main())
    assert [line.split(",")[0] for line in never_ended()] == ["the actor system test"]


async def test_whoever_cancels_all_tasks_does_not_end_the_actors(actor_system: ActorSystem) -> None:
    """Handlers run as tasks of other workers then, and can wait as before."""
    ref = actor_system.spawn(Props(Puppet, []))
    for task in asyncio.all_tasks() - {asyncio.current_task()}:
        task.cancel()
    await quiet()

    async def answer(actor: Puppet) -> None:
        async with asyncio.timeout(1.0):
            await asyncio.sleep(0.5)
        actor.reply("answer")

    for _ in range(3):
        assert await ref.ask(answer) == "answer"


async def test_nothing_is_left_behind() -> None:
    """Leaving `async with ActorSystem` leaves no task and no timer: of handlers, timers, timeouts, asks, pipes."""
    tasks, timers = asyncio.all_tasks(), living_timers()

    async def tidy_up_slowly() -> None:
        try:
            await asyncio.sleep(1e4)
        finally:
            await asyncio.sleep(0.1)

    def busy(actor: Puppet) -> Any:
        actor.context.timers.start_periodic("p", "tick", 0.7)
        actor.context.timers.start_single("s", "tick", 1e4)
        actor.context.set_receive_timeout(1e4)
        actor.context.pipe_to_self(tidy_up_slowly())
        return asyncio.sleep(1e4)

    async with ActorSystem("test", Settings(stop_timeout_s=1.0)) as system:
        refs = [system.spawn(Props(Puppet, [])) for _ in range(5)]
        for ref in refs:
            ref.tell(busy)
        asking = asyncio.ensure_future(refs[0].ask("question", timeout=0.2))  # type: ignore[arg-type]
        with pytest.raises(TimeoutError):
            await asking

    assert asyncio.all_tasks() == tasks
    assert living_timers() == timers


async def test_a_pipe_of_an_earlier_instance() -> None:
    """What goes wrong while a restart cancels an instance's awaitable is no failure of the next instance."""
    diary: list[str] = []

    async def fail_when_cancelled() -> None:
        try:
            await asyncio.sleep(1e4)
        except asyncio.CancelledError:
            raise ValueError("while being cancelled") from None

    async with ActorSystem("test") as system:
        parent = system.spawn(supervisor([], [ValueError]))
        child = await child_of(parent, Props(Puppet, diary))
        child.tell(lambda actor: actor.context.pipe_to_self(fail_when_cancelled()))
        child.tell(lambda actor: asyncio.sleep(0.1))
        child.tell(raising(ValueError()))
        await quiet(1.0)

    assert sum(entry.endswith("made") for entry in diary) == 2


async def test_terminate_from_inside() -> None:
    """A handler may end its own system, and wait for it: it is cancelled when it is late."""
    ended: list[str] = []

    async def end(actor: Puppet) -> None:
        try:
            await actor.context.system.terminate()
        finally:
            ended.append("handler")

    async with ActorSystem("test", Settings(stop_timeout_s=1.0)) as system:
        system.spawn(Props(Puppet, [])).tell(end)
        async with asyncio.timeout(5.0):
            await system.when_terminated()

    assert ended == ["handler"]
