"""The fixtures that users get, run by a pytest of their own."""

from __future__ import annotations

import asyncio
import threading
from pathlib import Path
from typing import Any

import pytest

from actors import Terminated
from runtime import ActorSystem, Settings, TestProbe
from runtime.leftovers import left_by
from runtime.pytest_plugin import pytest_keyboard_interrupt, seen_from
from runtime.sim import World
from tests.runtime.local.people import Do, all_is_quiet, obedient

pytest_plugins = ["pytester"]

USERS_TESTS = """
import asyncio, pathlib, pytest
from actors import Actor, DeathCause
from runtime import ActorSystem, TestKit
from runtime.sim import World
from runtime.sim.campaign import seeds
from runtime.sim.services import Services


class Stubborn(Actor[object]):
    async def receive(self, message: object) -> None:
        if message == "leave me":
            self.context.pipe_to_self(self.refuse())
        else:
            await asyncio.sleep(100.0)

    async def refuse(self) -> None:
        for _ in range(3):
            try:
                await asyncio.sleep(100.0)
            except asyncio.CancelledError:
                pass


class Echo(Actor[object]):
    def receive(self, message: object) -> None:
        self.reply(message)


async def test_tidy(actor_system: ActorSystem, test_kit: TestKit) -> None:
    actor_system.spawn(Stubborn).tell("wait")
    test_kit.probe()


async def test_untidy(actor_system: ActorSystem) -> None:
    actor_system.spawn(Stubborn).tell("leave me")
    await asyncio.sleep(0.01)


async def test_untidy_by_hand() -> None:
    async with ActorSystem("mine") as system:
        system.spawn(Stubborn).tell("leave me")
        await asyncio.sleep(0.01)


def test_unended() -> None:
    async def main() -> None:
        await ActorSystem("forgotten").start()

    asyncio.run(main())


def test_ended() -> None:
    async def main() -> None:
        async with ActorSystem("ended") as system:
            system.spawn(Stubborn).tell("wait")

    asyncio.run(main())


@pytest.fixture
async def mine():
    async with ActorSystem("mine") as system:
        yield system


async def test_a_fixture_of_ones_own(mine: ActorSystem) -> None:
    mine.spawn(Stubborn).tell("wait")


@pytest.mark.parametrize("simulation", [1, 2], indirect=True)
async def test_simulation(simulation: World, captured_logs: list) -> None:
    a, b = await simulation.start("a"), await simulation.start("b")
    b.spawn(Echo, "echo")
    echo = await a.resolve("actor://b@b:2552/user/echo")
    assert await echo.ask("hello") == "hello"
    probe = TestKit(a).probe()
    probe.watch(echo)
    await echo.ask("after the watch")
    await simulation.crash("b")
    assert (await probe.expect_terminated(echo)).cause is DeathCause.PROCESS_DEAD
    assert any(line["event"] == "node terminated" for line in captured_logs)


played = []


async def fails(world: World) -> None:
    async with Services(world, {"a": ActorSystem.when_terminated}) as services:
        await services.suffer(most=3)
        played.append(world.seed)
        raise AssertionError


@pytest.mark.xfail(raises=AssertionError)
@seeds(2, reports="known")
async def test_known_to_fail(world: World) -> None:
    await fails(world)


def test_what_is_known_to_fail_is_not_looked_into() -> None:
    assert played == [0]
    assert not pathlib.Path("known").exists()


@pytest.mark.xfail(False, reason="not here")
@pytest.mark.xfail(raises=KeyError)
@seeds(2)
async def test_fails_otherwise(world: World) -> None:
    await fails(world)
"""
LOOPS = """
from runtime.sim.pytest_loops import loops_for


def pytest_asyncio_loop_factories(item):
    return loops_for(item, "sim")
"""


