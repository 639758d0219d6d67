"""The bare subject of the detection harness is a node as any other to those who watch it."""

from __future__ import annotations

import asyncio
import dataclasses
import json
import subprocess
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import psutil
import pytest
import pytest_asyncio

from actors import ActorRef, DeathCause
from benchmarks.detection.goals import BARE_MIB
from benchmarks.detection.programs.subject import AskRefs
from runtime import ActorSystem, FailureDetectorSettings, NodeSuspected, RemoteSettings, Settings
from runtime.testkit import TestProbe

pytestmark = pytest.mark.real
ROOT = Path(__file__).resolve().parents[2]
PATIENCE_S = 30.0
CARRIAGES = ("tcp", "udp")


class Bare:
    """The process."""

    def __init__(self, carriage: str) -> None:
        argv = [sys.executable, "-m", "benchmarks.detection.programs.bare"]
        self.process = subprocess.Popen(argv, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        self.tell(do="start", host="127.0.0.1", watched=3, carriage=carriage)
        self.address: str = self.hear()["address"]

    def tell(self, **order: Any) -> None:
        assert self.process.stdin is not None
        self.process.stdin.write((json.dumps(order) + "\n").encode())
        self.process.stdin.flush()

    def hear(self) -> dict[str, Any]:
        assert self.process.stdout is not None
        event: dict[str, Any] = json.loads(self.process.stdout.readline())
        return event

    def end(self) -> None:
        self.process.kill()
        self.process.communicate()


@pytest_asyncio.fixture(params=CARRIAGES)
async def bare(request: pytest.FixtureRequest) -> AsyncIterator[Bare]:
    process = await asyncio.to_thread(Bare, request.param)
    yield process
    process.end()


@pytest_asyncio.fixture
async def system(request: pytest.FixtureRequest) -> AsyncIterator[ActorSystem]:
    carriage = request.node.callspec.params["bare"]
    patient = FailureDetectorSettings.wan()  # a busy machine may let nobody run for a while
    detector = dataclasses.replace(patient, heartbeat_carriage=carriage, heartbeat_interval_s=0.1)
    async with ActorSystem("watcher", Settings(remote=RemoteSettings(failure_detector=detector))) as system:
        yield system


def carriage_of(system: ActorSystem) -> str:
    assert system.settings.remote is not None
    return system.settings.remote.failure_detector.heartbeat_carriage


async def until(condition: Any) -> None:
    async with asyncio.timeout(PATIENCE_S):
        while not condition():  # noqa: ASYNC110 - of a watcher of another system
            await asyncio.sleep(0.01)


async def test_a_bare_subject_is_watched_as_any_node(bare: Bare, system: ActorSystem) -> None:
    """It is resolved, asked and watched, answers heartbeats on the way that was asked for, and its death is certain."""
    suspected: list[NodeSuspected] = []
    system.event_stream.subscribe(suspected.append, NodeSuspected)
    probe = TestProbe(system)
    parent = await system.resolve(f"{bare.address}/user/subjects", timeout=PATIENCE_S)
    refs: list[ActorRef[Any]] = await parent.ask(AskRefs(0, 10), timeout=PATIENCE_S)
    assert [ref.name for ref in refs] == ["w0", "w1", "w2"]
    assert await refs[1].ask([1, "two"], timeout=PATIENCE_S) == [1, "two"]
    for ref in refs:
        probe.watch(ref)
    assert await parent.ask(AskRefs(0, 0), timeout=PATIENCE_S) == []  # read after the watches

    monitor = system.remote._watcher._monitors[parent.path.address]
    await until(lambda: monitor.number > 5)
    assert monitor.carriage.prefers_datagrams is (carriage_of(system) == "udp")
    # Answers go back the way the questions came, so there are the two lanes that were dialled, as to any node.
    open_ones = [one for one in psutil.Process(bare.process.pid).net_connections("tcp") if one.status == "ESTABLISHED"]
    assert len(open_ones) == 2
    assert psutil.Process(bare.process.pid).memory_info().rss < BARE_MIB << 20
    bare.process.kill()

    for ref in refs:
        notice = await probe.expect_terminated(ref, PATIENCE_S)
        assert (notice.cause, notice.address_terminated) == (DeathCause.PROCESS_DEAD, True)
    assert not suspected


async def test_who_never_lived_there_is_said_to_be_dead(bare: Bare, system: ActorSystem) -> None:
    """D3: nobody is found at a path without an actor, and a watch of an earlier one is answered by its death."""
    probe = TestProbe(system)
    with pytest.raises(LookupError):
        await system.resolve(f"{bare.address}/user/nobody", timeout=PATIENCE_S)
    ghost = system.remote.resolve_text(f"{bare.address}/user/subjects/w0#999")

    notice = await probe.expect_terminated(probe.watch(ghost), PATIENCE_S)

    assert (notice.cause, notice.existence_confirmed) == (DeathCause.NEVER_EXISTED, False)


async def test_what_is_told_is_answered_on_connections_of_its_own(bare: Bare, system: ActorSystem) -> None:
    """D62: who is no ask gets its answer as an ordinary message, on lanes that the bare subject dials."""
    probe = TestProbe(system)
    child = await system.resolve(f"{bare.address}/user/subjects/w2", timeout=PATIENCE_S)

    for number in range(3):
        probe.send(child, [number])

    assert [await probe.receive_one(PATIENCE_S) for _ in range(3)] == [[0], [1], [2]]
