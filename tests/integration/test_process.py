"""Child processes, real ones: each death is noticed with its status, and none is left behind."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from typing import Any

import pytest

from actors import Actor, DeathCause, Props, Terminated
from runtime.process import Child, ChildProcess, ExitStatus, GetPid, SendSignal
from runtime.system import ActorSystem
from tests.integration.processes import children_of

pytestmark = [pytest.mark.real, pytest.mark.asyncio(loop_factories=["asyncio", "uvloop"])]

IGNORES_SIGTERM = "import signal, time; signal.signal(15, signal.SIG_IGN); print('ready', flush=True); time.sleep(600)"
SLEEPS = "import time; print('ready', flush=True); time.sleep(600)"


def python(program: str, *arguments: str) -> list[str]:
    return [sys.executable, "-c", program, *arguments]


def is_ours(pid: int) -> bool:
    """Whether there is such a child of this process, alive or a zombie."""
    try:
        os.waitpid(pid, os.WNOHANG)
    except ChildProcessError:
        return False
    return True


class Parent(Actor[Any]):
    """Has one child process and tells what it hears."""

    def __init__(self, heard: asyncio.Queue[Any], argv: list[str], **options: Any) -> None:
        self.heard = heard
        self.argv = argv
        self.options = options

    def pre_start(self) -> None:
        self.child = self.context.watch(
            self.context.spawn(Props(ChildProcess, self.argv, **self.options), name="the-process")
        )
        self.child.tell(GetPid(), self.ref)

    def receive(self, message: Any) -> None:
        match message:
            case "stop child":
                self.context.stop(self.child)
            case SendSignal():
                self.child.tell(message)
            case _:
                self.heard.put_nowait(message)


async def started(system: ActorSystem, argv: list[str], **options: Any) -> tuple[Any, asyncio.Queue[Any], int]:
    """A parent, what it hears, and the number of its child process."""
    heard: asyncio.Queue[Any] = asyncio.Queue()
    parent = system.spawn(Props(Parent, heard, argv, **options), name="parent")
    pid = await heard.get()
    assert isinstance(pid, int)
    return parent, heard, pid


async def until_ready(stdout: int) -> None:
    """Wait for a line of the child process."""
    loop = asyncio.get_running_loop()
    readable = loop.create_future()
    loop.add_reader(stdout, readable.set_result, None)
    await readable
    loop.remove_reader(stdout)


async def test_a_killed_child_process_is_a_certain_death() -> None:
    """SIGKILL from outside: `Terminated` says PROCESS_DEAD and by which signal; no zombie stays."""
    async with ActorSystem("test") as system:
        _, heard, pid = await started(system, python(SLEEPS), stdout=-3)
        os.kill(pid, signal.SIGKILL)
        terminated = await heard.get()
        assert isinstance(terminated, Terminated)
        assert terminated.cause is DeathCause.PROCESS_DEAD
        assert terminated.detail == "killed by SIGKILL"
        assert terminated.ref.name == "the-process"
        assert not is_ours(pid)


async def test_an_exit_status_is_told() -> None:
    """A process that ends by itself is told with its exit status."""
    async with ActorSystem("test") as system:
        _, heard, pid = await started(system, python("raise SystemExit(3)"))
        terminated = await heard.get()
        assert (terminated.cause, terminated.detail) == (DeathCause.PROCESS_DEAD, "exit status 3")
        assert not is_ours(pid)


async def test_stopping_the_actor_ends_the_process_with_sigterm() -> None:
    """A stopped actor takes its process along, gently; that is a stop and not a failure."""
    async with ActorSystem("test") as system:
        parent, heard, pid = await started(system, python(SLEEPS), stdout=-3)
        parent.tell("stop child")
        terminated = await heard.get()
        assert terminated.cause is DeathCause.STOPPED
        assert not is_ours(pid)


async def test_a_process_that_ignores_sigterm_is_killed_after_the_grace() -> None:
    """SIGTERM, the grace, then SIGKILL: in the end the process is gone."""
    reading, writing = os.pipe()
    async with ActorSystem("test") as system:
        parent, heard, pid = await started(system, python(IGNORES_SIGTERM), grace_s=0.05, stdout=writing)
        await until_ready(reading)
        parent.tell("stop child")
        terminated = await heard.get()
        assert terminated.cause is DeathCause.STOPPED
        assert not is_ours(pid)
    os.close(reading)
    os.close(writing)


async def test_leaving_the_system_leaves_no_process() -> None:
    """The end of the actor system ends its child processes."""
    async with ActorSystem("test") as system:
        _, _, pid = await started(system, python(SLEEPS), stdout=-3)
    assert not is_ours(pid)


async def test_signals_reach_the_process() -> None:
    """`SendSignal` signals the own child and nothing else."""
    async with ActorSystem("test") as system:
        parent, heard, _ = await started(system, python(SLEEPS), stdout=-3)
        parent.tell(SendSignal(signal.SIGUSR1))
        terminated = await heard.get()
        assert terminated.detail == "killed by SIGUSR1"


async def test_a_program_that_does_not_exist_fails_the_actor() -> None:
    """What cannot be started is a failed start: the watcher hears FAILED and which program."""
    async with ActorSystem("test") as system:
        heard: asyncio.Queue[Any] = asyncio.Queue()
        system.spawn(Props(Parent, heard, ["/nowhere/no-such-program"]), name="parent")
        terminated = await heard.get()
        assert terminated.cause is DeathCause.FAILED
        assert "no-such-program" in terminated.detail


async def test_descriptors_and_environment_are_handed_over() -> None:
    """The child inherits the descriptors that are named, under their numbers, and the environment that is given."""
    reading, writing = os.pipe()
    ended: asyncio.Future[ExitStatus] = asyncio.get_running_loop().create_future()
    program = "import os, sys; os.write(int(sys.argv[1]), os.environ['WORD'].encode())"
    child = Child(python(program, str(writing)), ended.set_result, env={"WORD": "hello"}, pass_fds=[writing])
    os.close(writing)
    assert str(await ended) == "exit status 0"
    assert child.status == ExitStatus(0)
    assert os.read(reading, 100) == b"hello"
    os.close(reading)


async def test_a_dead_child_is_not_signalled() -> None:
    """Once reaped its number may be another process's; signalling and ending it again do nothing."""
    ended: asyncio.Future[ExitStatus] = asyncio.get_running_loop().create_future()
    child = Child(python("pass"), ended.set_result)
    await ended
    child.send_signal(signal.SIGKILL)
    assert await child.end(5.0) == ExitStatus(0)


async def test_a_cancelled_end_kills_at_once() -> None:
    """Whoever has no more time for the grace leaves no process behind either."""
    reading, writing = os.pipe()
    child = Child(python(IGNORES_SIGTERM), lambda _: None, stdout=writing)
    await until_ready(reading)
    ending = asyncio.create_task(child.end(600.0))
    await asyncio.sleep(0)
    ending.cancel()
    with pytest.raises(asyncio.CancelledError):
        await ending
    assert child.status == ExitStatus(-signal.SIGKILL)
    assert not is_ours(child.pid)
    os.close(reading)
    os.close(writing)


@pytest.mark.asyncio(loop_factories=["sim"])
async def test_a_loop_that_cannot_watch_leaves_no_process() -> None:
    """Where watching is refused, as on SimLoop, the error says so and the process that was started is gone."""
    before = children_of(os.getpid())
    with pytest.raises(RuntimeError, match="add_reader"):
        Child(python(SLEEPS), lambda _: None, stdout=-3)
    assert children_of(os.getpid()) == before
