"""`Upkeep`: what is seen to now and then, for one peer: connections that nobody needs, and those that carry nothing.

SHELL of no core; the system's sweep calls it. Deliberately not here: when to dial for what is wanted (`association`),
and the control connection, where an answer is waited for (`answers`).
"""

from __future__ import annotations

from typing import Protocol

from runtime.protocol import beats
from runtime.protocol.beats import Beat
from runtime.protocol.blockage import Blockage, Step
from runtime.protocol.handshake import Lane
from runtime.protocol.standing import Standing
from runtime.protocol.verdict import Verdict
from runtime.remote.alarms import Alarms
from runtime.remote.dialling import Dials
from runtime.remote.inlet import Inlet
from runtime.remote.node import Node
from runtime.remote.outbox import Outbox
from runtime.remote.times import LOOKS_AGAIN_S, STREAM_S

_CONTROL, _ORDINARY = Lane.CONTROL, Lane.ORDINARY  # at hand, as `_REST`: asked for by each sweep, of each peer
_REST = Step.REST
_QUESTION = beats.write(Beat(0))
"""A heartbeat, to which every peer answers; nobody waits for the answer but who sees it come."""


class Relation(Protocol):
    """What is between us and the peer.

    Attributes:
        verdict: What is believed about it.
    """

    verdict: Verdict

    def read_out(self, uid: int) -> None:
        """A connection that brought something is closed."""


class Upkeep:
    """The upkeep of the connections to one peer.

    Args:
        node: Our system.
        outbox: What leaves for the peer.
        inlet: What comes from it.
        dials: What dials it.
        alarms: Its timers.
        relation: Whose connections these are.
    """

    def __init__(
        self, node: Node, outbox: Outbox, inlet: Inlet, dials: Dials, alarms: Alarms, relation: Relation
    ) -> None:
        self._node, self._relation = node, relation
        self._outbox, self._inlet, self._dials = outbox, inlet, dials
        self._alarms = alarms
        self._blockage = Blockage(STREAM_S)

    def rest(self, now: float) -> float | None:
        """Close what nobody needs (R6). Returns for how long nothing has been needed, `None` if anything is."""
        quiet_s = self._outbox.quiet_s(now)
        if quiet_s < self._node.settings.idle_close_s or not self._outbox.is_done:
            return None
        self._outbox.rest(_ORDINARY)
        self._relation.read_out(self._relation.verdict.uid)
        if self._relation.verdict.is_watched:
            return None
        self._outbox.rest(_CONTROL)
        return quiet_s if self._inlet.is_empty and not self._outbox.is_open else None  # one that is full goes on

    def renew(self) -> None:
        """Dial again for messages if nothing of what was written last arrives, though the peer can be reached.

        As long as the kernel does not give up the connection, a death waits for its subject's last words on it. It is
        given up when the dial shakes hands, and not before.
        """
        if "renew" not in self._alarms:  # else it is looked at already, and a question is on its way
            self._look()

    def _look(self) -> None:
        ordinary, control = self._outbox.ordinary, self._outbox.control
        if ordinary is None or control is None:
            return
        step = self._blockage.look(ordinary.unacknowledged_s, is_answered=control.is_answered)
        if step is _REST:
            return
        control.is_answered = False
        if step is Step.DIAL and self._relation.verdict.standing is Standing.TRUSTED:
            self._dials.renew(Lane.ORDINARY)
        self._outbox.answers.look()  # nobody else does where nothing else is to be answered
        self._outbox.send_heartbeat(_QUESTION)
        self._alarms.set("renew", LOOKS_AGAIN_S, self._look)
