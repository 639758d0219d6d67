"""The failures of the trials, in simulation: the same two actor systems with the same settings, on virtual time. SHELL.

Each run is a world of its own: a watcher and a subject on two hosts, left alone until heartbeats are regular, then the
blow at a given phase of a heartbeat interval. Deliberately not here: real processes (`benchmarks.detection.trials`).
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

from actors import Actor, ActorRef, Props, Terminated
from benchmarks.detection.conformance.observation import ALIVE, Observation, made
from benchmarks.detection.programs.settings import PROFILES, settings_of
from benchmarks.detection.programs.tap import Tap
from benchmarks.detection.trials.campaign import PATIENCE_S, TAIL_S, WARM_UP_BEATS
from benchmarks.detection.trials.combined import CUT_BEFORE_S, HEALED_AFTER_S, UNREAD_AFTER_S
from benchmarks.detection.trials.failures import BRIEF_S, FAILURES
from runtime import ActorSystem, Settings
from runtime.sim import World
from runtime.sim.links import Loss, Shape, Uniform
from runtime.sim.network import SimTransport

SUBJECT, WATCHER = "subject", "watcher"
VETH = Uniform(0.00003, 0.00015)
"""What a packet takes from one namespace to another, seconds."""
KILLED_IN_CUT_S = 0.9
RESTART_S = 0.02
"""What a process that waits for its order takes to listen again."""


class Named(Actor[Any]):
    """Is watched."""

    def receive(self, message: Any) -> None:
        """Handle one message."""


class Watching(Actor[Any]):
    """Watches one actor, and notes when it hears of its death."""

    def __init__(self, ref: ActorRef[Any], heard: asyncio.Future[tuple[float, Terminated]]) -> None:
        self._ref = ref
        self._heard = heard

    def pre_start(self) -> None:
        """Watch."""
        self.context.watch(self._ref)

    def receive(self, message: Any) -> None:
        """Handle one message."""
        if isinstance(message, Terminated) and not self._heard.done():
            self._heard.set_result((asyncio.get_running_loop().time(), message))


@dataclass(slots=True)
class Stage:
    """Where a failure happens.

    Attributes:
        world: That it is in.
        settings: Of both systems.
        subject: The system that is hurt.
    """

    world: World
    settings: Settings
    subject: ActorSystem

    def now(self) -> float:
        """The world's clock."""
        return self.world.network.now()

    def later(self, seconds: float, do: Callable[[], object]) -> None:
        """Do that after a while."""
        asyncio.get_running_loop().call_later(seconds, do)

    def cut(self, *ways: str) -> None:
        """Cut the link: `in` is what is sent towards the subject."""
        for way in ways:
            ends = (WATCHER, SUBJECT) if way == "in" else (SUBJECT, WATCHER)
            self.world.network.cut(*ends, one_way=True)

    def heal(self) -> None:
        """Let everything through again."""
        self.world.network.heal(SUBJECT, WATCHER)

    def kill(self) -> None:
        """SIGKILL the subject."""
        self.world.network.kill(SUBJECT)

    def start_again(self) -> None:
        """Another incarnation of the subject at its address."""
        self.world.nodes.pop(SUBJECT, None)
        task = asyncio.get_running_loop().create_task(self.world.start(SUBJECT, self.settings))
        task.add_done_callback(lambda done: done.exception())


Blow = Callable[[Stage], Awaitable[float]]
"""Does it. Returns the moment of the injection."""


async def _kill(stage: Stage) -> float:
    stage.kill()
    return stage.now()


async def _stop(stage: Stage) -> float:
    before = stage.now()
    process = stage.world.network.process(SUBJECT)
    await process.call(asyncio.get_running_loop().create_task, stage.subject.terminate())
    stage.world.nodes.pop(SUBJECT, None)
    stage.kill()
    return before


def _freeze(name: str, seconds: float) -> Blow:
    async def blow(stage: Stage) -> float:
        network = stage.world.network
        network.freeze(name)
        stage.later(seconds, partial(network.thaw, name))
        return stage.now()

    return blow


def _cut(*ways: str, for_s: float | None = None) -> Blow:
    async def blow(stage: Stage) -> float:
        stage.cut(*ways)
        if for_s is not None:
            stage.later(for_s, stage.heal)
        return stage.now()

    return blow


async def _kill_in_cut(stage: Stage) -> float:
    stage.cut("in", "out")
    await asyncio.sleep(CUT_BEFORE_S)
    stage.kill()
    stage.later(KILLED_IN_CUT_S, stage.heal)
    return stage.now()


async def _lose_host(stage: Stage) -> float:
    stage.world.network.vanish(SUBJECT)
    return stage.now()


