"""A whole cluster in one thread: nodes find each other, die, come back, and a seed replays it."""

from __future__ import annotations

from typing import Any

import pytest

from actors import Actor, ActorRef, DeathCause, Terminated
from runtime.sim.world import World
from runtime.testkit import TestProbe


class Echo(Actor[Any]):
    async def receive(self, message: Any) -> None:
        self.reply(message)


async def test_nodes_talk_to_each_other() -> None:
    """An actor of one node is found and asked from another, at the node's own address."""
    async with World() as world:
        here, there = await world.start("here"), await world.start("there")
        there.spawn(Echo, name="echo")
        echo = await here.resolve("actor://there@there:2552/user/echo")
        assert await echo.ask("hello") == "hello"  # type: ignore[arg-type]
        with pytest.raises(ValueError, match="lives already"):
            await world.start("there")


async def watched_crash(world: World, **how: float) -> Terminated:
    """What a watcher hears when the node of its subject crashes."""
    here, there = await world.start("here"), await world.start("there")
    there.spawn(Echo, name="echo")
    probe = TestProbe(here)
    echo: ActorRef[Any] = probe.watch(await here.resolve("actor://there@there:2552/user/echo"))
    assert await echo.ask("after the watch") == "after the watch"  # type: ignore[arg-type]
    await world.crash("there", **how)
    return await probe.expect(Terminated, timeout_s=1.0)


@pytest.mark.parametrize("linger_s", [0.0, 0.002])
async def test_a_crashed_node_is_certainly_dead(linger_s: float) -> None:
    """A killed process refuses the next dial, at once or when its dying listener is gone: dead for certain."""
    async with World() as world:
        terminated = await watched_crash(world, listeners_linger_s=linger_s)
        assert terminated.cause is DeathCause.PROCESS_DEAD
        assert terminated.address_terminated


async def test_a_node_that_comes_back_is_another_incarnation() -> None:
    """After a crash the same address has a new system, with another uid and none of the old actors."""
    async with World() as world:
        await watched_crash(world)
        again = await world.start("there")
        again.spawn(Echo, name="echo")
        echo = await world.nodes["here"].resolve("actor://there@there:2552/user/echo")
        assert await echo.ask("new life") == "new life"  # type: ignore[arg-type]


async def test_a_crashed_node_does_nothing_any_more() -> None:
    """No hook of its actors is called, and nothing of it stays behind."""
    stopped: list[str] = []

    class Careful(Actor[Any]):
        def post_stop(self) -> None:
            stopped.append("careful")

    async with World() as world:
        node = await world.start("there")
        node.spawn(Careful)
        await world.crash("there")
    assert stopped == []


def test_a_seed_is_a_story() -> None:
    """The same seed gives the same death at the same virtual time, to the last digit; another seed another time."""

    async def story(world: World) -> tuple[str, float]:
        terminated = await watched_crash(world, listeners_linger_s=0.001)
        return terminated.cause.value, world.network.now()

    assert World.run(story, seed=3) == World.run(story, seed=3)
    assert len({World.run(story, seed) for seed in range(5)}) == 5


async def test_only_who_lives_can_crash() -> None:
    """Otherwise it is said who does."""
    async with World() as world:
        await world.start("here")
        with pytest.raises(KeyError, match="no node there lives; there are here"):
            await world.crash("there")
