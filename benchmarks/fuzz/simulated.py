"""A system on the simulated network as a target, on virtual time, from a seed.

Deliberately not here: the attack itself (`siege`).
"""

from __future__ import annotations

import asyncio
import random
from typing import Any

from actors.notices import DeadLetter
from benchmarks.fuzz.siege import Echo, Siege, is_well, sizes
from runtime.sim.world import World


def throw(seed: int, attacks: int) -> int:
    """Attack a system so often; how many writes those were.

    Raises:
        BaseException: Whatever broke: an error that reached the loop, a peer without an answer, a table that grew.
    """

    async def story(world: World) -> int:
        failures: list[dict[str, Any]] = []
        asyncio.get_running_loop().set_exception_handler(lambda _, context: failures.append(context))
        target, peer = await world.start("target"), await world.start("peer")
        refs = [target.spawn(Echo, f"echo{number}") for number in range(20)]
        echo = target.spawn(Echo, "well")
        healthy = await peer.resolve(f"{target.address}/user/well", timeout=10.0)
        paths = tuple(str(ref.path.at(target.address)) for ref in refs)
        siege = Siege(random.Random(seed), target.address, world.network.transport("enemy"), paths)
        target.event_stream.subscribe(lambda event: None, DeadLetter)
        for number in range(attacks):
            await siege.attack()
            if number % 10 == 0:
                await is_well(peer, healthy)
        if failures:
            raise AssertionError(f"an error reached the loop: {failures[0]}")
        await is_well(peer, healthy)
        await asyncio.sleep(30.0)
        held = sizes(target)
        if held["inbound"] > 50 or held["unfinished"] > 50 or held["associations"] > 10:
            raise AssertionError(f"tables grew: {held} ({echo})")
        return siege.thrown

    return World.run(story, seed)
