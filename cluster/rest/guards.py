"""What protects a JobManager from who talks HTTP to it: bounds on time, number, size and origin. SHELL (ASGI).

A request may take `REQUEST_S` and its body so many bytes; so many are served at a time. Whoever writes or reads slowly
loses the connection and holds up nobody else (`cluster.rest.connection` bounds connections). A web page that somebody
visits must not be able to submit a job to a JobManager on the same machine: a request that changes something must
come from no other origin, and under a name that is ours. Deliberately not here: who may do what; there are no users.
"""

from __future__ import annotations

import asyncio
import ipaddress
from collections.abc import Awaitable, Callable, Collection, MutableMapping
from typing import Any, TypeAlias
from urllib.parse import SplitResult, urlsplit

from starlette.datastructures import Headers

from cluster.rest.answers import Refusal, error_answer, unavailable

Scope: TypeAlias = MutableMapping[str, Any]
Receive: TypeAlias = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send: TypeAlias = Callable[[MutableMapping[str, Any]], Awaitable[None]]
App: TypeAlias = Callable[[Scope, Receive, Send], Awaitable[None]]

REQUEST_S = 30.0
MAX_REQUESTS = 64
SAFE_METHODS = ("GET", "HEAD", "OPTIONS")


class Guards:
    """An ASGI application around another.

    Args:
        app: The other.
        max_content_bytes: Longest body of a request.
        names: What this machine may be called in a `Host`, besides addresses and `localhost`.
        everywhere: Whether the name is looked at in every request, and not only in those that change something; for
            listeners on loopback, which nobody should reach under a foreign name.
        request_s: For one request, body and answer included.
    """

    def __init__(
        self,
        app: App,
        max_content_bytes: int,
        names: Collection[str] = (),
        *,
        everywhere: bool = True,
        request_s: float = REQUEST_S,
    ) -> None:
        self._app = app
        self._max_content_bytes = max_content_bytes
        self._names = {name.lower() for name in names}
        self._everywhere = everywhere
        self._request_s = request_s
        self._running = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request, or refuse it."""
        if scope["type"] != "http":
            return
        headers = Headers(scope=scope)
        if self._running >= MAX_REQUESTS:
            await unavailable(f"{MAX_REQUESTS} requests are being served already")(scope, receive, send)
            return
        begun = False

        async def sending(message: MutableMapping[str, Any]) -> None:
            nonlocal begun
            begun = True
            await send(message)

        self._running += 1
        try:
            async with asyncio.timeout(self._request_s):
                self._check(scope["method"], headers)
                await self._app(scope, self._bounded(receive), sending)
        except Refusal as refusal:
            await error_answer(refusal.status, refusal.text, {"Connection": "close"})(scope, receive, send)
        except TimeoutError:
            if begun:
                raise
            text = f"the request took more than {self._request_s:g} s"
            await error_answer(408, text, {"Connection": "close"})(scope, receive, send)
        finally:
            self._running -= 1

    def _check(self, method: str, headers: Headers) -> None:
        length = headers.get("content-length", "0")
        if length.isdigit() and int(length) > self._max_content_bytes:
            raise self._too_long()
        changes = method not in SAFE_METHODS
        host = headers.get("host", "")
        if (changes or self._everywhere) and not self._is_ours(host):
            raise Refusal(403, f"{host!r} is no name of this JobManager; set rest.address to it if it is")
        origin = headers.get("origin")
        if changes and origin is not None and _parts(origin).netloc != host:
            raise Refusal(403, f"a page of {origin} must not change anything here")

    def _is_ours(self, host: str) -> bool:
        name = (_parts(f"//{host}").hostname or "").lower()
        if name in self._names or name == "localhost" or name.endswith(".localhost"):
            return True
        try:
            ipaddress.ip_address(name)
        except ValueError:
            return False
        return True

    def _bounded(self, receive: Receive) -> Receive:
        taken = 0

        async def receiving() -> MutableMapping[str, Any]:
            nonlocal taken
            message = await receive()
            taken += len(message.get("body", b""))
            if taken > self._max_content_bytes:
                raise self._too_long()
            return message

        return receiving

    def _too_long(self) -> Refusal:
        return Refusal(413, f"a request's body may have {self._max_content_bytes} bytes")


def _parts(url: str) -> SplitResult:
    """Of what may be no URL, and is nobody's name then."""
    try:
        return urlsplit(url)
    except ValueError:
        return urlsplit("")
