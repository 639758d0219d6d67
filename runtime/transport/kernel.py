"""What the kernel knows of a TCP connection, and the loop does not say. A shell over `getsockopt`; Linux only.

Deliberately not here: what follows from it (`runtime.remote.association`), and options that are set (`tcp`).
"""

from __future__ import annotations

import socket
import struct
from typing import Protocol

_TCP_INFO = struct.Struct("=8B8I")
"""The beginning of `struct tcp_info` (linux/tcp.h); what is read of it: see below."""
_RETRANSMITS, _RTO_US, _UNACKED = 2, 8, 12


class Socket(Protocol):
    """As much of a socket as the loops show of theirs."""

    def getsockopt(self, level: int, option: int, size: int, /) -> bytes:
        """See `socket.socket.getsockopt`."""
        ...


def unacknowledged_s(sock: Socket) -> float:
    """For about how many seconds nothing was acknowledged of what was sent and has been sent again since.

    Linux doubles its time-out with each segment that it sends again, so that the last one tells how long all of them
    took. A full receive window is not meant: the other machine acknowledges what asks whether it still is.

    Returns:
        Seconds, as of the last time-out, so at least a third of the true time. 0.0 if all is acknowledged, if nothing
        had to be sent again, and where the kernel does not say.
    """
    if not hasattr(socket, "TCP_INFO"):
        return 0.0
    try:
        known = _TCP_INFO.unpack(sock.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, _TCP_INFO.size))
    except (OSError, struct.error):
        return 0.0
    again: int = known[_RETRANSMITS]
    timeout_us: int = known[_RTO_US]
    return timeout_us * (1.0 - 0.5**again) / 1e6 if known[_UNACKED] else 0.0
