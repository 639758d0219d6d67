"""A program for the tests of real processes: one actor system with an actor called `echo`, until it is killed.

Prints its address and lives until its standard input ends; then it says goodbye. Arguments: certificate, key and
authority, for TLS.
"""

from __future__ import annotations

import asyncio
import sys
from typing import Any

from actors import Actor
from runtime import ActorSystem, RemoteSettings, Settings, TlsSettings


class Echo(Actor[Any]):
    """Answers what it is told."""

    def receive(self, message: Any) -> None:
        self.sender.tell(message, self.ref)


async def main() -> None:
    words = sys.argv[1:]
    tls = TlsSettings(*words) if len(words) == 3 else None
    async with ActorSystem("far", Settings(remote=RemoteSettings(tls=tls))) as system:
        system.spawn(Echo, "echo")
        sys.stdout.write(f"{system.address}\n")
        sys.stdout.flush()
        reader = asyncio.StreamReader()
        await system.loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
        await reader.read()


if __name__ == "__main__":
    asyncio.run(main())
