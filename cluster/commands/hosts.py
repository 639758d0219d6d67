"""Reads `masters` and `workers`: which machines a standalone cluster has, and which of the lines are this one. SHELL.

A line is `host` or, in `masters`, `host:webui-port` as in Flink; `#` begins a comment. Deliberately not here: starting
anything (`cluster.commands.standalone`).
"""

from __future__ import annotations

import re
import socket
from dataclasses import dataclass
from pathlib import Path

from cluster.config import ConfigError

LOCAL_NAMES = ("localhost", "127.0.0.1", "::1", "[::1]")
_LINE = re.compile(r"(\[[0-9A-Fa-f:.]+\]|[^\s:]+)(?::(\d{1,5}))?\Z")


@dataclass(frozen=True, slots=True)
class Host:
    """One line.

    Attributes:
        line: Its number, from 1; 0 if there is no file.
        name: Of the machine.
        web_port: Of the HTTP interface; `None` if the line names none.
        is_here: Whether that is this machine.
    """

    line: int
    name: str
    web_port: int | None
    is_here: bool


def read_hosts(file: Path) -> list[Host]:
    """The lines of a file; one for this machine if there is no such file.

    Raises:
        ConfigError: If it cannot be read, or a line is neither `host` nor `host:port`; all such lines at once.
    """
    if not file.exists():
        return [Host(0, "localhost", None, True)]
    ours = (*LOCAL_NAMES, socket.gethostname(), socket.getfqdn())
    try:
        lines = file.read_text(encoding="utf-8-sig").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError([f"{file} cannot be read: {error}"]) from None
    hosts, complaints = [], []
    for number, line in enumerate(lines, 1):
        text = line.partition("#")[0].strip()
        if not text:
            continue
        name, port = (text, None) if text in ours else _split(text)
        if name is None or (port is not None and port > 65535):
            complaints.append(f"{file}:{number}: {text!r} is not accepted; accepted is host or host:webui-port")
        else:
            hosts.append(Host(number, name, port, name in ours))
    if complaints:
        raise ConfigError(complaints)
    return hosts


def _split(text: str) -> tuple[str | None, int | None]:
    match = _LINE.match(text)
    if match is None:
        return None, None
    return match[1], int(match[2]) if match[2] else None
