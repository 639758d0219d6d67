"""Asynchronous generators of a simulated loop, and whose they are: those of the dead are left where they stand.

Base class of `runtime.sim.loop.SimLoop`. asyncio closes at the end, and when it is collected, each generator that has
begun and is not at its end. That runs its `finally` blocks, which a killed process never does; and one in whose midst
it was killed cannot be closed at all: its task is in it for ever. Pure but for the context variable. Deliberately not
here: tasks (`runtime.sim.roll`).
"""

from __future__ import annotations

import asyncio
import weakref
from collections.abc import AsyncGenerator
from typing import Any

from runtime.sim.process import PROCESS, SimProcess


class LeavesGeneratorsOfTheDead(asyncio.BaseEventLoop):
    """What a loop does about asynchronous generators."""

    _asyncgens: weakref.WeakSet[AsyncGenerator[Any, Any]]

    def __init__(self) -> None:
        super().__init__()
        self._owners = weakref.WeakKeyDictionary[AsyncGenerator[Any, Any], SimProcess]()

    def _asyncgen_firstiter_hook(self, agen: AsyncGenerator[Any, Any]) -> None:
        super()._asyncgen_firstiter_hook(agen)  # type: ignore[misc]
        process = PROCESS.get()
        if process is not None:
            self._owners[agen] = process

    def _asyncgen_finalizer_hook(self, agen: AsyncGenerator[Any, Any]) -> None:
        if self._is_left(agen):
            self._asyncgens.discard(agen)
        else:
            super()._asyncgen_finalizer_hook(agen)  # type: ignore[misc]

    async def shutdown_asyncgens(self) -> None:
        """Close those of the living."""
        for agen in list(self._asyncgens):
            if self._is_left(agen):
                self._asyncgens.discard(agen)
        await super().shutdown_asyncgens()

    def _is_left(self, agen: AsyncGenerator[Any, Any]) -> bool:
        process = self._owners.get(agen)
        return process is not None and not process.alive
