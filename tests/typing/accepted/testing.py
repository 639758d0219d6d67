"""Tests of actors, as users write them: probes, the kit, virtual time."""

from __future__ import annotations

from typing import assert_type

from actors import Actor, ActorRef, Request, Terminated, message
from runtime import ActorSystem, TestKit, TestProbe
from runtime.sim import World


@message
class Ping(Request[int]):
    number: int


class Echo(Actor[Ping]):
    async def receive(self, message: Ping) -> None:
        self.reply(message.number, to=message)


async def test_echo(test_kit: TestKit, actor_system: ActorSystem) -> None:
    echo = test_kit.spawn(Echo, name="echo")
    assert_type(echo, ActorRef[Ping])
    probe = test_kit.probe()
    assert_type(probe, TestProbe)
    assert_type(probe.watch(echo), ActorRef[Ping])
    probe.send(echo, Ping(3))
    assert_type(await probe.expect(int), int)
    probe.send(echo, Ping(4))
    assert_type(await probe.expect(4, timeout_s=1.0), int)
    probe.ref.tell("anything")
    print(await probe.fish(lambda message: message == "anything"))
    await probe.expect_no_message(0.5)
    actor_system.stop(echo)
    assert_type(await probe.expect_terminated(echo), Terminated)


async def story(world: World) -> int:
    here = await world.start("here")
    there = await world.start("there")
    there.spawn(Echo, name="echo")
    echo: ActorRef[Ping] = await here.resolve("actor://there@there:2552/user/echo")
    return await echo.ask(Ping(1))


def test_on_virtual_time() -> None:
    answer = World.run(story, seed=1)
    assert_type(answer, int)
