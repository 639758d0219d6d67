"""Reads the keys about the HTTP interface and about the log. Pure; its caller is `cluster.config`.

Deliberately not here: serving anything (`cluster.rest`), and writing a log (`runtime.observability`).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from cluster.configuration import keys as keys
from cluster.configuration.keys import Key


@dataclass(frozen=True, slots=True)
class RestSettings:
    """The HTTP interface of a JobManager.

    Attributes:
        ports: To be tried in order, 0 for any free one; empty means that there is no HTTP interface.
        chosen: Whether somebody has chosen the ports. If nobody has and the one is taken, any free one will do.
        bind_address: Where to listen.
        address: What others call this machine, in the `Host` of their requests.
        max_content_bytes: Longest body of a request.
        submit: Whether jobs may be submitted.
        cancel: Whether jobs may be cancelled, and the cluster shut down.
        refresh_s: Between two looks of the web page.
    """

    ports: tuple[int, ...]
    chosen: bool
    bind_address: str
    address: str | None
    max_content_bytes: int
    submit: bool
    cancel: bool
    refresh_s: float


@dataclass(frozen=True, slots=True)
class LogSettings:
    """The log of a process.

    Attributes:
        level: `debug`, `info`, `warning` or `error`.
        format: `text`, `json`, or `auto`: text on a terminal and else JSON.
        file: Where it goes, as JSON lines; `None` means stderr.
    """

    level: str
    format: str
    file: str | None


def read_rest(get: Callable[[Key[Any]], Any]) -> RestSettings:
    """The settings of the HTTP interface.

    Args:
        get: Reads a key.
    """
    port, instead = get(keys.REST_PORT), get(keys.REST_BIND_PORT)
    ports = () if port == -1 else instead or (8081 if port is None else port,)
    return RestSettings(
        ports=ports,
        chosen=port is not None or instead is not None,
        bind_address=get(keys.REST_BIND_ADDRESS),
        address=get(keys.REST_ADDRESS),
        max_content_bytes=get(keys.REST_MAX_CONTENT),
        submit=get(keys.WEB_SUBMIT),
        cancel=get(keys.WEB_CANCEL),
        refresh_s=get(keys.WEB_REFRESH),
    )


def read_log(get: Callable[[Key[Any]], Any]) -> LogSettings:
    """The settings of the log.

    Args:
        get: Reads a key.
    """
    return LogSettings(level=get(keys.LOG_LEVEL), format=get(keys.LOG_FORMAT), file=get(keys.LOG_FILE))
