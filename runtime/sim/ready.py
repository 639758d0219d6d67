"""What is ready on a simulated loop: callbacks of the world itself, and the order that a seed draws. Pure.

Driven by `runtime.sim.loop`. Deliberately not here: time.
"""

from __future__ import annotations

import asyncio
import random
from collections import deque
from collections.abc import Callable
from typing import Any


class Posted:
    """A callback of the world itself: it belongs to no process, is never cancelled, and needs no context."""

    __slots__ = ("_args", "_callback")

    def __init__(self, callback: Callable[..., object], args: tuple[Any, ...]) -> None:
        self._callback = callback
        self._args = args

    def run(self, loop: asyncio.AbstractEventLoop) -> None:
        """Do it; an error is the loop's affair, as that of any callback."""
        try:
            self._callback(*self._args)
        except (SystemExit, KeyboardInterrupt):
            raise
        except BaseException as error:
            loop.call_exception_handler({"message": f"Exception in {self._callback}", "exception": error})

    def cancelled(self) -> bool:
        """Never."""
        return False

    def cancel(self) -> None:
        """When the loop is closed; nothing is to be let go of."""


def shuffled(ready: deque[asyncio.Handle | Posted], rng: random.Random) -> list[asyncio.Handle | Posted]:
    """These in an order that is drawn, except that the callbacks of one object keep theirs."""
    by_owner: dict[int, deque[asyncio.Handle | Posted]] = {}
    owners: list[int] = []
    for handle in ready:
        owner = id(getattr(handle._callback, "__self__", handle))  # type: ignore[union-attr]
        owners.append(owner)
        by_owner.setdefault(owner, deque()).append(handle)
    rng.shuffle(owners)
    return [by_owner[owner].popleft() for owner in owners]
