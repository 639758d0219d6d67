"""Two processes on real sockets: asks, watches, and each way to end."""

from __future__ import annotations

import asyncio
import signal
import socket
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from actors import DeathCause, Request, message
from runtime import ActorSystem, RemoteSettings, Settings
from runtime.protocol.handshake import Lane
from runtime.remote.events import NodeTerminated
from runtime.testkit import TestProbe

pytestmark = [pytest.mark.real, pytest.mark.timeout(240)]
ROOT = Path(__file__).resolve().parents[2]
PATIENCE_S = 30.0


@message(name="test.tcp.question")
class Question(Request[Any]):
    value: Any


class Far:
    """Another process with an actor system."""

    def __init__(self) -> None:
        self.process = subprocess.Popen(
            [sys.executable, str(Path(__file__).with_name("far_system.py"))],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        assert self.process.stdout is not None
        self.address = self.process.stdout.readline().strip()

    def leave(self) -> None:
        """Let it end in good order."""
        assert self.process.stdin is not None
        self.process.stdin.close()

    def end(self) -> None:
        """Leave nothing behind."""
        self.process.kill()
        self.process.wait()
        for pipe in (self.process.stdin, self.process.stdout):
            if pipe is not None:
                pipe.close()


@pytest.fixture
def far() -> Iterator[Far]:
    process = Far()
    yield process
    process.end()


@pytest_asyncio.fixture
async def near() -> AsyncIterator[ActorSystem]:
    async with ActorSystem("near", Settings(remote=RemoteSettings())) as system:
        yield system


async def test_an_ask_crosses_processes(near: ActorSystem, far: Far) -> None:
    """Plain values, in both directions, over real sockets."""
    echo = await near.resolve(f"{far.address}/user/echo", timeout=PATIENCE_S)
    for value in (1, "x" * 100_000, [1, {"a": (2, 3)}], near.dead_letters):
        answer = await near.ask(echo, value, PATIENCE_S)
        assert answer == value


async def test_d63_a_killed_process_is_reported_with_certainty(near: ActorSystem, far: Far) -> None:
    """D63: SIGKILL of the watched process gives Terminated of the address, by a refused dial and not by silence."""
    probe = TestProbe(near)
    echo = probe.watch(await near.resolve(f"{far.address}/user/echo", timeout=PATIENCE_S))
    assert await near.ask(echo, 1, PATIENCE_S) == 1
    far.process.send_signal(signal.SIGKILL)
    notice = await probe.expect_terminated(echo, PATIENCE_S)
    assert (notice.cause, notice.address_terminated) == (DeathCause.PROCESS_DEAD, True)
    assert "refused" in notice.detail


async def test_d66_a_graceful_end_is_told_actor_by_actor(near: ActorSystem, far: Far) -> None:
    """D66: the actors of a process that leaves are reported as stopped, and the process ends by itself."""
    probe = TestProbe(near)
    echo = probe.watch(await near.resolve(f"{far.address}/user/echo", timeout=PATIENCE_S))
    assert await near.ask(echo, 1, PATIENCE_S) == 1  # the watch has arrived, too
    far.leave()
    notice = await probe.expect_terminated(echo, PATIENCE_S)
    assert (notice.cause, notice.address_terminated) == (DeathCause.STOPPED, False)
    assert far.process.wait(PATIENCE_S) == 0


async def test_a_stopped_process_is_not_dead(near: ActorSystem, far: Far) -> None:
    """A process that stands still for a moment is neither reported nor forgotten."""
    probe = TestProbe(near)
    echo = probe.watch(await near.resolve(f"{far.address}/user/echo", timeout=PATIENCE_S))
    far.process.send_signal(signal.SIGSTOP)
    echo.tell("wait", probe.ref)
    far.process.send_signal(signal.SIGCONT)
    assert await probe.receive_one(PATIENCE_S) == "wait"


async def test_a_port_in_use_is_said_so(near: ActorSystem) -> None:
    """A system that cannot listen does not start, and says which port and why."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        other = ActorSystem("other", Settings(remote=RemoteSettings(port=port)))
        with pytest.raises(OSError, match=rf"127\.0\.0\.1:{port}: the port is in use"):
            await other.start()


@pytest.mark.parametrize("lane", list(Lane))
async def test_r4_either_lane_lost_alone_is_a_blip(near: ActorSystem, far: Far, lane: Lane) -> None:
    """R4: on real sockets too: the lost lane is dialled again, the other is left alone, and nobody is dead."""
    ended: list[NodeTerminated] = []
    near.event_stream.subscribe(ended.append, NodeTerminated)
    probe = TestProbe(near)
    echo = probe.watch(await near.resolve(f"{far.address}/user/echo", timeout=PATIENCE_S))
    association = near.remote.peer(echo.path.address)
    before = {one: association._outbox.link(one) for one in Lane}
    before[lane]._connection.abort()
    async with asyncio.timeout(PATIENCE_S):
        while association._outbox.link(lane) in (None, before[lane]):  # noqa: ASYNC110
            await asyncio.sleep(0.001)
    assert await near.ask(echo, 1, PATIENCE_S) == 1
    assert [one for one in Lane if association._outbox.link(one) is before[one]] == [
        one for one in Lane if one is not lane
    ]
    async with asyncio.timeout(PATIENCE_S):
        while association.verdict.standing.value != "trusted":  # noqa: ASYNC110 - a busy machine may raise suspicions
            await asyncio.sleep(0.001)
    assert ended == []


async def test_r2_who_reads_no_messages_still_answers(near: ActorSystem) -> None:
    """R2: with an ordinary lane full to the brim, the control lane carries watches and deaths, over real sockets."""
    async with ActorSystem("other", Settings(remote=RemoteSettings(queue_bytes=64 * 1024 * 1024))) as other:
        probe, sink = TestProbe(near), TestProbe(other)
        far = near.remote.resolve_text(str(sink.ref.path.at(other.address)))
        far.tell("first")
        assert await sink.receive_one(PATIENCE_S) == "first"
        (link,) = [one for one in other.remote._inbound if one.lane is Lane.ORDINARY]
        link._connection.pause_reading()
        outbox = near.remote.peer(other.address)._outbox
        while not outbox.ordinary.is_paused:
            far.tell(b"x" * 1_000_000)
            await asyncio.sleep(0)
        for number in range(100):
            nobody = probe.watch(near.remote.resolve_text(f"{other.address}/user/nobody#{number + 1}"))
            assert (await probe.expect_terminated(nobody, PATIENCE_S)).cause is DeathCause.NEVER_EXISTED
        link._connection.resume_reading()
        await sink.receive_one(PATIENCE_S)
