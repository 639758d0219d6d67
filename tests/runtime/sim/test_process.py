"""What it means to run in the name of a simulated process: to be killed, frozen, and to have a clock of one's own."""

from __future__ import annotations

import asyncio
import gc
from collections.abc import AsyncIterator, Callable, Coroutine
from functools import partial

import pytest

from runtime.sim.clocks import Clock
from runtime.sim.loop import SimLoop
from runtime.sim.network import SimTransport
from runtime.sim.process import PROCESS
from runtime.sim.world import World
from runtime.transport.base import Connection


async def ticking(write: Callable[[str], object]) -> None:
    """Write down every second, and that it was the last."""
    loop = asyncio.get_running_loop()
    try:
        while True:
            await asyncio.sleep(1.0)
            write(f"{loop.time():g}")
    finally:
        write("finally")


async def test_a_killed_process_does_not_even_clean_up() -> None:
    """SIGKILL: tasks stop where they are; no `finally` of theirs runs, also not when they are collected."""
    lines: list[str] = []
    async with World() as world:

        async def main(transport: SimTransport) -> None:
            await asyncio.gather(ticking(lines.append), asyncio.shield(ticking(lines.append)))

        program = world.launch("subject", main)
        await asyncio.sleep(1.5)
        world.network.kill("subject")
        gc.collect()
        await asyncio.sleep(5.0)
        assert lines == ["1", "1"]
        assert not program.done()


def test_generators_of_a_killed_process_are_left_where_they_stand() -> None:
    """Neither the loop's end nor a collection closes one at a `yield`; one in an `await` is let go of with its task."""
    lines: list[str] = []
    write = lines.append

    async def numbers(name: str, of: asyncio.Event) -> AsyncIterator[int]:
        try:
            yield 1
            await of.wait()
            yield 2
        finally:
            write(f"finally of {name}")

    async def story() -> None:
        async with World() as world:

            async def main(transport: SimTransport) -> None:
                never = asyncio.Event()
                dropped = numbers("one that is dropped", never)
                await anext(dropped)
                async for number in numbers("one that waits", never):
                    write(f"begun with {number}")

            world.launch("subject", main)
            mine = numbers("one of nobody", asyncio.Event())
            await anext(mine)
            await asyncio.sleep(1.0)
            world.network.kill("subject")
            gc.collect()
            await asyncio.sleep(1.0)
            assert lines == ["begun with 1"]
            del mine

    with asyncio.Runner(loop_factory=SimLoop) as runner:
        runner.run(story())
    lines.remove("finally of one of nobody")
    # To close a task's coroutine closes what it awaits, which is asked to go as well since Python 3.13.
    assert lines in (["begun with 1"], ["begun with 1", "finally of one that waits"])


def test_nobody_misses_an_error_that_comes_in_the_instant_of_a_kill() -> None:
    """Who is killed has no time to look at what came of all that it had asked for at once (whims 10121012)."""

    async def story() -> None:
        async with World() as world:
            answers = [asyncio.get_running_loop().create_future() for _ in range(2)]

            async def main(transport: SimTransport) -> None:
                await asyncio.gather(*answers)

            world.launch("subject", main)
            await asyncio.sleep(1.0)
            answers[0].set_exception(ConnectionError("its connection has ended"))
            answers[1].set_result(None)
            answers[1].add_done_callback(lambda _: world.network.kill("subject"))
            await asyncio.sleep(1.0)

    with asyncio.Runner(loop_factory=SimLoop) as runner:
        runner.run(story())


async def test_a_frozen_process_goes_on_later_and_misses_nothing() -> None:
    """SIGSTOP: timers that fall due wait, and all happen, in order, when it goes on."""
    lines: list[str] = []
    async with World() as world:

        async def main(transport: SimTransport) -> None:
            loop = asyncio.get_running_loop()
            for delay_s in (3.0, 1.0, 2.0):
                loop.call_later(delay_s, lambda text=f"{delay_s:g}": lines.append(f"{text} at {loop.time():g}"))
            await ticking(lines.append)

        world.launch("subject", main)
        await asyncio.sleep(0.5)
        world.network.freeze("subject")
        await asyncio.sleep(4.0)
        assert lines == []
        world.network.thaw("subject")
        await asyncio.sleep(0.2)
        assert lines == ["1 at 4.5", "2 at 4.5", "3 at 4.5", "4.5"]