def test_the_fixtures_of_a_user(pytester: pytest.Pytester) -> None:
    """A test that leaves work or a whole system behind fails after its end and names it; tidy ones pass."""
    pytester.makepyfile(USERS_TESTS)
    pytester.makeconftest(LOOPS)
    # In a process of its own: in ours, the modules that it imports would be forgotten, and be there twice afterwards.
    result = pytester.runpytest_subprocess(
        "-p",
        "no:randomly",
        "-p",
        "no:cacheprovider",
        "-o",
        "asyncio_mode=auto",
        "-o",
        "asyncio_default_fixture_loop_scope=function",
    )

    result.assert_outcomes(passed=9, errors=3, xfailed=1, failed=1)
    result.stdout.fnmatch_lines(
        ["*The fewest with which it fails so (AssertionError)*DEATHWATCH_ONLY=none python -m pytest*"]
    )
    result.stdout.fnmatch_lines(["*left something behind:*", "*work that an actor had begun: *Stubborn.refuse*"])
    result.stdout.fnmatch_lines(["*mine: work that an actor had begun: *Stubborn.refuse*"])
    result.stdout.fnmatch_lines(["*the actor system forgotten, which was not ended*"])


def test_a_test_is_named_as_seen_from_where_pytest_is_called() -> None:
    """So that the command that replays a seed finds its file."""
    file, node = Path("/root/tests/test_a.py"), "tests/test_a.py::TestA::test[a::b]"
    assert seen_from(Path("/root"), file, node) == node
    assert seen_from(Path("/root/tests"), file, node) == "test_a.py::TestA::test[a::b]"
    assert seen_from(Path("/root/docs"), file, node) == "../tests/test_a.py::TestA::test[a::b]"


def test_ctrl_c_is_told_by_a_worker_of_xdist(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Which seed had failed; a worker's last words reach nobody else. Elsewhere pytest says it itself."""
    for worker, said in (("gw0", "\nseed 3 had failed\n"), ("", "")):
        if worker:
            monkeypatch.setenv("PYTEST_XDIST_WORKER", worker)
        else:
            monkeypatch.delenv("PYTEST_XDIST_WORKER")
        with pytest.raises(KeyboardInterrupt) as caught:
            raise KeyboardInterrupt("seed 3 had failed")
        pytest_keyboard_interrupt(caught)
        assert capsys.readouterr().err == said


async def test_a_simulation_is_a_world(simulation: World) -> None:
    """The fixture `simulation` is a World whose nodes the test starts; time is that of the test's loop."""
    began_at = asyncio.get_running_loop().time()
    near, far = await simulation.start("near"), await simulation.start("far")
    probe = TestProbe(near)
    subject = near.ref_for(far.spawn(obedient()).path.at(far.address))
    probe.watch(subject)
    await asyncio.sleep(60.0)
    simulation.network.freeze("far")

    assert (await probe.expect(Terminated, timeout_s=60.0)).ref == subject
    assert asyncio.get_running_loop().time() - began_at > 60.0


@pytest.mark.parametrize("what", ["task", "timer", "thread", "piped"])
async def test_leftovers_are_found(what: str) -> None:
    """A task, a timer and a thread that outlive their system are named; a user's own task is not."""
    before = asyncio.all_tasks()
    release, own = threading.Event(), asyncio.ensure_future(asyncio.sleep(50.0))
    thread = threading.Thread(target=release.wait, args=(30.0,), name="leaving-blocking_0")
    system = ActorSystem("leaving", Settings(stop_timeout_s=0.05))
    async with system:
        asker = asyncio.ensure_future(TestProbe(system).receive_one(10.0)) if what == "task" else None
        if what == "thread":
            thread.start()
        if what == "piped":
            system.spawn(obedient()).tell(Do(lambda actor: actor.context.pipe_to_self(never_ending(release))))
        await all_is_quiet()
    timer = system.call_later(10.0, system.next_uid) if what == "timer" else None
    left = left_by(system, before)
    release.set()
    if what == "thread":
        thread.join()
    for leaving in (asker, timer, own):
        if leaving is not None:
            leaving.cancel()
    await asyncio.sleep(100.0)

    assert len(left) == 1
    assert {"task": "receive_one", "timer": "next_uid", "thread": "leaving-blocking_0", "piped": "never_ending"}[
        what
    ] in left[0]
    assert [line for line in left_by(system, before) if "thread" not in line] == []


async def never_ending(release: Any) -> None:
    while not release.is_set():
        try:
            await asyncio.sleep(20.0)
        except asyncio.CancelledError:
            continue
