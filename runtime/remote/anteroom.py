"""`Anteroom`: the connections that have arrived and are not welcomed yet, within limits. SHELL of nothing: bookkeeping.

Beyond a limit the oldest is closed, so that who only ever knocks keeps nobody else out for long. Deliberately not here:
the handshake (`inbound`).
"""

from __future__ import annotations

from runtime.remote.inbound import InboundLink
from runtime.remote.node import Node

_EVENT = "connection closed: too many handshakes are unfinished"


class Anteroom:
    """Those who wait.

    Args:
        node: Our system.
    """

    def __init__(self, node: Node) -> None:
        self._node = node
        self._links: dict[InboundLink, None] = {}

    def __len__(self) -> int:
        return len(self._links)

    def make_room(self) -> None:
        """One more will come: close the oldest if there are as many as may be."""
        limit = self._node.settings.max_handshakes
        if len(self._links) >= limit:
            self._links = {one: None for one in self._links if one.is_unfinished}
            if len(self._links) >= limit:
                self._close(next(iter(self._links)), limit)

    def add(self, link: InboundLink) -> None:
        """It has come."""
        self._links[link] = None

    def arrived(self, link: InboundLink) -> None:
        """It is known from which host: close the oldest from there if there are too many."""
        limit = self._node.settings.max_handshakes_per_host
        same = [one for one in self._links if one.host == link.host and one.is_unfinished]
        if len(same) > limit:
            self._close(same[0], limit)

    def remove(self, link: InboundLink) -> None:
        """It is over."""
        self._links.pop(link, None)

    def _close(self, link: InboundLink, limit: int) -> None:
        del self._links[link]
        self._node.complain(_EVENT, link.host, limit=limit)
        link.show_out()
