"""The other process as this one sees it."""

from __future__ import annotations

import asyncio
import json
import sys
from types import TracebackType
from typing import Any, Self


class Peer:
    """Starts `benchmarks.remote.peer`, and ends it.

    Args:
        loop: On which event loop it runs.

    Attributes:
        said: Its address, pid and ports.
    """

    said: dict[str, Any]

    def __init__(self, loop: str) -> None:
        self._loop = loop
        self.process: Any = None

    async def __aenter__(self) -> Self:
        pipe = asyncio.subprocess.PIPE
        self.process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "benchmarks.remote.peer", self._loop, stdin=pipe, stdout=pipe
        )
        self.said = json.loads(await self.process.stdout.readline())
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        if self.process.returncode is None:
            self.process.kill()
        await self.process.wait()
