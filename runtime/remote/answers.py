"""`Answers`: sees to it that what the peer has to answer on the control connection is answered. SHELL.

System messages without an acknowledgement are sent again. A connection on which nothing comes back for long, though it
should, is reported: it may be half open, and the kernel would need a quarter of an hour to say so. Deliberately not
here: which heartbeats are answered (`pulse`), and what follows (`runtime.protocol.verdict`).
"""

from __future__ import annotations

import asyncio
import math
from collections.abc import Callable

from runtime.protocol.evidence import ConnectionMute, Evidence
from runtime.remote.letters import Letters
from runtime.remote.node import Node
from runtime.remote.outbound import OutboundLink
from runtime.remote.times import STREAM_S


class Answers:
    """What is waited for on the control connection to one peer.

    Args:
        node: Our system.
        letters: The system messages to it.
        report: Takes the evidence.

    Attributes:
        link: The connection, `None` while there is none.
    """

    def __init__(self, node: Node, letters: Letters, report: Callable[[Evidence], None]) -> None:
        self.link: OutboundLink | None = None
        self._node = node
        self._letters = letters
        self._report = report
        self._timer: asyncio.TimerHandle | None = None
        self._unacked_before = 0
        detector = node.settings.failure_detector
        pause_s = detector.acceptable_pause_s
        # Who answers beside the connection is known with each heartbeat, and until the next one should be answered.
        self._alive_at, self._alive_s = -math.inf, 1.5 * detector.heartbeat_interval_s
        # Who answers beside the connection at this moment is not busy, and needs no patience on that account.
        self._patience_s = {True: max(pause_s, STREAM_S), False: pause_s * detector.max_stretch + STREAM_S}

    def expect(self) -> None:
        """Some letters are written: if they are not acknowledged in time, they are sent again."""
        if self._letters.unacked and self._timer is None and self.link is not None:
            self.link.await_answer()
            self._plan()

    def send_again(self, link: OutboundLink) -> None:
        """Send again what is not acknowledged; on a connection that is full, when there is room."""
        if not link.is_paused:
            link.write(self._letters.again())

    def answered_beside(self) -> None:
        """The peer answers on another way."""
        self._alive_at = self._node.loop.time()
        self.look()

    def look(self) -> None:
        """Report a connection that is mute for long."""
        link, now = self.link, self._node.loop.time()
        if link is None:
            return
        is_alive = now - self._alive_at < self._alive_s
        silence_s = link.unanswered_s(now)
        if silence_s < self._patience_s[is_alive]:
            link.was_mute = False
        elif link.was_mute:
            beside = ", though datagrams are answered" if is_alive else ""
            self._report(ConnectionMute(f"the connection has been mute for {silence_s:.2f} s{beside}", is_alive))
        else:
            # What waits in the socket is read until the next look: we may have been late ourselves.
            link.was_mute = True

    def close(self) -> None:
        """Nothing is waited for any more."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _plan(self) -> None:
        self._unacked_before = self._letters.unacked
        self._timer = self._node.loop.call_later(self._node.settings.resend_s, self._resend)

    def _resend(self) -> None:
        """What is not acknowledged is sent again, unless some was meanwhile, or the connection is full anyway."""
        self._timer = None
        if not self._letters.unacked:
            return
        link = self.link
        if link is not None:
            link.await_answer()
            if self._letters.unacked >= self._unacked_before:
                self.send_again(link)
        self._plan()
        self.look()
