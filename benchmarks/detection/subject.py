"""The process that is killed: an actor system with one actor. Writes the actor's path when it is ready."""

from __future__ import annotations

import asyncio
import sys
from typing import Any

from actors import Actor
from benchmarks.loops import run_on
from runtime import ActorSystem, RemoteSettings, Settings
from runtime.observability import configure_logging


class Echo(Actor[Any]):
    """Replies with what it was asked."""

    async def receive(self, message: Any) -> None:
        """Handle one message."""
        self.reply(message)


async def live() -> None:
    """Live until killed."""
    async with ActorSystem("subject", Settings(remote=RemoteSettings())) as system:
        system.spawn(Echo, name="echo")
        print(f"{system.address}/user/echo", flush=True)
        await asyncio.Event().wait()


if __name__ == "__main__":
    configure_logging()
    run_on(sys.argv[1], live)
