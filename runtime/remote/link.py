"""`Link`: what both ends of a connection between two systems have: a handshake first, then the reader of a lane. SHELL.

A base of `runtime.remote.inbound` and `runtime.remote.outbound`. Deliberately not here: who shakes hands how, and what
becomes of a connection that ends.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Generic, TypeVar

from runtime.protocol.frames import FrameTooLarge, looks_like_tls
from runtime.remote.reader import Reader
from runtime.transport.base import Connection

R = TypeVar("R", bound=Reader)


class Link(ABC, Generic[R]):
    """One connection."""

    def __init__(self) -> None:
        self._connection: Connection | None = None
        self._reader: R | None = None
        self._is_over = False

    @property
    def is_open(self) -> bool:
        """Whether the connection has not ended yet."""
        return self._connection is not None

    def _read(self, bodies: list[bytes]) -> None:
        """Take frames one by one until there is a reader: the rest is for that."""
        if self._reader is not None:
            self._reader.read(bodies)
            return
        for number, body in enumerate(bodies):
            if self._is_over:
                return
            if self._reader is not None:
                self._reader.read(bodies[number:])
                return
            self._take(body)

    @abstractmethod
    def _take(self, body: bytes) -> None:
        """Take a frame for which there is no reader."""

    def _flow(self, is_wanted: bool) -> None:
        """Let the connection bring more, or nothing for now."""
        if self._connection is not None:
            if is_wanted:
                self._connection.resume_reading()
            else:
                self._connection.pause_reading()


def too_large(error: FrameTooLarge, *, is_first: bool) -> str:
    """What to say of a frame that is too large.

    Args:
        error: Which.
        is_first: Whether nothing has been said before.
    """
    if is_first and looks_like_tls(error.size_bytes):
        return "it speaks TLS, and no certificates are configured here"
    return f"it sent {error}"
