"""`HttpServer`: uvicorn inside our own loop. SHELL.

Its signal handling is off, as signals are the process's (`cluster.node`); so is its log. Deliberately not here: what is
served (`cluster.rest.api`), and where (`cluster.rest.listener`).
"""

from __future__ import annotations

import asyncio
import contextlib
import socket
from collections.abc import Iterator
from typing import Any

from uvicorn.config import Config
from uvicorn.server import Server

from cluster.rest.connection import WatchedConnection

MAX_HEAD_BYTES = 16 * 1024
GRACE_S = 1


class _Quiet(Server):
    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Leave them alone."""
        yield


class HttpServer:
    """One listener.

    Args:
        app: The ASGI application.
    """

    def __init__(self, app: Any) -> None:
        self._server = _Quiet(
            Config(
                app,
                http=WatchedConnection,
                ws="none",
                lifespan="off",
                log_config=None,
                access_log=False,
                proxy_headers=False,
                server_header=False,
                h11_max_incomplete_event_size=MAX_HEAD_BYTES,
                timeout_graceful_shutdown=GRACE_S,
            )
        )
        self._task: asyncio.Task[None] | None = None

    async def start(self, listener: socket.socket) -> None:
        """Answer whoever connects to a bound socket, from now on."""
        self._task = asyncio.get_running_loop().create_task(self._server.serve([listener]), name="http server")
        while not self._server.started and not self._task.done():  # noqa: ASYNC110 - uvicorn sets no event; a few turns
            await asyncio.sleep(0)

    async def stop(self) -> None:
        """Answer what is being answered, for a moment, and close."""
        task, self._task = self._task, None
        if task is not None:
            self._server.should_exit = True
            with contextlib.suppress(asyncio.CancelledError):
                await task
