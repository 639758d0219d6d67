"""An example of another system for the harness: plain asyncio, and the end of a connection is taken for death.

    python -m benchmarks.detection trials --peer "raw=python -m benchmarks.detection.programs.raw" --failure sigkill

It speaks the lines of `docs/benchmarking.md` and knows nothing of this project. It is as fast as a watcher on sockets
can be, has no answer to silence, and takes a broken connection for a dead process: the harness shows all three.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import sys
import time
from collections.abc import AsyncIterator
from functools import partial
from typing import Any


def say(event: str, **fields: Any) -> None:
    """One line for the harness."""
    print(json.dumps({"event": event, **fields}), flush=True)


async def orders() -> AsyncIterator[dict[str, Any]]:
    """The lines of the harness."""
    reader = asyncio.StreamReader()
    await asyncio.get_running_loop().connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
    while line := await reader.readline():
        yield json.loads(line)


async def subject() -> None:
    """Keep connections open until told to end."""
    connected: list[asyncio.StreamWriter] = []
    following = orders()
    order = await anext(following)
    server = await asyncio.start_server(lambda _, writer: connected.append(writer), order["host"], order.get("port", 0))
    host, port = server.sockets[0].getsockname()[:2]
    say("ready", address=f"{host}:{port}")
    async for order in following:
        match order["do"]:
            case "stop" | "exit":
                say("doing", t=time.monotonic())
                os._exit(0)
            case other:
                say("unsupported", do=other, detail="a plain socket has no such thing")


class Watched(asyncio.Protocol):
    """One connection to a subject."""

    def __init__(self, name: str) -> None:
        self._name = name

    def connection_lost(self, error: Exception | None) -> None:
        """Taken for death."""
        now = time.monotonic()
        say("dead", id=self._name, t=now, all_t=now, cause="connection closed", detail=str(error or "end of file"))


async def watcher() -> None:
    """Connect to what is to be watched."""
    following = orders()
    order = await anext(following)
    if order["carriage"] != "tcp":
        say("unsupported", do="start", detail="no heartbeats by datagrams")
        return
    say("ready")
    async for order in following:
        match order["do"]:
            case "watch":
                host, port = order["address"].rsplit(":", 1)
                await asyncio.get_running_loop().create_connection(partial(Watched, order["id"]), host, int(port))
                say("watching", id=order["id"])
            case "stall":
                time.sleep(order["seconds"])  # noqa: ASYNC251 - that is the failure
            case other:
                say("unsupported", do=other, detail="no such order")


if __name__ == "__main__":
    with contextlib.suppress(KeyboardInterrupt):
        asyncio.run({"subject": subject, "watcher": watcher}[sys.argv[-1]]())
