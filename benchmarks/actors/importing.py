"""How long `import actors, runtime` takes in a new interpreter."""

from __future__ import annotations

import subprocess
import sys

_TIMED = "import time; start = time.perf_counter(); import {}; print((time.perf_counter() - start) * 1e3)"


def _times_ms(modules: str, count: int) -> list[float]:
    command = [sys.executable, "-c", _TIMED.format(modules)]
    return [float(subprocess.run(command, capture_output=True, check=True).stdout) for _ in range(count)]


async def library(count: int) -> list[float]:
    """Milliseconds for the library and all that it imports."""
    return _times_ms("actors, runtime", count)


async def asyncio_alone(count: int) -> list[float]:
    """Milliseconds for asyncio, which is in it."""
    return _times_ms("asyncio", count)
