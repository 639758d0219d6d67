"""What is ready on a simulated loop: handles that cost little, and the order that a seed draws. Pure.

Driven by `runtime.sim.loop`. Deliberately not here: time.
"""

from __future__ import annotations

import asyncio
import contextvars
import random
from collections import deque
from collections.abc import Callable, MutableSequence
from typing import Any, TypeAlias


class Posted:
    """A callback of the world itself: it belongs to no process, is never cancelled, and needs no context."""

    __slots__ = ("_args", "_callback")

    _cancelled = False
    _context = None

    def __init__(self, callback: Callable[..., object], args: tuple[Any, ...]) -> None:
        self._callback = callback
        self._args = args

    def cancel(self) -> None:
        """When the loop is closed; nothing is to be let go of."""

    def cancelled(self) -> bool:
        """Never; asked by who looks for what systems have left behind."""
        return False


class _NoDebugMode:
    """Stands for the loop of a handle, whose text asks it for this since Python 3.13."""

    @staticmethod
    def get_debug() -> bool:
        """Never."""
        return False


_ITS_LOOP: Any = _NoDebugMode()


class SimHandle(asyncio.Handle):
    """asyncio's, without what it keeps for its debug mode: a loop makes one for each callback."""

    __slots__ = ()

    _loop = _ITS_LOOP
    _repr = _source_traceback = None  # of its debug mode

    def __init__(
        self, callback: Callable[..., object], args: tuple[Any, ...], context: contextvars.Context | None
    ) -> None:
        self._context = contextvars.copy_context() if context is None else context
        self._callback = callback
        self._args = args
        self._cancelled = False

    def cancel(self) -> None:
        """See `Handle.cancel`."""
        self._cancelled = True
        self._callback = self._args = None  # type: ignore[assignment]


class SimTimer(asyncio.TimerHandle):
    """Likewise; one that is cancelled stays where it is until its time comes."""

    __slots__ = ()

    _loop = _ITS_LOOP
    _repr = _source_traceback = None
    _scheduled = False

    def __init__(
        self,
        when: float,
        callback: Callable[..., object],
        args: tuple[Any, ...],
        context: contextvars.Context | None,
    ) -> None:
        self._context = contextvars.copy_context() if context is None else context
        self._callback = callback
        self._args = args
        self._cancelled = False
        self._when = when

    def cancel(self) -> None:
        """See `TimerHandle.cancel`."""
        self._cancelled = True
        self._callback = self._args = None  # type: ignore[assignment]


Ready: TypeAlias = asyncio.Handle | Posted


def shuffle(ready: deque[Ready], rng: random.Random) -> None:
    """Bring these into an order that is drawn, except that the callbacks of one object keep theirs."""
    if len(ready) == 2:
        # Nearly always; to the last bit that is drawn as below.
        last = rng.getrandbits(2)
        while last > 1:
            last = rng.getrandbits(2)
        if last == 0 and _owner(ready[0]) is not _owner(ready[1]):
            ready.reverse()
        return
    owners = [id(_owner(handle)) for handle in ready]
    if len(set(owners)) == len(owners):
        _shuffle(ready, rng)
        return
    by_owner: dict[int, deque[Ready]] = {}
    for owner, handle in zip(owners, ready, strict=True):
        by_owner.setdefault(owner, deque()).append(handle)
    _shuffle(owners, rng)
    ready.clear()
    ready.extend(by_owner[owner].popleft() for owner in owners)


def _owner(handle: Ready) -> Any:
    """Whose callback it is: of one object, or of nothing but itself."""
    return getattr(handle._callback, "__self__", handle)  # type: ignore[union-attr]


def _shuffle(things: MutableSequence[Any], rng: random.Random) -> None:
    """As `rng.shuffle`, to the last bit that is drawn, for less: nearly every sequence is of two or three."""
    bits = rng.getrandbits
    for last in range(len(things) - 1, 0, -1):
        width = (last + 1).bit_length()
        other = bits(width)
        while other > last:
            other = bits(width)
        things[last], things[other] = things[other], things[last]
