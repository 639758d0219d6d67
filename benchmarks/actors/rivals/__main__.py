"""`python -m rivals LOOP SCALE WORKLOAD`, in `benchmarks/actors`: measure each rival that is installed, once.

Prints a JSON line for each: `{"rival": "pykka 4.5.0", "python": "3.13.0", "workload": ..., "samples": [...]}`, or with
`"error"` instead of samples.
"""

from __future__ import annotations

import asyncio
import importlib
import importlib.metadata
import importlib.util
import json
import logging
import platform
import sys
from typing import Any

from .workloads import FEWER_THREADS, WORKLOADS

LIBRARIES = {
    "async_pykka": "with_async_pykka",
    "py_gen_server": "with_py_gen_server",
    "actor_for_agents": "with_everything",
    "casty": "with_casty",
    "pykka": "with_pykka",
}
_TIMEOUT_S = 60.0


def main(loop: str, scale: float, workload: str) -> None:
    """Measure one workload on all libraries that there are."""
    logging.disable(logging.CRITICAL)
    for module, ours in LIBRARIES.items():
        if importlib.util.find_spec(module) is None:
            continue
        library = importlib.import_module(f".{ours}", __package__).Library
        if workload == "death to Terminated" and not hasattr(library, "end"):
            continue
        version = importlib.metadata.version(library.package)
        line = {"rival": f"{library.package} {version}", "python": platform.python_version(), "workload": workload}
        try:
            line["samples"] = _measure(loop, scale, workload, library)
        except Exception as error:  # whatever goes wrong in somebody else's library
            line["error"] = repr(error)
        print(json.dumps(line), flush=True)


def _measure(loop: str, scale: float, workload: str, library: Any) -> Any:
    measure, operations = WORKLOADS[workload]
    count = max(200, int(operations * scale))
    if library.threads:
        count = max(200, count // FEWER_THREADS)

    async def run() -> list[float]:
        async with asyncio.timeout(_TIMEOUT_S), library() as rival:
            return await measure(rival, count)

    factory: Any = asyncio.SelectorEventLoop
    if loop == "uvloop":
        factory = importlib.import_module("uvloop").new_event_loop
    with asyncio.Runner(loop_factory=factory) as runner:
        return runner.run(run())


if __name__ == "__main__":
    main(sys.argv[1], float(sys.argv[2]), sys.argv[3])
