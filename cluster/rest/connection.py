"""One HTTP connection with a watchdog: uvicorn's protocol, for clients that say nothing, or read nothing. SHELL.

uvicorn itself waits for ever for the first request of a connection, and for a peer that does not take its answer.
Deliberately not here: bounds on requests (`cluster.rest.guards`).
"""

from __future__ import annotations

import asyncio
from typing import Any

from uvicorn.protocols.http.h11_impl import H11Protocol

MAX_CONNECTIONS = 256
IDLE_S = 15.0
"""A connection that begins no request in this time is closed; one that is being closed, at once."""


_BUSY = object()


class WatchedConnection(H11Protocol):
    """See the module. Looks every `IDLE_S` seconds, so that a silent peer is gone after twice that time at the most."""

    idle_s = IDLE_S
    max_connections = MAX_CONNECTIONS

    def __init__(self, *args: Any, **more: Any) -> None:
        super().__init__(*args, **more)
        self._watchdog: asyncio.TimerHandle | None = None
        self._seen: Any = _BUSY

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Take the connection, unless there are too many."""
        super().connection_made(transport)
        if len(self.connections) > self.max_connections:
            transport.abort()
            return
        self._watchdog = self.loop.call_later(self.idle_s, self._look)

    def connection_lost(self, exc: Exception | None) -> None:
        """No more looks."""
        super().connection_lost(exc)
        if self._watchdog is not None:
            self._watchdog.cancel()

    def _look(self) -> None:
        cycle: Any = self.cycle  # None before the first request, whatever uvicorn's types say
        is_idle = cycle is None or cycle.response_complete
        if self.transport.is_closing() or (is_idle and cycle is self._seen):
            self.transport.abort()
            return
        self._seen = cycle if is_idle else _BUSY
        self._watchdog = self.loop.call_later(self.idle_s, self._look)
