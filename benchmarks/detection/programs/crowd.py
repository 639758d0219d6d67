"""Many nodes in one process, to be watched: actor systems with an address each, and one actor in each."""

from __future__ import annotations

import resource
import sys
from contextlib import AsyncExitStack
from typing import Any

from actors import Props
from benchmarks.detection.programs.lines import say
from benchmarks.detection.programs.orders import orders
from benchmarks.detection.programs.settings import run, settings_of
from benchmarks.detection.programs.subject import Parent
from runtime import ActorSystem


async def main() -> None:
    """Live as told."""
    many_files()
    following = orders()
    order: dict[str, Any] = await anext(following)
    async with AsyncExitStack() as stack:
        addresses = []
        for _ in range(order["count"]):
            system = await stack.enter_async_context(ActorSystem("subject", settings_of(order)))
            system.spawn(Props(Parent, 1), name="subjects")
            addresses.append(str(system.address))
        say("ready", addresses=addresses)
        async for _ in following:
            pass


def many_files() -> None:
    """Each link has some sockets: take what the machine allows."""
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))


if __name__ == "__main__":
    run(main, sys.argv[1] if len(sys.argv) > 1 else "uvloop")
