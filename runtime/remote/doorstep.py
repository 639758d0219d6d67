"""`Doorstep`: those who say that they live at a peer's address, until it is known who does. Bookkeeping only.

Deliberately not here: who may come in (`runtime.protocol.verdict`), and connections that have not said who they are
(`anteroom`).
"""

from __future__ import annotations

from runtime.remote.inbound import InboundLink


class Doorstep:
    """Those who wait to be let in."""

    def __init__(self) -> None:
        self._waiting: list[tuple[InboundLink, int]] = []

    def __bool__(self) -> bool:
        return bool(self._waiting)

    def hold(self, link: InboundLink, uid: int) -> None:
        """It says that it is incarnation `uid`, and has to wait."""
        self._waiting.append((link, uid))
        link.keep_waiting()

    def remove(self, link: InboundLink) -> None:
        """It has gone."""
        self._waiting = [entry for entry in self._waiting if entry[0] is not link]

    def take(self) -> list[tuple[InboundLink, int]]:
        """All of them who have not gone or been refused meanwhile; nobody waits any more."""
        waiting, self._waiting = [entry for entry in self._waiting if entry[0].is_unfinished], []
        return waiting

    def close(self) -> None:
        """Nobody is let in."""
        for link, _ in self.take():
            link.drop()
