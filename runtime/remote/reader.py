"""`Reader`: takes the frames of one inbound connection, for a limited time in each turn of the loop. SHELL.

While frames wait for the next turn nothing more is read from the socket, and little while they wait for something else,
so what waits is bounded. What frames mean is in `runtime.remote.control` and `runtime.remote.ordinary`.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable

from runtime.remote.node import Node

_SHORT_BYTES = 4096
"""A frame up to this is handled by actors in the callback that brings it."""

HELD_BYTES = 65536
"""So much more may come while no frame may be taken: who is not read is not heard, and would seem to be silent."""
TURN_S = 0.002
"""How long frames are taken before it is the turn of others. One frame is always taken to its end."""


class Reader:
    """Takes frames.

    Args:
        node: Our system.
        heard: Called before frames are taken: answers to them may leave at once.
        flow: Called with whether the connection shall bring more.
        hear: Takes one frame.

    Attributes:
        is_idle: Whether the peer said that it closes the connection because nobody needs it.
        is_held: Whether no frame may be taken for now.
    """

    def __init__(
        self, node: Node, heard: Callable[[], None], flow: Callable[[bool], None], hear: Callable[[bytes], None]
    ) -> None:
        self.is_idle = self.is_held = False
        self._hear = hear
        self._loop = node.loop
        self._dispatcher = node.dispatcher
        self._heard = heard
        self._flow = flow
        self._pending: deque[bytes] = deque()
        self._is_planned = False
        self._is_flowing = True
        self._is_dropped = False
        self._ended: Callable[[], None] | None = None

    def read(self, bodies: list[bytes]) -> None:
        """Take frames, now and in the next turns."""
        if len(bodies) == 1 and not self._pending and not self._is_planned and not self.is_held:
            # The usual case, for which no clock is needed. Who has nothing else to do handles it now and not in the
            # next turn, so that a question is answered by one callback of the loop.
            self._heard()
            body = bodies[0]
            waits = len(body) <= _SHORT_BYTES and self._dispatcher.hold()
            try:
                self._hear(body)
                self.rest()
                if self.is_held:
                    self._go_on()
            finally:
                if waits:
                    self._dispatcher.drain()
            return
        self._pending += bodies
        if self.is_held:
            self._heard()  # whoever speaks lives, whether or not its turn has come
            self._throttle()
        elif not self._is_planned:
            self._go_on()

    def end(self, ended: Callable[[], None]) -> None:
        """The connection brings no more: call `ended` when what has come is taken."""
        self._ended = ended
        if not self._is_planned and not self.is_held:
            self._go_on()

    def drop(self) -> None:
        """Take nothing more, not even the rest of a frame."""
        self._pending.clear()
        self._is_dropped = True

    def plan(self) -> None:
        """Go on in the next turn."""
        if not self._is_planned:
            self._is_planned = True
            self._loop.call_soon(self._next_turn)

    # --- for the lanes ------------------------------------------------------------------------------------------------

    def rest(self) -> None:
        """Some frames were taken, and now it is the turn of others, or there are no more."""

    def _next_turn(self) -> None:
        self._is_planned = False
        self._go_on()

    def _go_on(self) -> None:
        pending, time = self._pending, self._loop.time
        if pending and not self.is_held:
            self._heard()
            until = time() + TURN_S
            while pending and not self.is_held:
                self._hear(pending.popleft())
                if pending and time() > until:
                    self.plan()
                    break
            self.rest()
        if self._ended is not None:
            if not pending:
                ended, self._ended = self._ended, None
                if not self._is_dropped:
                    ended()
        else:
            self._throttle()

    def _throttle(self) -> None:
        """Let the connection bring more, or nothing until what has come is taken."""
        limit_bytes = HELD_BYTES if self.is_held else 0
        is_wanted = sum(map(len, self._pending)) <= limit_bytes
        if is_wanted is not self._is_flowing:
            self._is_flowing = is_wanted
            self._flow(is_wanted)
