"""A system on the simulated network as a target, on virtual time, from a seed.

Deliberately not here: the attack itself (`siege`, where the system is dialled, and `ambush`, where it dials).
"""

from __future__ import annotations

import asyncio
import random
from typing import Any

from actors.address import Address
from actors.notices import DeadLetter
from benchmarks.fuzz.ambush import Ambush
from benchmarks.fuzz.siege import Echo, Siege, is_well, sizes
from runtime.sim.world import World

AMBUSH = Address("ambush", "enemy", 9)


def throw(seed: int, attacks: int) -> tuple[int, int]:
    """Attack a system so often, and lead it into an ambush as often; how many writes those were.

    Raises:
        BaseException: Whatever broke: an error that reached the loop, a peer without an answer, a table that grew.
    """

    async def story(world: World) -> tuple[int, int]:
        failures: list[dict[str, Any]] = []
        asyncio.get_running_loop().set_exception_handler(lambda _, context: failures.append(context))
        target, peer = await world.start("target"), await world.start("peer")
        refs = [target.spawn(Echo, f"echo{number}") for number in range(20)]
        echo = target.spawn(Echo, "well")
        healthy = await peer.resolve(f"{target.address}/user/well", timeout=10.0)
        paths = tuple(str(ref.path.at(target.address)) for ref in refs)
        siege = Siege(random.Random(seed), target.address, world.network.transport("enemy"), paths)
        ambush = Ambush(random.Random(f"{seed}/ambush"), target)
        await world.network.transport("enemy").listen("enemy", 9, ambush.accept)
        target.event_stream.subscribe(lambda event: None, DeadLetter)
        for number in range(attacks):
            await siege.attack()
            await ambush.lead(AMBUSH)
            if number % 10 == 0:
                await is_well(peer, healthy)
        if failures:
            raise AssertionError(f"an error reached the loop: {failures[0]}")
        await is_well(peer, healthy)
        await asyncio.sleep(30.0)
        held = sizes(target)
        if held["inbound"] > 50 or held["unfinished"] > 50 or held["associations"] > 10:
            raise AssertionError(f"tables grew: {held} ({echo})")
        return siege.thrown, ambush.thrown

    return World.run(story, seed)
