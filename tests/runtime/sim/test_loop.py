"""`SimLoop` keeps asyncio's promises on virtual time, and fails loudly where it cannot."""

from __future__ import annotations

import asyncio
import subprocess
import sys
import threading
from collections.abc import Callable
from typing import Any

import anyio
import pytest

from runtime.sim.loop import DeadlockError, SimLoop, UnhandledErrors, VirtualTimeLimitError
from runtime.sim.refusals import OutsideWorldError


def run(main: Any, loop: SimLoop | None = None) -> Any:
    """Run a coroutine function on a loop of its own."""
    with asyncio.Runner(loop_factory=lambda: loop or SimLoop()) as runner:
        return runner.run(main())


async def test_async_tests_of_this_folder_run_on_simloop() -> None:
    """The folder's conftest puts an async test on a fresh SimLoop, so a day of sleep takes no time."""
    loop = asyncio.get_running_loop()
    assert isinstance(loop, SimLoop)
    assert loop.time() == 0.0
    await asyncio.sleep(80_000)
    assert loop.time() == 80_000.0


@pytest.mark.asyncio(loop_factories=["asyncio"])
async def test_a_test_selects_its_own_loop() -> None:
    """`loop_factories` in a test's mark wins over its folder."""
    assert not isinstance(asyncio.get_running_loop(), SimLoop)


def test_time_begins_where_it_is_told_and_jumps_to_the_next_timer() -> None:
    """Time is what the timers say, to the last digit."""

    async def main() -> list[float]:
        loop = asyncio.get_running_loop()
        seen = [loop.time()]
        for delay in (0.25, 3600.0, 0.5):
            await asyncio.sleep(delay)
            seen.append(loop.time())
        return seen

    assert run(main, SimLoop(start_s=100.0)) == [100.0, 100.25, 3700.25, 3700.75]


async def test_timers_of_one_instant_fire_in_the_order_in_which_they_were_set() -> None:
    """Equal times do not make the order a matter of luck; a cancelled timer stays silent."""
    loop = asyncio.get_running_loop()
    fired: list[int] = []
    timers = [loop.call_at(1.0, fired.append, number) for number in range(50)]
    timers[7].cancel()
    await asyncio.sleep(2.0)
    assert fired == [number for number in range(50) if number != 7]


async def test_asyncio_timeout_works_on_virtual_time() -> None:
    """`asyncio.timeout` cuts a longer wait at its deadline and lets a shorter one pass."""
    loop = asyncio.get_running_loop()
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(5.0):
            await asyncio.sleep(10.0)
    assert loop.time() == 5.0
    async with asyncio.timeout(5.0):
        await asyncio.sleep(4.0)
    assert loop.time() == 9.0


async def test_anyio_scopes_and_task_groups_work_on_virtual_time() -> None:
    """The anyio library's deadlines, cancellation and events behave as on asyncio's own loop."""
    loop = asyncio.get_running_loop()
    with anyio.move_on_after(2.0) as scope:
        await anyio.sleep(100.0)
    assert scope.cancelled_caught
    assert loop.time() == 2.0
    ended: list[float] = []
    event = anyio.Event()

    async def wait_for_event() -> None:
        await event.wait()
        ended.append(loop.time())

    async with anyio.create_task_group() as group:
        group.start_soon(wait_for_event)
        await anyio.sleep(1.0)
        event.set()
    assert ended == [3.0]
    with pytest.raises(TimeoutError), anyio.fail_after(0.5):
        await anyio.sleep_forever()


async def test_a_task_group_cancels_the_others_when_one_fails() -> None:
    """`asyncio.TaskGroup` cancels at the instant of the failure."""

    async def fail() -> None:
        await asyncio.sleep(1.0)
        raise LookupError("as planned")

    async def both() -> None:
        async with asyncio.TaskGroup() as group:
            group.create_task(fail())
            group.create_task(asyncio.sleep(1000.0))

    with pytest.raises(ExceptionGroup) as caught:
        await both()
    assert caught.value.subgroup(LookupError) is not None
    assert asyncio.get_running_loop().time() == 1.0


def test_waiting_for_what_cannot_happen_is_an_error_that_names_the_tasks() -> None:
    """A deadlock fails at once and says which tasks wait and where."""

    async def stuck_helper() -> None:
        await asyncio.get_running_loop().create_future()

    async def main() -> None:
        await asyncio.create_task(stuck_helper(), name="helper-7")

    with pytest.raises(DeadlockError, match=r"(?s)2 tasks wait:.*main.*helper-7 in .*stuck_helper at .*py:\d+"):
        run(main)


def test_a_run_past_its_limit_of_virtual_time_fails() -> None:
    """Periodic timers keep a stuck program alive for ever; the limit ends it."""

    async def main() -> None:
        for _ in range(1_000_000):
            await asyncio.sleep(1.0)

    loop = SimLoop(limit_s=60.0)
    with pytest.raises(VirtualTimeLimitError, match="main"):
        run(main, loop)
    assert loop.time() == 60.0


def test_an_error_that_nobody_looks_at_fails_the_run() -> None:
    """A task's or a callback's unhandled error is raised at the end, though the main coroutine went well."""

    async def fail() -> None:
        raise LookupError("from the task")

    async def main() -> None:
        asyncio.get_running_loop().call_soon(int, "from the callback")
        task = asyncio.create_task(fail())
        await asyncio.sleep(1.0)
        del task

    with pytest.raises(UnhandledErrors) as caught:
        run(main)
    assert sorted(type(error).__name__ for error in caught.value.exceptions) == ["LookupError", "ValueError"]