def test_a_frozen_process_misses_nothing_in_any_order() -> None:
    """What was held while frozen happens also on a loop that shuffles, and so makes its queue anew."""

    async def story(world: World) -> int:
        beats: list[float] = []

        async def main(transport: SimTransport) -> None:
            loop = asyncio.get_running_loop()

            def beat() -> None:
                beats.append(loop.time())
                loop.call_later(0.1, beat)

            beat()
            await asyncio.Event().wait()

        world.launch("subject", main)
        for _ in range(100):
            world.network.freeze("subject")
            await asyncio.gather(asyncio.sleep(0.15), asyncio.sleep(0.15), asyncio.sleep(0.1))
            world.network.thaw("subject")
            await asyncio.sleep(0.15)
        return len(beats)

    assert World.run(story, seed=1) >= 200


async def test_what_a_process_starts_belongs_to_it() -> None:
    """Callbacks, tasks and timers carry the process on; a story from outside is nobody's."""
    seen: list[object] = []
    async with World() as world:

        async def main(transport: SimTransport) -> None:
            loop = asyncio.get_running_loop()
            loop.call_soon(lambda: seen.append(PROCESS.get()))
            await asyncio.create_task(asyncio.sleep(0.1))
            loop.call_later(0.1, lambda: seen.append(PROCESS.get()))
            await asyncio.sleep(0.2)

        await world.launch("subject", main)
        assert seen == [world.network.process("subject")] * 2
        assert PROCESS.get() is None


class Listener:
    """A handler that writes down as whom, and when by whose clock, it hears of an end."""

    def __init__(self, lines: list[str]) -> None:
        self.lines = lines
        self.connection: Connection

    def connection_made(self, connection: Connection) -> None:
        self.connection = connection

    def data_received(self, data: bytes) -> None: ...

    def connection_lost(self, error: BaseException | None) -> None:
        process = PROCESS.get()
        name = process.name if process is not None else "nobody"
        self.lines.append(f"{name} at {asyncio.get_running_loop().time():g}")

    def pause_writing(self) -> None: ...

    def resume_writing(self) -> None: ...


@pytest.mark.parametrize("end", ["close", "abort"])
async def test_who_ends_its_own_connection_hears_of_it_as_itself(end: str) -> None:
    """By its own clock; when it goes on, if it stands still just then; and not at all, if it is dead."""
    lines: list[str] = []
    async with World() as world:
        network = world.network

        async def serve(transport: SimTransport) -> None:
            await transport.listen("server", 1, partial(Listener, []))
            await asyncio.get_running_loop().create_future()

        def dialler(then: Callable[[str], object]) -> Callable[[SimTransport], Coroutine[None, None, None]]:
            async def dial(transport: SimTransport) -> None:
                handler = Listener(lines)
                await transport.connect("server", 1, handler, 1.0)
                getattr(handler.connection, end)()
                then(transport.process.name)
                await asyncio.get_running_loop().create_future()

            return dial

        world.launch("server", serve)
        await asyncio.sleep(1.0)
        for name, then in (("goes on", str), ("stands still", network.freeze), ("dies", network.kill)):
            world.launch(name, dialler(then), clock=Clock(offset_s=1000.0))
        await asyncio.sleep(1.0)
        network.thaw("stands still")
    assert lines == ["goes on at 1001", "stands still at 1002"]


async def test_a_host_that_vanishes_is_silent() -> None:
    """A pulled plug: no end of stream, no refusal; only time-outs, until it is back with nothing on it."""
    async with World() as world:
        here = await world.start("here")
        await world.start("there")
        await here.resolve("actor://there@there:2552/user", timeout=1.0)
        world.network.vanish("there")
        with pytest.raises(LookupError):
            await here.resolve("actor://there@there:2552/user/nobody", timeout=1.0)
        probe = asyncio.Protocol()
        with pytest.raises(TimeoutError):
            await world.network.transport("here").connect("there", 2552, probe, 0.5)  # type: ignore[arg-type]
        world.network.come_back("there")
        with pytest.raises(ConnectionRefusedError):
            await world.network.transport("here").connect("there", 2552, probe, 0.5)  # type: ignore[arg-type]
        del world.nodes["there"]


def test_errors_of_a_killed_process_do_not_fail_the_run() -> None:
    """A task that was killed is not reported as destroyed while pending, and its cleaning up changes nothing."""

    async def story() -> None:
        async with World() as world:

            async def main(transport: SimTransport) -> None:
                try:
                    await asyncio.sleep(10.0)
                finally:
                    asyncio.get_running_loop().call_soon(print, "late")
                    raise ValueError("on the way out")

            world.launch("subject", main)
            await asyncio.sleep(1.0)
            world.network.kill("subject")

    with asyncio.Runner(loop_factory=SimLoop) as runner:
        runner.run(story())
