"""`News`: what a driver tells its process. Shell.

Deliberately not here: what there is to tell (`driver`).
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from cluster.election.driver import ElectionListener
from cluster.election.zookeeper.settings import ZookeeperSettings
from cluster.election.zookeeper.trouble import explained


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
        self._in_trouble = False

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
        """Told once per outage."""
        if not self._in_trouble and self.listener is not None:
            self._in_trouble = True
            self.listener.failed(explained("the election", error, self._settings))

    def connected(self) -> None:
        """An outage is over."""
        self._in_trouble = False
