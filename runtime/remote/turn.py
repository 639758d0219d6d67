"""`Turn`: what may leave at once in a turn of the loop, and what goes together at its end. SHELL of the loop.

The first message after something has come leaves at once, which is half of an ask; what follows it shares one write.
Deliberately not here: what is written (`outbox`).
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable


class Turn:
    """The present turn, for what leaves for one peer.

    Args:
        loop: The loop.
        flush: Called in the next turn, when one is planned.

    Attributes:
        is_fresh: Whether no message was written since something came, or since a flush.
        is_control_fresh: The same of system messages.
    """

    def __init__(self, loop: asyncio.AbstractEventLoop, flush: Callable[[], None]) -> None:
        self.is_fresh = self.is_control_fresh = True
        self._loop = loop
        self._flush = flush
        self._is_planned = False

    def heard(self) -> None:
        """The peer has said something: an answer may leave at once."""
        if not self._is_planned:
            self.is_fresh = self.is_control_fresh = True

    def plan(self) -> None:
        """Something waits: flush in the next turn."""
        if not self._is_planned:
            self._is_planned = True
            self.is_fresh = False
            self._loop.call_soon(self._flush)

    def begin(self) -> None:
        """It is being flushed."""
        self._is_planned = False
        self.is_fresh = self.is_control_fresh = True
