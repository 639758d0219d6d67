"""The rivals' numbers, from the environment in which they are installed (`benchmarks.actors.rivals`)."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path

from benchmarks.records import quantile

HERE = Path(__file__).parent
INTERPRETER = HERE.parent.parent / ".venv-rivals" / "bin" / "python"
WORKLOADS = frozenset(
    {
        "tell",
        "ping-pong round trips",
        "ring of 1,000",
        "fan-in 100 to 1",
        "ask from outside",
        "spawn + first message",
        "death to Terminated",
    }
)
_TIMEOUT_S = 300.0


def measure(loop: str, scale: float, workload: str) -> dict[str, list[float]]:
    """What each rival needs for a workload, by its name and version; nothing where none is installed.

    Args:
        loop: `asyncio` or `uvloop`.
        scale: Share of the usual number of operations.
        workload: One of our rows.
    """
    if workload not in WORKLOADS or not INTERPRETER.exists():
        return {}
    command = [str(INTERPRETER), "-m", "rivals", loop, str(scale), workload]
    output = subprocess.run(command, cwd=HERE, stdout=subprocess.PIPE, check=True, text=True, timeout=_TIMEOUT_S).stdout
    found: dict[str, list[float]] = {}
    for line in map(json.loads, output.splitlines()):
        name = f"{line['rival']} on {line['python']}"
        if "samples" in line:
            found[name] = line["samples"]
        else:
            print(f"{name}: {workload}: {line['error']}")
    return found


def best(rivals: Mapping[str, Sequence[float]], *, most: bool) -> tuple[str, float]:
    """The one with the best median, and that.

    Args:
        rivals: Samples by name; at least one.
        most: Whether more is better.
    """
    medians = {name: quantile(sorted(samples), 0.5) for name, samples in rivals.items()}
    winner = (max if most else min)(medians, key=lambda name: medians[name])
    return winner, medians[winner]
