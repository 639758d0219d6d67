"""Floods of messages and watches by the thousand, between real processes. Nothing is said of times here."""

from __future__ import annotations

import asyncio
import os
import signal
from collections import Counter
from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio

from actors import Actor, ActorRef, DeathCause, Props, Terminated
from benchmarks.remote import messages, watches
from benchmarks.remote.load import PAYLOAD, Die, Hatch
from benchmarks.remote.process import Peer
from runtime import ActorSystem, FailureDetectorSettings, RemoteSettings, Settings

pytestmark = [pytest.mark.real, pytest.mark.timeout(300)]  # a busy machine takes long for ten thousand
PATIENCE_S = 240.0
SUBJECTS = 10_000
WATCHERS = 100


@pytest_asyncio.fixture
async def said() -> AsyncIterator[dict[str, Any]]:
    """Another process with an actor system: its address, pid and ports."""
    async with Peer("uvloop") as peer:
        yield peer.said


class Mourner(Actor[Any]):
    """Watches some, and notes each notice of a death."""

    def __init__(self, subjects: list[ActorRef[Any]], told: Counter[ActorRef[Any]], causes: set[DeathCause]) -> None:
        self.subjects, self.told, self.causes = subjects, told, causes

    def pre_start(self) -> None:
        for subject in self.subjects:
            self.context.watch(subject)

    def receive(self, message: Any) -> None:
        if isinstance(message, Terminated):
            self.told[message.ref] += 1
            self.causes.add(message.cause)
        else:
            self.reply(message)


@pytest.mark.parametrize("end", ["one by one", "killed"])
async def test_ten_thousand_deaths_at_once(said: dict[str, Any], end: str) -> None:
    """D62, D63, D65: of 10,000 watched actors that end at once, each is told to its watcher, exactly once.

    They stop one by one, or their process is killed; a hundred actors watch a hundred each.
    """
    told: Counter[ActorRef[Any]] = Counter()
    causes: set[DeathCause] = set()
    async with ActorSystem("near", Settings(remote=RemoteSettings())) as system, asyncio.timeout(PATIENCE_S):
        nest = await system.resolve(f"{said['address']}/user/nest", timeout=PATIENCE_S)
        chicks: list[ActorRef[Any]] = await nest.ask(Hatch(SUBJECTS), PATIENCE_S)
        mourners = [system.spawn(Props(Mourner, chicks[number::WATCHERS], told, causes)) for number in range(WATCHERS)]
        for mourner in mourners:
            await mourner.ask("have you begun?", PATIENCE_S)
        assert system.remote.watch_counts() == {chicks[0].path.address: (SUBJECTS, 0)}
        if end == "killed":
            os.kill(said["pid"], signal.SIGKILL)
        else:
            nest.tell(Die())
        while len(told) < SUBJECTS:  # noqa: ASYNC110
            await asyncio.sleep(0.01)
        if end == "one by one":
            assert await nest.ask("anything on its way?", PATIENCE_S) == "anything on its way?"
        for mourner in mourners:
            await mourner.ask("have you heard all?", PATIENCE_S)
        assert set(told) == set(chicks)
        assert set(told.values()) == {1}
        assert causes == ({DeathCause.PROCESS_DEAD} if end == "killed" else {DeathCause.STOPPED})
        assert system.remote.watch_counts() == {}


@pytest.mark.parametrize("flood", [PAYLOAD, watches.LARGE], ids=["of 100 bytes", "of 8 MB"])
async def test_a_flood_raises_no_suspicion(said: dict[str, Any], flood: bytes) -> None:
    """R2: control round trips are made beside a flood, and the node is never suspected.

    Not with the profile of a lan, as in the benchmark: on a busy machine a process may not run for a third of a second.
    """
    assert len(await watches.round_trips(said, 40, flood, FailureDetectorSettings.wan())) == 40


async def test_a_flood_loses_nothing(said: dict[str, Any]) -> None:
    """R3: of 200,000 messages with a window each one is counted there, and none is a dead letter here."""
    assert await messages.tell_message(said, 200_000)
