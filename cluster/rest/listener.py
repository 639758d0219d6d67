"""The socket of the HTTP interface: a port of the configured range, and the names that lead to it. SHELL.

Bound before the process stands for election: one that cannot have its port must not lead. Deliberately not here: HTTP
(`cluster.rest.server`).
"""

from __future__ import annotations

import errno
import socket

from cluster.configuration.rest import RestSettings

BACKLOG = 128
"""Connections that may wait to be accepted."""


def is_loopback(host: str) -> bool:
    """Whether only this machine reaches a listener at `host`."""
    return host in ("localhost", "::1") or host.startswith("127.")


def own_names(settings: RestSettings) -> set[str]:
    """What this machine may be called in the `Host` of a request, besides addresses and `localhost`."""
    return {name for name in (settings.address, socket.gethostname()) if name}


def bound(settings: RestSettings) -> socket.socket:
    """A socket at the first port that is free.

    Raises:
        OSError: If there is none; the text names the key.
    """
    error: OSError | None = None
    for port in (*settings.ports, *(() if settings.chosen else (0,))):
        try:
            return _bind(settings.bind_address, port)
        except OSError as failed:
            error = failed
            if failed.errno not in (errno.EADDRINUSE, errno.EACCES):
                break
    key = "rest.bind-address" if error is None or error.errno not in (errno.EADDRINUSE, errno.EACCES) else "rest.port"
    ports = ", ".join(str(port) for port in settings.ports[:5]) + (", ..." if len(settings.ports) > 5 else "")
    reason = error.strerror if error is not None else "no port"
    text = f"{key}: cannot listen at {settings.bind_address}, port {ports}: {reason}; rest.bind-port takes a range"
    raise OSError(errno.EADDRINUSE if error is None else error.errno, text)


def _bind(host: str, port: int) -> socket.socket:
    family, kind, protocol, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
    made = socket.socket(family, kind, protocol)
    try:
        made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        made.bind(address)
        made.listen(BACKLOG)  # two sockets that only bind, with SO_REUSEADDR, may both have the port
        made.setblocking(False)
    except OSError:
        made.close()
        raise
    return made
