"""The process: its first line is the order to start, as for any subject."""

from __future__ import annotations

import errno
import json
import os
import socket
import time
from typing import Any

from benchmarks.detection.programs.bare.system import Bare
from benchmarks.detection.programs.lines import say
from runtime.transport.tombstone import raised

KEPT: list[object] = []
BACKLOG = 1024


def main() -> None:
    """Live as told."""
    order: dict[str, Any] = json.loads(first_line())
    KEPT.append(bytearray(os.urandom(1)) * (order.get("mib", 0) << 20))
    host = order.get("host", "127.0.0.1")
    listener = listening(host, order.get("port", 0))
    KEPT.append(raised(listener.fileno()))
    datagrams = None
    if order.get("carriage") == "udp":
        datagrams = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        datagrams.bind((host, 0))
    bare = Bare(listener, host, order.get("watched", 1), datagrams)
    say("ready", address=bare.address, pid=os.getpid())
    bare.live()


def first_line() -> bytes:
    """The first line of standard input, and nothing of what is behind it."""
    line = b""
    while not line.endswith(b"\n"):
        line += os.read(0, 1) or b"{}\n"
    return line


def listening(host: str, port: int) -> socket.socket:
    """A socket that listens; a port that a dying process still has is asked for again."""
    while True:
        try:
            listener = socket.create_server((host, port), backlog=BACKLOG)
        except OSError as error:
            if error.errno != errno.EADDRINUSE:
                raise
            time.sleep(0.001)
        else:
            listener.setblocking(False)
            return listener


if __name__ == "__main__":
    main()