async def _half_open(stage: Stage) -> float:
    stage.world.network.vanish(SUBJECT)
    stage.later(HEALED_AFTER_S, partial(stage.world.network.come_back, SUBJECT))
    return stage.now()


async def _kill_unread(stage: Stage) -> float:
    stage.world.network.freeze(SUBJECT)
    await asyncio.sleep(UNREAD_AFTER_S)
    return await _kill(stage)


async def _restart(stage: Stage) -> float:
    stage.kill()
    stage.later(RESTART_S, stage.start_again)
    return stage.now()


async def _restart_unseen(stage: Stage) -> float:
    stage.cut("in", "out")
    stage.kill()
    stage.later(RESTART_S, stage.start_again)
    stage.later(HEALED_AFTER_S, stage.heal)
    return stage.now()


async def _lose_packets(stage: Stage) -> float:
    stage.world.network.shape(WATCHER, SUBJECT, Shape(VETH, Loss(in_good=0.01)))
    return stage.now()


BLOWS: dict[str, Blow] = {
    "stop": _stop,
    "sigkill": _kill,
    "exit": _kill,
    "kill-unread": _kill_unread,
    "freeze-brief": _freeze(SUBJECT, BRIEF_S),
    "freeze-2": _freeze(SUBJECT, 2.0),
    "cut": _cut("in", "out"),
    "cut-in": _cut("in"),
    "cut-out": _cut("out"),
    "cut-brief": _cut("in", "out", for_s=BRIEF_S),
    "host-loss": _lose_host,
    "kill-in-cut": _kill_in_cut,
    "half-open": _half_open,
    "restart": _restart,
    "restart-unseen": _restart_unseen,
    "stall": _freeze(WATCHER, 1.0),
    "loss-1": _lose_packets,
}
"""What is done in simulation, by the name of the same failure in the trials."""


def simulate(failure: str, profile: str, carriage: str, count: int, seed: int = 1) -> list[Observation]:
    """What comes of a failure, at so many phases of a heartbeat interval.

    Args:
        failure: One of `BLOWS`.
        profile: Settings of heartbeats.
        carriage: How they travel.
        count: How many runs.
        seed: Of the first; the next ones count up.
    """
    return [
        World.run(
            partial(_run, failure=failure, profile=profile, carriage=carriage, phase=(number + 0.5) / count),
            seed + number,
        )
        for number in range(count)
    ]


async def _run(world: World, failure: str, profile: str, carriage: str, phase: float) -> Observation:
    settings = settings_of({"profile": profile, "carriage": carriage})
    interval_s = PROFILES[profile]().heartbeat_interval_s
    world.network.shape(SUBJECT, WATCHER, Shape(VETH))
    subject = await world.start(SUBJECT, settings)
    subject.spawn(Named, name="named")
    loop = asyncio.get_running_loop()
    ended: list[tuple[float, str]] = []
    heard: asyncio.Future[tuple[float, Terminated]] = loop.create_future()
    watcher = await world.launch(WATCHER, partial(_watch, world, settings, str(subject.address), ended, heard))
    await asyncio.sleep((WARM_UP_BEATS + phase) * interval_s)
    before = len(ended)
    injected = await BLOWS[failure](Stage(world, settings, subject))
    how = FAILURES[failure]
    patience_s = how.lasts_s + TAIL_S if how.truth == "alive" else PATIENCE_S[profile]
    try:
        at, notice = await asyncio.wait_for(heard, patience_s)
    except TimeoutError:
        return Observation(ALIVE)
    finally:
        world.network.thaw(WATCHER)
        await world.network.process(WATCHER).call(loop.create_task, watcher.terminate())
        world.abandon()
    since = [(when, how) for when, how in ended[before:] if when <= at]
    text = next((how for _, how in since if "reset" in how), since[0][1] if since else "")
    return made(notice.cause.value, at - injected, text, since[0][0] - injected if since else None)


async def _watch(
    world: World,
    settings: Settings,
    address: str,
    ended: list[tuple[float, str]],
    heard: asyncio.Future[tuple[float, Terminated]],
    transport: SimTransport,
) -> ActorSystem:
    tap = Tap(transport, lambda _host, _port, _t, how: ended.append((world.network.now(), how)))
    remote = settings.remote
    assert remote is not None
    own = Settings(remote=type(remote)(host=WATCHER, port=2552, failure_detector=remote.failure_detector))
    system = ActorSystem(WATCHER, own, transport=tap, random=random.Random(1))
    await system.start()
    ref = await system.resolve(f"{address}/user/named", timeout=5.0)
    system.spawn(Props(Watching, ref, heard))
    return system
