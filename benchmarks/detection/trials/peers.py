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
        bare: Of a process that is watched and is as small as can be; empty if there is none.
    """

    name: str
    subject: tuple[str, ...]
    watcher: tuple[str, ...]
    bare: tuple[str, ...] = ()

    def command(self, subject: str) -> list[str]:
        """How to start a subject: `full` or `bare`."""
        return list(self.bare if subject == "bare" else self.subject)


HUGE_PAGES = ("PYTHONMALLOC=malloc", "GLIBC_TUNABLES=glibc.malloc.hugetlb=1")
"""What makes glibc ask the kernel for pages of 2 MiB, and Python ask glibc for all memory."""


def ours(loop: str = "uvloop", *, has_huge_pages: bool = False) -> Peer:
    """This project's actor systems.

    Args:
        loop: Of the watcher. The subject is always on asyncio's: it makes no difference, but a smaller process.
        has_huge_pages: Whether the subject's memory is in large pages, which the kernel takes back sooner.
    """
    subject, watcher, bare = (
        (sys.executable, "-m", f"benchmarks.detection.programs.{role}") for role in ("subject", "watcher", "bare")
    )
    before = ("env", *HUGE_PAGES) if has_huge_pages else ()
    return Peer("deathwatch", (*before, *subject, "asyncio"), (*watcher, loop), (*before, *bare))


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
