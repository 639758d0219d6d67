"""The systems whose detection is measured: ours, and those that a user plugs in. Each is two commands. Pure.

A command gets the role as its last argument, `subject` or `watcher`, and speaks lines of JSON: `docs/benchmarking.md`.
"""

from __future__ import annotations

import shlex
import sys
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Peer:
    """A system under test.

    Attributes:
        name: For the results.
        subject: The command of the process that is watched.
        watcher: Of the one that watches.
    """

    name: str
    subject: tuple[str, ...]
    watcher: tuple[str, ...]


def ours(loop: str = "uvloop") -> Peer:
    """This project's actor systems.

    Args:
        loop: Of the watcher. The subject is always on asyncio's: it makes no difference, but a smaller process.
    """
    subject, watcher = (
        (sys.executable, "-m", f"benchmarks.detection.programs.{role}") for role in ("subject", "watcher")
    )
    return Peer("deathwatch", (*subject, "asyncio"), (*watcher, loop))


def plugged_in(text: str) -> Peer:
    """The system that a user names as `NAME=COMMAND`.

    Raises:
        ValueError: If that is not its form.
    """
    name, equals, command = text.partition("=")
    if not (name and equals and command.strip()):
        raise ValueError(f"a peer is NAME=COMMAND, not {text!r}")
    words = tuple(shlex.split(command))
    return Peer(name, (*words, "subject"), (*words, "watcher"))
