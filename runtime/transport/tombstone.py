"""A second descriptor of a listening socket, with a high number, so that who dies refuses dials from its first sign on.

Linux closes the descriptors of a dying process from the highest number down (each is put before those that wait to be
finished). A listener is opened before the connections, so it is the last to go: their ends are seen already, and a dial
that asks who lives there is still accepted, by nobody, and reset. A socket ends with the last of its descriptors, but
its end waits where the one with the highest number was put: with that one it goes first. Deliberately not here: what a
refused dial means (`runtime.protocol.verdict`).
"""

from __future__ import annotations

import fcntl
import resource
import socket

MOST = 4096
"""No number is beyond that: the kernel keeps a table as long as the highest."""
SPARE = 256
"""So many from there on, for other listeners of the process; connections that get these numbers end before them."""
FIRST = 128
"""So many of these are for what is to end before the listeners."""


def raised(descriptor: int) -> socket.socket | None:
    """The same socket under a high number; `None` if there is none to be had.

    Args:
        descriptor: Of the socket, which stays as it is. Both have to be closed for it to end.
    """
    try:
        return socket.socket(fileno=fcntl.fcntl(descriptor, fcntl.F_DUPFD_CLOEXEC, max(0, _limit() - SPARE)))
    except OSError:
        return None


def goes_first_from() -> int:
    """The least number whose descriptor ends before the listeners of a dying process, while there are few of those."""
    return max(0, _limit() - FIRST)


def _limit() -> int:
    soft, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    return MOST if soft == resource.RLIM_INFINITY else min(soft, MOST)
