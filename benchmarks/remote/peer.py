"""The other process: an actor system, and bare servers for what the loop could do without one.

Writes a line of JSON with its address, its pid and the ports of the bare servers when it is ready, and lives until its
standard input ends or it is killed.
"""

from __future__ import annotations

import asyncio
import json
import os
import sys
from typing import Any

from actors import Actor, ActorRef, Props
from benchmarks.loops import run_on
from benchmarks.remote import raw
from benchmarks.remote.load import Die, Hatch, Load
from runtime import ActorSystem, RemoteSettings, Settings
from runtime.observability import configure_logging


class Taker(Actor[Any]):
    """Counts what it gets; says how much that was when it is asked."""

    def __init__(self) -> None:
        self.count = 0

    def receive(self, message: Any) -> None:
        """Handle one message."""
        if message.__class__ is bytes or message.__class__ is Load:
            self.count += 1
        else:
            self.reply(self.count)


class Echo(Actor[Any]):
    """Replies with what it was asked."""

    def receive(self, message: Any) -> None:
        """Handle one message."""
        self.reply(message)


class Chick(Actor[Any]):
    """Lives until it is stopped."""

    def receive(self, message: Any) -> None:
        """Take anything."""


class Nest(Actor[Any]):
    """Makes many actors, and ends them one by one, all at once."""

    def __init__(self) -> None:
        self.chicks: list[ActorRef[Any]] = []

    def receive(self, message: Any) -> None:
        """Handle one message."""
        match message:
            case Hatch(count):
                self.chicks = [self.context.spawn(Chick) for _ in range(count)]
                self.reply(self.chicks)
            case Die():
                for chick in self.chicks:
                    self.context.stop(chick)
            case _:
                self.reply(message)


async def live() -> None:
    """Live until killed, or nobody is there to do it."""
    loop = asyncio.get_running_loop()
    async with ActorSystem("peer", Settings(remote=RemoteSettings())) as system:
        system.spawn(Taker, "taker")
        system.spawn(Echo, "echo")
        system.spawn(Props(Nest), "nest")
        servers = {name: await loop.create_server(make, "127.0.0.1", 0) for name, make in raw.SERVERS.items()}
        ports = {name: server.sockets[0].getsockname()[1] for name, server in servers.items()}
        print(json.dumps({"address": str(system.address), "pid": os.getpid(), **ports}), flush=True)
        await loop.run_in_executor(None, sys.stdin.read)


if __name__ == "__main__":
    configure_logging()
    run_on(sys.argv[1], live)
