"""`News`: what a driver tells its process. Shell.

Deliberately not here: what there is to tell (`driver`).
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from cluster.election.driver import ElectionListener, ElectionUnavailable
from cluster.election.zookeeper.settings import ZookeeperSettings
from cluster.election.zookeeper.trouble import explained

MOST_TROUBLES = 16
"""So many different things that are wrong are told in one outage."""


class News:
    """Tells a listener, if there is one.

    Args:
        settings: Say where the ensemble is, for people.

    Attributes:
        listener: Who is told.
    """

    def __init__(self, settings: ZookeeperSettings) -> None:
        self.listener: ElectionListener | None = None
        self._settings = settings
        self._troubles: set[str] = set()

    def tell(self, tell: Callable[[ElectionListener], None]) -> None:
        """Not from inside a method that somebody called: the listener may call us again."""
        asyncio.get_running_loop().call_soon(self.tell_now, tell)

    def tell_now(self, tell: Callable[[ElectionListener], None]) -> None:
        """At once, where nobody has called us."""
        if self.listener is not None:
            tell(self.listener)

    def granted(self, epoch: int) -> None:
        """It leads."""
        self.tell(lambda listener: listener.granted(epoch))

    def failed(self, error: Exception) -> None:
        """Each thing that is wrong is told once in an outage; having no connection is one, for whatever reason."""
        kind = "" if isinstance(error, ElectionUnavailable) else repr(error)
        if self.listener is not None and kind not in self._troubles and len(self._troubles) < MOST_TROUBLES:
            self._troubles.add(kind)
            self.listener.failed(explained("the election", error, self._settings))

    def cut_off(self, for_s: float, timeout_s: float, why: str) -> None:
        """There is no connection, for so long by now: told before a session with that timeout is over."""
        if for_s >= min(self._settings.connection_timeout_s, timeout_s / 2):
            why = why or "nobody answers, or there is no quorum"
            self.failed(ElectionUnavailable(f"no connection to ZooKeeper at {self._settings.hosts}: {why}"))

    def is_well(self) -> None:
        """There is a connection again, or somebody is shown: what is wrong from now on is news."""
        self._troubles.clear()
