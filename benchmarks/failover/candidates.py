"""Candidates as processes, and what they say: to be killed and frozen by tests and benchmarks.

Deliberately not here: what a candidate does (`candidate`), and what is expected of it.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any


@dataclass(frozen=True, slots=True)
class Moment:
    """One line of a candidate.

    Attributes:
        candidate: Its name.
        what: Happened.
        epoch: Under which, or 0.
        number: Of the write, or 0.
        at: The machine's monotonic clock.
        text: More, for people.
    """

    candidate: str
    what: str
    epoch: int
    number: int
    at: float
    text: str


class CandidateProcess:
    """One candidate.

    Args:
        directory: For its output.
        name: No two may be equal.
        arguments: Where the election is, and more options of `candidate`.
    """

    def __init__(self, directory: Path, name: str, hosts: str, cluster: str, *options: str) -> None:
        self.name = name
        self._path = directory / f"{name}.jsonl"
        argv = [sys.executable, "-m", "benchmarks.failover.candidate", hosts, cluster, name, *options]
        with open(self._path, "wb") as out, open(directory / f"{name}.err", "wb") as err:
            self._process = subprocess.Popen(argv, stdin=subprocess.DEVNULL, stdout=out, stderr=err, env=os.environ)

    @property
    def runs(self) -> bool:
        """Whether the process is there."""
        return self._process.poll() is None

    def moments(self) -> list[Moment]:
        """All that it has said; a line that is being written is left out."""
        lines = self._path.read_bytes().split(b"\n")[:-1]
        return [Moment(self.name, *_fields(line)) for line in lines]

    def signal(self, number: int) -> None:
        """Send a signal, if it runs."""
        if self.runs:
            self._process.send_signal(number)

    def kill(self) -> None:
        """SIGKILL, and wait until it is gone."""
        self.signal(signal.SIGKILL)
        self._process.wait()


def _fields(line: bytes) -> tuple[Any, ...]:
    what, epoch, number, at, text = json.loads(line)
    return str(what), int(epoch), int(number), float(at), str(text)
