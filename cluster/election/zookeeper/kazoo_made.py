"""kazoo's client, as it is made for us, and let go of. Shell.

Deliberately not here: its sockets (`wire`), and what it is asked (`client`).
"""

from __future__ import annotations

import contextlib
import logging
from typing import Any

from kazoo.client import KazooClient
from kazoo.exceptions import KazooException
from kazoo.retry import KazooRetry

from cluster.election.zookeeper.settings import ZookeeperSettings
from cluster.election.zookeeper.wire import WireHandler


def kazoo_client(settings: ZookeeperSettings, asked_s: float, handler: WireHandler) -> Any:
    """One that tries without an end, and asks for sessions of so long."""
    logger = logging.getLogger("cluster.election.zookeeper.kazoo")
    logger.setLevel(logging.ERROR)  # each broken connection is a warning there; here only an outage is
    scheme, _, credentials = (settings.authorization or "").partition(":")
    return KazooClient(
        hosts=settings.hosts.replace(" ", ""),
        timeout=asked_s,
        handler=handler,
        auth_data=[(scheme, credentials)] if scheme else None,
        connection_retry=KazooRetry(max_tries=-1, delay=0.02, max_delay=min(0.5, asked_s / 30)),
        logger=logger,
        use_ssl=settings.tls is not None,
    )


def end(kazoo: Any) -> None:
    """Let go of it. In a worker thread: this waits for kazoo's threads."""
    with contextlib.suppress(KazooException, OSError):
        kazoo.stop()
    with contextlib.suppress(Exception):  # kazoo says "cannot close" if a thread of it still hangs: it is a daemon
        kazoo.close()