def test_the_error_of_a_task_that_is_still_held_fails_at_close() -> None:
    """Whoever keeps a failed task and never looks at it is found out when the loop closes."""
    held: list[asyncio.Task[None]] = []

    async def fail() -> None:
        raise LookupError("unseen")

    async def main() -> None:
        held.append(asyncio.create_task(fail()))
        await asyncio.sleep(1.0)

    loop = SimLoop()
    loop.run_until_complete(main())
    with pytest.raises(UnhandledErrors):
        loop.close()
    assert loop.is_closed()


def test_an_exception_handler_takes_unhandled_errors_over() -> None:
    """`set_exception_handler` works as on asyncio, and the run does not fail."""
    seen: list[Any] = []

    async def main() -> None:
        loop = asyncio.get_running_loop()
        loop.set_exception_handler(lambda _, context: seen.append(context["exception"]))
        loop.call_soon(int, "no number")
        await asyncio.sleep(0)

    run(main)
    assert [type(error) for error in seen] == [ValueError]


REFUSED: dict[str, Callable[[asyncio.AbstractEventLoop], Any]] = {
    "create_connection": lambda loop: loop.create_connection(asyncio.Protocol, "127.0.0.1", 1),
    "create_server": lambda loop: loop.create_server(asyncio.Protocol, "127.0.0.1", 0),
    "create_datagram_endpoint": lambda loop: loop.create_datagram_endpoint(asyncio.DatagramProtocol),
    "getaddrinfo": lambda loop: loop.getaddrinfo("localhost", 80),
    "run_in_executor": lambda loop: loop.run_in_executor(None, int),
    "subprocess_exec": lambda loop: loop.subprocess_exec(asyncio.SubprocessProtocol, "true"),
    "add_reader": lambda loop: loop.add_reader(0, int),
    "add_signal_handler": lambda loop: loop.add_signal_handler(15, int),
}


@pytest.mark.parametrize("name", REFUSED)
async def test_the_outside_world_is_refused_by_name(name: str) -> None:
    """What would leave the simulation fails at once and says which call it was."""
    with pytest.raises(OutsideWorldError, match=rf"^{name}\(\)"):
        await REFUSED[name](asyncio.get_running_loop())


async def test_streams_subprocesses_and_threads_are_refused_through_asyncio_too() -> None:
    """The convenient functions of asyncio end at the same refusals."""
    with pytest.raises(OutsideWorldError):
        await asyncio.open_connection("127.0.0.1", 1)
    with pytest.raises(OutsideWorldError):
        await asyncio.create_subprocess_exec("true")
    with pytest.raises(OutsideWorldError):
        await asyncio.to_thread(int)


def test_another_thread_cannot_reach_in() -> None:
    """`call_soon_threadsafe` works from the loop's own thread; from another it is an error on both sides."""
    errors: list[Exception] = []

    async def main() -> None:
        loop = asyncio.get_running_loop()
        woken = loop.create_future()
        loop.call_soon_threadsafe(woken.set_result, None)
        await woken

        def intrude() -> None:
            try:
                loop.call_soon_threadsafe(int)
            except OutsideWorldError as error:
                errors.append(error)

        thread = threading.Thread(target=intrude)
        thread.start()
        thread.join()

    with pytest.raises(UnhandledErrors):
        run(main)
    assert len(errors) == 1


TRACE_PROGRAM = """
import asyncio, sys
from runtime.sim.loop import SimLoop
trace = []
async def worker(name):
    loop = asyncio.get_running_loop()
    for step in range(20):
        trace.append(f"{loop.time():.3f} {name} {asyncio.current_task().get_name()} {step}")
        await asyncio.sleep([0, 0.001, 0.002][step % 3])
async def main():
    async with asyncio.TaskGroup() as group:
        for name in {"ann", "bob", "cat", "dan"} and ["ann", "bob", "cat", "dan"]:
            group.create_task(worker(name))
seed = None if sys.argv[1] == "none" else int(sys.argv[1])
with asyncio.Runner(loop_factory=lambda: SimLoop(seed)) as runner:
    runner.run(main())
print("\\n".join(trace))
"""


def trace_of(seed: str, hash_seed: str) -> str:
    """The trace of a small concurrent program in a fresh interpreter."""
    import os

    return subprocess.run(
        [sys.executable, "-c", TRACE_PROGRAM, seed],
        env={**os.environ, "PYTHONHASHSEED": hash_seed},
        capture_output=True,
        text=True,
        check=True,
    ).stdout


def test_a_seed_is_a_run() -> None:
    """The same seed gives the same trace in fresh processes with other hash seeds; another seed gives another order."""
    first = trace_of("7", "1")
    assert first == trace_of("7", "2")
    assert first.count("\n") == 80
    assert first != trace_of("8", "1")
    assert trace_of("none", "1") == trace_of("none", "2") != first


def test_a_shuffle_keeps_the_order_of_one_objects_callbacks() -> None:
    """With a seed, callbacks of different objects change places, those of one object never do."""
    orders: set[str] = set()
    for seed in range(30):
        log: list[str] = []

        class Talker:
            def __init__(self, name: str, log: list[str]) -> None:
                self.name = name
                self.log = log

            def say(self, number: int) -> None:
                self.log.append(f"{self.name}{number}")

        async def main(log: list[str] = log, talkers: type[Talker] = Talker) -> None:
            loop = asyncio.get_running_loop()
            ann, bob = talkers("a", log), talkers("b", log)
            for number in range(3):
                loop.call_soon(ann.say, number)
                loop.call_soon(bob.say, number)
            await asyncio.sleep(1.0)

        run(main, SimLoop(seed))
        for name in "ab":
            assert [entry for entry in log if entry[0] == name] == [f"{name}{number}" for number in range(3)]
        orders.add(" ".join(log))
    assert len(orders) > 5
