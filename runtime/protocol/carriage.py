"""Which way a heartbeat takes: on the connection, in a datagram beside it, or both. Pure.

Datagrams do not wait for lost ones before them, so detection can be fast; but a firewall may swallow them all. They are
tried beside the connection, preferred once one was answered, and given up with one warning when the connection is
answered ten times and they never. A heartbeat that follows an unanswered one takes both ways, so a node is not blamed
for lost datagrams while its connection works. Deliberately not here: bytes (`beats`) and sockets.
"""

from __future__ import annotations

from typing import NamedTuple

_PATIENCE = 10
"""So many answers on the connection without one to a datagram, and the datagrams are given up."""

_RARELY = 20
"""Each so manieth heartbeat tries datagrams that were given up."""

_STREAM_S = 1.0
"""About so often a heartbeat takes the connection, too: a connection that carries nothing is found by that."""


def stream_each(interval_s: float) -> int:
    """Which heartbeats take the connection beside datagrams: each so manieth, never all of them.

    Args:
        interval_s: Between two heartbeats.
    """
    return max(2, round(_STREAM_S / interval_s))


class Ways(NamedTuple):
    """Which ways a heartbeat takes."""

    stream: bool
    datagram: bool


class Carriage:
    """The ways to one peer.

    Args:
        wants_datagrams: Whether this system takes datagrams at all.
        each: Where they get through, each so manieth heartbeat takes the connection, too.

    Attributes:
        port: Where the peer takes datagrams: `None` as long as that is not known, 0 if it does not.
        prefers_datagrams: Whether they get through.
        has_given_up: Whether they were wanted, and do not.
    """

    def __init__(self, wants_datagrams: bool, each: int = 2) -> None:
        self.port: int | None = None
        self.prefers_datagrams = False
        self.has_given_up = False
        self._wants_datagrams = wants_datagrams
        self._each = each
        self._in_vain = 0

    def ways(self, number: int, is_late: bool) -> Ways:
        """For heartbeat `number`; `is_late` if the one before it was not answered."""
        if not self._wants_datagrams or not self.port:
            return Ways(True, False)
        if self.has_given_up:
            return Ways(True, number % _RARELY == 0)
        if self.prefers_datagrams:
            return Ways(is_late or number % self._each == 0, True)
        return Ways(True, True)

    def stream_answered(self, port: int) -> bool:
        """An answer came on the connection.

        Args:
            port: Where the peer says that it takes datagrams.

        Returns:
            Whether the datagrams are given up by that.
        """
        self.port = port
        if not self._wants_datagrams or self.has_given_up:
            return False
        self._in_vain += 1
        if port and self._in_vain <= _PATIENCE:
            return False
        self.has_given_up = True
        self.prefers_datagrams = False
        return True

    def datagram_answered(self) -> None:
        """An answer came in a datagram."""
        self._in_vain = 0
        self.has_given_up = False
        self.prefers_datagrams = True

    def check(self) -> None:
        """Assert what must always hold.

        Raises:
            AssertionError: If the state contradicts itself.
        """
        if self.has_given_up and (self.prefers_datagrams or not self._wants_datagrams):
            raise AssertionError("datagrams are given up that are preferred, or were never wanted")
