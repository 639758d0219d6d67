"""Runs a Promela model through Spin to the last state that it can reach."""

from __future__ import annotations

import re
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

MODELS = Path(__file__).parent
IS_MISSING = shutil.which("spin") is None or shutil.which("gcc") is None
_TIMEOUT_S = 120


@dataclass(frozen=True, slots=True)
class Search:
    """What an exhaustive search has found.

    Attributes:
        errors: Promises that were broken; the search ends with the first.
        states: How many different ones there are.
        complaint: The promise, as the model writes it.
        is_complete: Whether nothing was cut off.
    """

    errors: int
    states: int
    complaint: str
    is_complete: bool


def search(model: str, without: str | None, folder: Path) -> Search:
    """Search all states of a model.

    Args:
        model: Name of the file, without its ending.
        without: A safeguard that is taken out.
        folder: For what Spin and the compiler write.
    """
    define = [f"-DNO_{without}"] if without else []
    _run(["spin", *define, "-a", str(MODELS / f"{model}.pml")], folder)
    # A mutation is found at once: compiling it well would take longer than searching it.
    options = ["-O0" if without else "-O2", "-w", "-DSAFETY", "-DVECTORSZ=2048", "-DMEMLIM=2048"]
    _run(["gcc", *options, "-o", "pan", "pan.c"], folder)
    found = _run(["./pan", "-m100000"], folder)
    numbers = re.search(r"errors: (\d+)\s+(\d+) states, stored", found)
    if numbers is None:
        raise AssertionError(f"spin did not end its search:\n{found}")
    complaint = re.search(r"pan:\d+: (.*) \(at depth", found)
    is_complete = "max search depth too small" not in found and "Search not completed" not in found
    return Search(int(numbers[1]), int(numbers[2]), complaint[1] if complaint else "", is_complete)


def safeguards(model: str) -> list[str]:
    """The words that a model can be compiled without, in order."""
    text = (MODELS / f"{model}.pml").read_text(encoding="utf-8")
    return sorted(set(re.findall(r"^#ifn?def NO_(\w+)$", text, re.MULTILINE)))


def _run(command: list[str], folder: Path) -> str:
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=_TIMEOUT_S, check=False)
    if done.returncode != 0 and "pan" not in command[0]:
        raise AssertionError(f"{command[0]} failed:\n{done.stdout}{done.stderr}")
    return done.stdout + done.stderr
