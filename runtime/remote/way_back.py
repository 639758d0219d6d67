"""`WayBack`: the connection that brought a question, as its answer knows it. SHELL.

Whoever dials an ordinary lane says whether answers may come back on it. Such an answer needs no connection of ours, no
number, and nobody acknowledges it. Deliberately not here: when it may go there (`answering`), and who hears it
(`answer_reader`).
"""

from __future__ import annotations

from collections.abc import Callable

from runtime.transport.base import Connection


class WayBack:
    """The writing side of an ordinary lane that a peer has dialled.

    Args:
        connection: The connection.

    Attributes:
        is_free: Whether it takes an answer now; else that goes with the other messages.
        write: Sends a frame.
    """

    __slots__ = ("_connection", "is_free", "write")

    def __init__(self, connection: Connection) -> None:
        self.is_free = True
        self.write: Callable[[bytes], None] = connection.write
        self._connection: Connection | None = connection

    def pause(self) -> None:
        """The connection is full."""
        self.is_free = False

    def resume(self) -> None:
        """It has room again."""
        self.is_free = self._connection is not None

    def close(self) -> None:
        """Nothing is written any more, and whoever keeps a reference to an ask keeps nothing of the connection."""
        self.is_free, self._connection, self.write = False, None, _nowhere

    def rest(self) -> None:
        """The peer does not need the connection any more: end it when all answers are sent."""
        if self._connection is not None:
            self._connection.close()
        self.close()


def _nowhere(_: bytes) -> None:
    """To a connection that is over."""
