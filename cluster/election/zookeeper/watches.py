"""`LatchWatches`: which latch nodes are watched on the present connection. Shell.

Deliberately not here: which nodes those are (`cluster.model.latch`), and who is shown (`sight`).
"""

from __future__ import annotations

from collections.abc import Callable

from cluster.election.zookeeper.client import ZookeeperClient
from cluster.election.zookeeper.layout import Layout
from cluster.election.zookeeper.steps import UNKNOWN


class LatchWatches:
    """Watches each node once for each connection.

    Args:
        client: A connection.
        layout: Where the nodes are.
        gone: Called with the name of a node that is gone, or was so already.
        failed: Called when a node cannot be watched although there is a connection.

    Attributes:
        names: The nodes that are watched.
    """

    def __init__(
        self,
        client: ZookeeperClient,
        layout: Layout,
        gone: Callable[[str], None],
        failed: Callable[[Exception], None],
    ) -> None:
        self.names: set[str] = set()
        self._client = client
        self._layout = layout
        self._tell_gone = gone
        self._failed = failed

    def connected(self) -> None:
        """Nothing is watched on a new connection."""
        self.names.clear()

    async def watch(self, name: str) -> None:
        """Tell when that node is gone."""
        if name in self.names:
            return
        self.names.add(name)
        try:
            if await self._client.exists(self._layout.latch(name), lambda: self._gone(name)) is None:
                self._gone(name)
        except UNKNOWN:
            pass  # the next connection looks again
        except Exception as error:  # this one goes on, and the node is not watched
            self.names.discard(name)
            self._failed(error)

    def _gone(self, name: str) -> None:
        self.names.discard(name)
        self._tell_gone(name)
