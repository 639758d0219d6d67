"""Who listens to a node hears each frame by its name, before it is taken, and changes nothing."""

from __future__ import annotations

import random

from actors import Props
from runtime import ActorSystem, RemoteSettings, Settings
from runtime.sim.deathwatch.taps import Taps
from runtime.sim.moments import Moment
from runtime.sim.world import PORT, World
from runtime.testkit import TestProbe
from tests.runtime.remote.nodes import Echo, until


def test_each_frame_is_a_moment_of_who_says_it_and_who_hears_it() -> None:
    """A watch is said, comes, is acknowledged and answered by a death, in this order, behind the greetings."""
    heard: list[Moment] = []

    async def story(world: World) -> None:
        systems = []
        for name in ("a", "b"):
            transport = world.network.transport(name)
            settings = Settings(remote=RemoteSettings(host=name, port=PORT), slow_handler_s=None)
            tapped = Taps(transport, name, heard.append)
            system = ActorSystem(name, settings, transport=tapped, random=random.Random(1))
            await transport.process.call(system.start)
            systems.append(system)
        a, b = systems
        subject = b.spawn(Props(Echo), "echo")
        me = TestProbe(a)
        far = me.watch(a.remote.resolve_text(str(subject.path.at(b.address))))
        await until(lambda: Moment("come.ack", "a", "b") in heard)
        b.stop(subject)
        await me.expect_terminated(far)
        for system in systems:
            await system.terminate()

    World.run(story)
    of_a = [one.kind for one in heard if one.who == "a"]
    of_b = [one.kind for one in heard if one.who == "b"]
    for order, kinds in (
        (of_a, ["said.hello", "come.welcome", "said.watch", "come.ack", "come.death"]),
        (of_b, ["come.hello", "said.welcome", "come.watch", "said.ack", "said.death"]),
    ):
        assert [kind for kind in dict.fromkeys(order) if kind in kinds] == kinds
