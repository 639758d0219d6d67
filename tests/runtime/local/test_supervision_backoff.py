"""Restarts that wait: how long, what is kept meanwhile, and what may come in between."""

from __future__ import annotations

import asyncio
import itertools
import random
from typing import Any

from actors import ActorInitializationError, ActorRef, Backoff, Props
from runtime import ActorSystem, TestProbe
from tests.runtime.local.puppets import Puppet, child_of, nothing, one_for_one, quiet, raising, supervisor


def restarting(backoff: Backoff) -> Props[Any]:
    """A supervisor whose restarts wait so."""
    return supervisor([], [Exception], backoff=backoff)


def timed(times: list[float], fail: bool = False) -> Props[Any]:
    """A puppet that notes when it starts, and then perhaps fails."""

    def start(actor: Puppet, *_: Any) -> None:
        times.append(asyncio.get_running_loop().time())
        if fail:
            raise ValueError

    return Props(Puppet, [], pre_start=start)


async def fail_in_turn(child: ActorRef[Any], times: list[float], count: int) -> list[float]:
    """Let a child fail each time it is up, and return how long each restart took."""
    waits = []
    for _ in range(count):
        failed_at, starts = asyncio.get_running_loop().time(), len(times)
        child.tell(raising(ValueError()))
        while len(times) == starts:
            await quiet(0.01)
        waits.append(round(times[-1] - failed_at, 6))
    return waits


async def test_delays_double_up_to_the_cap(actor_system: ActorSystem) -> None:
    """S79: each restart in a row waits twice as long as the one before, up to the cap."""
    times: list[float] = []
    parent = actor_system.spawn(restarting(Backoff(0.5, 4.0, 0.0, reset_after_s=60.0)))
    child = await child_of(parent, timed(times))

    assert await fail_in_turn(child, times, 5) == [0.5, 1.0, 2.0, 4.0, 4.0]


async def test_delays_begin_again_after_a_quiet_time(actor_system: ActorSystem) -> None:
    """S79: after a quiet time, by default the mean of the bounds, the first delay is the shortest again."""
    times: list[float] = []
    parent = actor_system.spawn(restarting(Backoff(1.0, 3.0, 0.0)))
    child = await child_of(parent, timed(times))

    assert await fail_in_turn(child, times, 2) == [1.0, 2.0]
    await quiet(1.9)
    assert await fail_in_turn(child, times, 1) == [3.0]
    await quiet(2.1)
    assert await fail_in_turn(child, times, 1) == [1.0]


async def test_delays_are_drawn_from_the_system() -> None:
    """S79: the spread comes from the system's own source of randomness, so a seed replays it."""

    async def waits(seed: int) -> list[float]:
        times: list[float] = []
        async with ActorSystem("test", random=random.Random(seed)) as system:
            parent = system.spawn(restarting(Backoff(1.0, 8.0, 1.0, reset_after_s=99.0)))
            child = await child_of(parent, timed(times))
            return await fail_in_turn(child, times, 4)

    first = await waits(1)

    assert first == await waits(1)
    assert first != await waits(2)
    assert all(low <= wait <= 2 * low for low, wait in zip([1, 2, 4, 8], first, strict=True))


async def test_mailbox_and_reference_are_kept(actor_system: ActorSystem) -> None:
    """S79: while it waits the child keeps its reference and its mailbox; nothing is handled and nothing lost."""
    diary: list[str] = []
    parent = actor_system.spawn(restarting(Backoff(5.0, 5.0, 0.0)))
    child = await child_of(parent, Props(Puppet, diary))

    child.tell(raising(ValueError()))
    for n in range(3):
        child.tell(n)
    await quiet(4.0)
    assert diary == ["a1 made", "a1 pre_start"]
    await quiet(2.0)

    assert diary[-3:] == ["a2 0", "a2 1", "a2 2"]


async def test_a_failing_start_backs_off(actor_system: ActorSystem) -> None:
    """S79, S44: a child that cannot start is tried again later and later, up to its limit."""
    times: list[float] = []
    probe = TestProbe(actor_system)
    parent = actor_system.spawn(
        supervisor([], [ActorInitializationError], backoff=Backoff(1.0, 4.0, 0.0), max_nr_of_retries=4)
    )
    child = await child_of(parent, timed(times, fail=True))
    probe.watch(child)
    await probe.expect_terminated(child, timeout_s=30.0)

    assert [later - earlier for earlier, later in itertools.pairwise(times)] == [1.0, 2.0, 4.0, 4.0]


async def test_a_supervisor_that_ends_does_not_wait(actor_system: ActorSystem) -> None:
    """S79, S56: a supervisor that stops while a child waits takes it along at once, and nothing follows later."""
    diary: list[str] = []
    probe = TestProbe(actor_system)
    parent = actor_system.spawn(restarting(Backoff(50.0, 50.0, 0.0)))
    child = await child_of(parent, Props(Puppet, diary))
    child.tell(raising(ValueError()))
    await quiet()

    probe.watch(parent)
    actor_system.stop(parent)
    await probe.expect_terminated(parent, timeout_s=0.1)
    await quiet(100.0)

    assert diary == ["a1 made", "a1 pre_start", "a1 post_stop"]


async def test_a_supervisor_that_restarts_does_not_wait(actor_system: ActorSystem) -> None:
    """S79: a supervisor that restarts and keeps its children restarts the waiting one too; it goes on once."""
    diary: list[str] = []
    parent = actor_system.spawn(restarting(Backoff(10.0, 10.0, 0.0)))
    waiting = one_for_one([Exception], backoff=Backoff(30.0, 30.0, 0.0))
    middle = await child_of(parent, Props(Puppet, [], "m", waiting, pre_restart=nothing))
    child = await child_of(middle, Props(Puppet, diary))
    child.tell(raising(ValueError()))
    await quiet()
    middle.tell(raising(ValueError()))
    child.tell("after")
    await quiet(100.0)

    assert diary[-1].endswith("after")
    assert sum(entry.endswith("after") for entry in diary) == 1


async def test_no_timer_is_left_behind() -> None:
    """S79: a system that ends while a restart waits leaves no timer behind."""
    loop = asyncio.get_running_loop()
    async with ActorSystem("test") as system:
        parent = system.spawn(restarting(Backoff(5000.0, 5000.0, 0.0)))
        child = await child_of(parent, Props(Puppet, []))
        child.tell(raising(ValueError()))
        await quiet()

    assert [timer for _, _, timer in loop._timers if not timer.cancelled()] == []  # type: ignore[attr-defined]
