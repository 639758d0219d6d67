"""How long an import takes in a new interpreter, which finds compiled modules as those of an installed package are.

`python -X importtime -c "import actors, runtime"` shows where it goes.
"""

from __future__ import annotations

import os
import resource
import subprocess
import sys
import tempfile

_TIMED = "import time; start = time.process_time(); {}; print((time.process_time() - start) * 1e3)"
_LIBRARY = "import actors, runtime"


def _environment(compiled: str) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    return {**kept, "PYTHONPYCACHEPREFIX": compiled}


def _inside_ms(program: str, count: int) -> list[float]:
    """Milliseconds of the processor within the interpreter."""
    with tempfile.TemporaryDirectory() as compiled:
        command = [sys.executable, "-c", _TIMED.format(program)]
        environment = _environment(compiled)
        times = [
            float(subprocess.run(command, capture_output=True, check=True, env=environment).stdout)
            for _ in range(count + 1)
        ]
    return times[1:]  # the first has compiled everything


def _process_ms(program: str, count: int) -> list[float]:
    """Milliseconds of the processor for the whole process."""
    times = []
    with tempfile.TemporaryDirectory() as compiled:
        environment = _environment(compiled)
        for _ in range(count + 1):
            start = _of_children_s()
            subprocess.run([sys.executable, "-c", program], check=True, env=environment)
            times.append((_of_children_s() - start) * 1e3)
    return times[1:]


def _of_children_s() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


async def library(count: int) -> list[float]:
    """Milliseconds for both packages and all that they import."""
    return _inside_ms(_LIBRARY, count)


async def system(count: int) -> list[float]:
    """Milliseconds for what a program needs that runs actors."""
    return _inside_ms(f"{_LIBRARY}; from runtime import ActorSystem", count)


async def asyncio_alone(count: int) -> list[float]:
    """Milliseconds for asyncio, which is in `system` and cannot be less."""
    return _inside_ms("import asyncio", count)


async def process(count: int) -> list[float]:
    """Milliseconds of a process that imports both packages and ends."""
    return _process_ms(_LIBRARY, count)


async def bare_process(count: int) -> list[float]:
    """Milliseconds of a process that does nothing."""
    return _process_ms("pass", count)
