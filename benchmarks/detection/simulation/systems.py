"""Whole actor systems in simulation, alive and harassed: how often is a living one declared dead?

Real systems on the simulated network watch each other while their loops are late as on a machine with eight CPU hogs
and stall, and while links lose packets and are cut. Nobody dies, so each `Terminated` is a mistake. Everything stays
within what the settings allow, also when it comes together: to take a longer silence for death is what was asked for.
"""

from __future__ import annotations

import asyncio
import random
from dataclasses import dataclass
from functools import partial
from typing import Any

from actors import Actor, ActorRef, Props, Terminated
from benchmarks.detection.programs.settings import PROFILES
from benchmarks.detection.statistics import Estimate, rate_per_hour
from runtime import FailureDetectorSettings, RemoteSettings, Settings
from runtime.remote.events import NodeSuspected
from runtime.sim import World
from runtime.sim.links import FIRST_RETRANSMISSION_S, Loss, Shape

STALL_S = 1.0
QUIET_S = 5.0
LOSS = 0.01
LATENESS_S = (0.003, 0.105)  # mean, and the longest, of a loop among eight hogs on two cores


@dataclass(frozen=True, slots=True)
class SystemRun:
    """What came of it.

    Attributes:
        profile: Of the heartbeats.
        seeds: How many runs, each from a seed.
        link_hours: Directed links times hours.
        false_terminated: `Terminated` of living nodes.
        suspicions: That were raised, and so had to be withdrawn.
        stalls: Of a second, or of half the margin where that is shorter.
        cuts: As long as the margin leaves beside a stall; over TCP half of it, as retransmission doubles a silence.
        examples: The first false ones, with their seeds.
    """

    profile: str
    seeds: int
    link_hours: float
    false_terminated: int
    suspicions: int
    stalls: int
    cuts: int
    examples: tuple[str, ...] = ()

    @property
    def false_per_hour(self) -> Estimate:
        """False `Terminated` per link-hour, with the exact interval: without any it ends at 3 / T."""
        return rate_per_hour(self.false_terminated, self.link_hours)


class Counts:
    """What is counted in one run."""

    def __init__(self) -> None:
        self.false: list[str] = []
        self.suspicions = 0
        self.stalls = 0
        self.cuts = 0
        self.is_over = False


class Living(Actor[Any]):
    """Watches the others, and counts those that it hears to be dead."""

    def __init__(self, counts: Counts) -> None:
        self._counts = counts

    def receive(self, message: Any) -> None:
        """Handle one message."""
        match message:
            case ActorRef():
                self.context.watch(message)
            case Terminated() if not self._counts.is_over:
                where, now = self.ref.path.address.system, asyncio.get_running_loop().time()
                self._counts.false.append(f"{message.ref.path} on {where} at {now:.3f} s: {message.detail}")


class Harassment:
    """Everything that is done to nodes which shall survive it.

    Args:
        world: Of the nodes.
        rng: Of its own.
        judged: Their settings: cuts stay below what they allow.
        counts: Of what was done.
    """

    def __init__(self, world: World, rng: random.Random, judged: FailureDetectorSettings, counts: Counts) -> None:
        self._world = world
        self._rng = rng
        self._stall_s = min(STALL_S, judged.acceptable_pause_s / 2)
        left_s = judged.acceptable_pause_s - self._stall_s - LATENESS_S[1]
        self._longest_cut_s = left_s if judged.heartbeat_carriage == "udp" else (left_s - FIRST_RETRANSMISSION_S) / 2
        self._counts = counts

    async def lateness(self, name: str) -> None:
        """The loop of one node is late again and again, mostly a little."""
        mean_s, longest_s = LATENESS_S
        while True:
            await asyncio.sleep(self._rng.expovariate(1.0))
            await self._freeze(name, min(longest_s, self._rng.expovariate(1.0 / mean_s)))

    async def stalls(self, names: list[str]) -> None:
        """About once a minute one node, or two at the same time, do nothing for a while."""
        while True:
            await asyncio.sleep(QUIET_S + self._rng.expovariate(1.0 / 60.0))
            chosen = self._rng.sample(names, self._rng.choice((1, 2)))
            self._counts.stalls += len(chosen)
            await asyncio.gather(*(self._freeze(name, self._stall_s) for name in chosen))

    async def cuts(self, names: list[str]) -> None:
        """About once a minute a link is cut, in one direction or both, for less than the margin."""
        network = self._world.network
        while True:
            await asyncio.sleep(QUIET_S + self._rng.expovariate(1.0 / 60.0))
            one, other = self._rng.sample(names, 2)
            self._counts.cuts += 1
            network.cut(one, other, one_way=self._rng.random() < 0.5)
            await asyncio.sleep(self._rng.uniform(0.0, max(0.0, self._longest_cut_s)))
            network.heal(one, other)

    async def _freeze(self, name: str, seconds: float) -> None:
        self._world.network.freeze(name)
        await asyncio.sleep(seconds)
        self._world.network.thaw(name)


def harass(profile: str, seeds: range, hours: float, nodes: int = 4) -> SystemRun:
    """Run that many worlds, each for so many hours of its own time."""
    runs = {
        seed: World.run(partial(_live, seed=seed, profile=profile, hours=hours, nodes=nodes), seed) for seed in seeds
    }
    examples = [f"seed {seed}: {text}" for seed, counts in runs.items() for text in counts.false]
    return SystemRun(
        profile=profile,
        seeds=len(runs),
        link_hours=len(runs) * hours * nodes * (nodes - 1),
        false_terminated=len(examples),
        suspicions=sum(counts.suspicions for counts in runs.values()),
        stalls=sum(counts.stalls for counts in runs.values()),
        cuts=sum(counts.cuts for counts in runs.values()),
        examples=tuple(examples[:5]),
    )


async def _live(world: World, seed: int, profile: str, hours: float, nodes: int) -> Counts:
    counts = Counts()
    judged = PROFILES[profile]()
    names = [f"n{number}" for number in range(nodes)]
    actors = []
    for name in names:
        system = await world.start(name, Settings(remote=RemoteSettings(failure_detector=judged)))
        system.event_stream.subscribe(lambda _: _suspected(counts), NodeSuspected)
        actors.append(system.spawn(Props(Living, counts), name="living"))
    for name in names:
        for other in names:
            if other != name:
                world.network.shape(name, other, Shape(loss=Loss(in_good=LOSS)))
                ref = await world.nodes[name].resolve(f"{world.nodes[other].address}/user/living", timeout=5.0)
                actors[names.index(name)].tell(ref)
    await asyncio.sleep(10 * judged.heartbeat_interval_s)
    harassment = Harassment(world, random.Random(f"{seed}/harassment"), judged, counts)
    works = [harassment.stalls(names), harassment.cuts(names), *(harassment.lateness(name) for name in names)]
    tasks = [asyncio.get_running_loop().create_task(work) for work in works]
    await asyncio.sleep(hours * 3600.0)
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    for name in names:
        world.network.thaw(name)
    counts.is_over = True
    return counts


def _suspected(counts: Counts) -> None:
    counts.suspicions += 1
