"""Which processes there are below one of them. Other tests of a run may have some, such as a server that they share."""

from __future__ import annotations

import contextlib

import psutil


def children_of(pid: int) -> set[int]:
    """Those that it started itself."""
    return _below(pid, recursive=False)


def descendants(pid: int) -> set[int]:
    """Those that it started, and those that they started."""
    return _below(pid, recursive=True)


def is_alive(pid: int) -> bool:
    """Whether it runs; a zombie does not."""
    try:
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def command_of(pid: int) -> str:
    """Its command line; empty if it has just ended."""
    with contextlib.suppress(psutil.NoSuchProcess):  # or is a zombie
        return " ".join(psutil.Process(pid).cmdline())
    return ""


def _below(pid: int, *, recursive: bool) -> set[int]:
    with contextlib.suppress(psutil.NoSuchProcess):
        return {process.pid for process in psutil.Process(pid).children(recursive=recursive)}
    return set()
