"""How what waits is written: not too much in a turn of the loop, and large pieces without a copy. SHELL.

Deliberately not here: what waits (`backlog`, `letters`).
"""

from __future__ import annotations

from collections.abc import Callable

from runtime.remote.outbound import OutboundLink

TURN_BYTES = 1024 * 1024
"""About as much is written in one turn of the loop: though a connection is never full, others have their turn."""

_LARGE_BYTES = 64 * 1024
"""A larger piece is not copied once more only to be written together with others."""


def pour(link: OutboundLink, take: Callable[[], list[bytes]]) -> bool:
    """Write what there is; whether there is more that could be written at once."""
    written = 0
    while written < TURN_BYTES:
        pieces = [] if link.is_paused else take()
        if not pieces:
            return False
        written += write(link, pieces)
    return True


def write(link: OutboundLink, pieces: list[bytes]) -> int:
    """Write pieces in their order, small ones together; how many bytes those were."""
    size = 0
    small: list[bytes] = []
    for piece in pieces:
        size += len(piece)
        if len(piece) <= _LARGE_BYTES:
            small.append(piece)
            continue
        link.write(b"".join(small))
        link.write(piece)
        small = []
    if small:
        link.write(b"".join(small))
    return size
