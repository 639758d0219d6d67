"""`Alarms`: timers by name, at most one of each. SHELL of nothing: it calls whoever set it.

Deliberately not here: what is due when.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable


class Alarms:
    """The timers of one owner.

    Args:
        loop: Whose time counts.
    """

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self._timers: dict[str, asyncio.TimerHandle] = {}

    def __contains__(self, name: str) -> bool:
        return name in self._timers

    def set(self, name: str, delay_s: float, action: Callable[[], None]) -> None:
        """Call `action` after `delay_s` seconds, instead of what was to be called under that name."""
        self.stop(name)

        def fire() -> None:
            del self._timers[name]
            action()

        self._timers[name] = self._loop.call_later(max(0.0, delay_s), fire)

    def stop(self, name: str) -> None:
        """Call nothing under that name."""
        timer = self._timers.pop(name, None)
        if timer:
            timer.cancel()

    def close(self) -> None:
        """Call nothing any more."""
        for name in list(self._timers):
            self.stop(name)
