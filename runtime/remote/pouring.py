"""`Pourer`: writes what waits, not too much in a turn of the loop, and a large piece in parts. SHELL.

A connection that is full gets no more, so most of a large message waits here and not in a copy that the connection has
made of it. Deliberately not here: what waits before it is poured (`backlog`, `letters`).
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable

from runtime.remote.outbound import OutboundLink

TURN_BYTES = 1024 * 1024
"""About as much is written in one turn of the loop: though a connection is never full, others have their turn."""

_CHUNK_BYTES = 128 * 1024
"""A larger piece is written in several."""


class Pourer:
    """Writes to one connection.

    Args:
        link: The connection.
        take: The next pieces, together not much more than a turn's; nothing when there are none.
    """

    def __init__(self, link: OutboundLink, take: Callable[[], list[bytes]]) -> None:
        self._link = link
        self._take = take
        self._pieces: deque[bytes] = deque()
        self._at = 0  # so much of the first is written

    @property
    def is_empty(self) -> bool:
        """Whether nothing that was taken is still to be written."""
        return not self._pieces

    def pour(self) -> bool:
        """Write what there is; whether there is more that could be written at once."""
        link, written = self._link, 0
        while written < TURN_BYTES:
            if link.is_paused:
                return False
            if not self._pieces:
                self._pieces += self._take()
                if not self._pieces:
                    return False
            chunk = self._next()
            written += len(chunk)
            link.write(chunk)
        return True

    def put(self, frame: bytes) -> None:
        """Write a frame behind what was taken."""
        if self._pieces:
            self._pieces.append(frame)
        else:
            self._link.write(frame)

    def finish(self) -> None:
        """Write what was taken, however full the connection is."""
        while self._pieces:
            self._link.write(self._next())

    def _next(self) -> bytes:
        """A large piece in parts, small ones together."""
        pieces, first, at = self._pieces, self._pieces[0], self._at
        if len(first) > _CHUNK_BYTES:
            self._at += _CHUNK_BYTES
            if self._at >= len(first):
                pieces.popleft()
                self._at = 0
            return first[at : at + _CHUNK_BYTES]
        small: list[bytes] = []
        size = 0
        while pieces and len(pieces[0]) <= _CHUNK_BYTES and size < _CHUNK_BYTES:
            small.append(pieces.popleft())
            size += len(small[-1])
        return small[0] if len(small) == 1 else b"".join(small)
