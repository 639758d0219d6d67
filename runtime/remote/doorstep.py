"""`Doorstep`: those who say that they live at a peer's address, until it is known who does. SHELL of `verdict`.

Deliberately not here: who may come in (`runtime.protocol.verdict`), and connections that have not said who they are
(`anteroom`).
"""

from __future__ import annotations

from collections.abc import Callable

from actors.address import Address
from runtime.protocol.handshake import Refusal
from runtime.protocol.standing import Standing
from runtime.protocol.verdict import Verdict
from runtime.remote.inbound import InboundLink

_UNDECIDED = (Standing.DOUBTED, Standing.ABSENT, Standing.CONDEMNED)


class Doorstep:
    """Those who wait to be let in.

    Args:
        address: Where they say that they live.
    """

    def __init__(self, address: Address) -> None:
        self._address = address
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

    def settle(self, verdict: Verdict, introduce: Callable[[InboundLink, int], None]) -> None:
        """If it is known by now who lives there, refuse the others, and introduce whoever may be the one.

        Args:
            verdict: What is believed about the address.
            introduce: Takes the connection, and who says to be on it.
        """
        if verdict.standing in _UNDECIDED:
            return
        for link, uid in self._take():
            if verdict.standing is Standing.TRUSTED and uid != verdict.uid:
                text = f"incarnation {verdict.uid} of {self._address} answers there"
                link.turn_away(Refusal.SUPERSEDED, text)
            else:
                introduce(link, uid)

    def ask_for_patience(self) -> None:
        """A dial has not shown who lives there. Perhaps it waits at their door as they do at ours: say who we are."""
        for link, _ in self._waiting:
            link.ask_for_patience()

    def close(self) -> None:
        """Nobody is let in."""
        for link, _ in self._take():
            link.drop()

    def _take(self) -> list[tuple[InboundLink, int]]:
        """All of them who have not gone or been refused meanwhile; nobody waits any more."""
        waiting, self._waiting = [entry for entry in self._waiting if entry[0].is_unfinished], []
        return waiting
