"""The death of an actor on another node, known by the evidence of the network alone."""

from __future__ import annotations

import asyncio
import random
import sys

from actors import Props, Terminated
from benchmarks.detection.kill import Kill, Subject, Witness, kill
from runtime import ActorSystem, RemoteSettings, Settings


async def remote_deaths(loop: str, count: int) -> list[Kill]:
    """Kill that many processes with an actor system in each; at random moments of the heartbeats' phase."""
    rng = random.Random(1)
    deaths: asyncio.Queue[tuple[float, Terminated]] = asyncio.Queue()
    kills = []
    settings = Settings(remote=RemoteSettings())
    phase_s = settings.remote.failure_detector.heartbeat_interval_s if settings.remote is not None else 0.0
    async with ActorSystem("witness", settings) as system:
        witness = system.spawn(Props(Witness, deaths))
        for _ in range(count):
            async with Subject([sys.executable, "-m", "benchmarks.detection.subject", loop]) as subject:
                ref = await system.resolve(await subject.ready(), timeout=5.0)
                await witness.ask(ref)  # type: ignore[arg-type]
                await ref.ask("are you watched?")  # asked after, so answered after the watch
                await asyncio.sleep(rng.uniform(0.0, phase_s))
                kills.append(await kill(subject.pid, subject.gone, deaths))
    return kills
