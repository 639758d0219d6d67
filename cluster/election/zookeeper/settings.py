"""What a process has to know to take part in an election on ZooKeeper, and the clock that it goes by.

Values only. Deliberately not here: the configuration's text that they come from (`cluster.configuration`).
"""

from __future__ import annotations

import time
from dataclasses import dataclass

LOWEST_SESSION_TIMEOUT_S = 1.0
"""kazoo sends its pings up to 0.4 s earlier or later than it should; shorter sessions expire with nothing wrong."""


@dataclass(frozen=True, slots=True)
class TlsSettings:
    """How to speak TLS to the ensemble. All are paths of PEM files.

    Attributes:
        ca: Authorities that are trusted; by default those of the machine.
        certificate: Our own, if the ensemble asks for one.
        key: Belongs to it.
        key_password: Opens the key.
        verify_hostname: Whether the ensemble's certificates must bear the names that we connect to.
    """

    ca: str | None = None
    certificate: str | None = None
    key: str | None = None
    key_password: str | None = None
    verify_hostname: bool = True


def monotonic() -> float:
    """Seconds that also count while the machine sleeps, where there is such a clock."""
    return time.clock_gettime(time.CLOCK_BOOTTIME) if hasattr(time, "CLOCK_BOOTTIME") else time.monotonic()


@dataclass(frozen=True, slots=True)
class ZookeeperSettings:
    """Which ensemble, and where in it.

    Attributes:
        hosts: `host:port` of its members, with commas between them.
        root: Node under which all clusters are.
        cluster_id: Node of this cluster under it. Those who share it are one cluster, and elect one leader.
        session_timeout_s: Asked for; the ensemble may change it. At least one second.
        connection_timeout_s: Without a connection, until that is reported.
        acl: `open`, or `creator`: only who has the same credentials can read or write.
        authorization: `scheme:credentials`, such as `digest:user:password`.
        tls: Given if the ensemble is to be spoken to by TLS.
    """

    hosts: str
    root: str = "/flink"
    cluster_id: str = "default"
    session_timeout_s: float = 6.0
    connection_timeout_s: float = 15.0
    acl: str = "open"
    authorization: str | None = None
    tls: TlsSettings | None = None
