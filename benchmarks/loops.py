"""The event loops that are measured, and how a measurement runs on one."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any, TypeVar

import uvloop

T = TypeVar("T")

LOOPS: dict[str, Callable[[], asyncio.AbstractEventLoop]] = {
    "asyncio": asyncio.SelectorEventLoop,
    "uvloop": uvloop.new_event_loop,
}


async def until(condition: Callable[[], bool]) -> None:
    """Let the loop turn until something is so."""
    while not condition():  # noqa: ASYNC110 - whoever is measured shall not have to set an event
        await asyncio.sleep(0)


def run_on(loop: str, main: Callable[[], Coroutine[Any, Any, T]]) -> T:
    """Run a coroutine function to its end on a fresh loop."""
    with asyncio.Runner(loop_factory=LOOPS[loop]) as runner:
        return runner.run(main())
