"""Lines of JSON between a program and the harness: orders on standard input, events on standard output."""

from __future__ import annotations

import asyncio
import json
import sys
import time
from collections.abc import AsyncIterator
from typing import Any


def say(event: str, **fields: Any) -> None:
    """Tell the harness."""
    sys.stdout.write(json.dumps({"event": event, **fields}) + "\n")
    sys.stdout.flush()


def clock_s() -> float:
    """The clock of all times in lines: CLOCK_MONOTONIC, which all processes of a machine share."""
    return time.monotonic()


async def orders() -> AsyncIterator[dict[str, Any]]:
    """The orders of the harness, until it closes standard input."""
    loop = asyncio.get_running_loop()
    reader = asyncio.StreamReader(limit=1 << 20)
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
    while line := await reader.readline():
        yield json.loads(line)
