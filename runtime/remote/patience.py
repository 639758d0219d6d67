"""`Patience`: for how long what is to be sent waits for a peer that nobody reaches (R10). SHELL of no core.

Deliberately not here: dialling (`dialling`), and what waits (`outbox`).
"""

from __future__ import annotations

from runtime.protocol.standing import Standing
from runtime.protocol.verdict import Verdict
from runtime.remote.alarms import Alarms
from runtime.remote.dialling import Dials
from runtime.remote.node import Node
from runtime.remote.outbox import Outbox

_ALARM = "give up"


class Patience:
    """The patience with one peer.

    Args:
        node: Our system.
        verdict: What is believed about the peer.
        outbox: What it is to get.
        dials: What dials it.
        alarms: Its timers.
    """

    def __init__(self, node: Node, verdict: Verdict, outbox: Outbox, dials: Dials, alarms: Alarms) -> None:
        self._node, self._verdict, self._outbox = node, verdict, outbox
        self._dials, self._alarms = dials, alarms

    def begin(self) -> None:
        """Something waits, and there is no connection for it; the time counts from when that was so first."""
        if _ALARM not in self._alarms:
            self._alarms.set(_ALARM, self._node.settings.handshake_timeout_s, self._give_up)

    def end(self) -> None:
        """The peer was reached."""
        self._alarms.stop(_ALARM)

    def _give_up(self) -> None:
        """Nobody was reached in time. To a peer that never was there, nothing is kept any longer."""
        self._outbox.bury_messages()
        if self._verdict.standing in (Standing.NEW, Standing.DEAD) and not self._verdict.is_watched:
            self._outbox.bury_letters()
            self._dials.stop()
