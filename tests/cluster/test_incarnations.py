"""A process that goes on as another incarnation."""

from __future__ import annotations

import asyncio
import signal
from unittest.mock import patch

import pytest

from cluster.node import OK, SIGNALLED, START_AGAIN, Leaving


@pytest.fixture
async def leaving() -> Leaving:
    """Of an incarnation whose process nobody signals."""
    loop = asyncio.get_running_loop()
    with patch.object(type(loop), "add_signal_handler", create=True):
        return Leaving()


@pytest.mark.parametrize(
    ("code", "lived_s", "rests_s"), [(START_AGAIN, 0.5, 1.0), (START_AGAIN, 60.0, 0.0), (OK, 0.0, 0.0)]
)
async def test_who_fails_as_soon_as_it_begins_rests_in_between(
    leaving: Leaving, code: int, lived_s: float, rests_s: float
) -> None:
    """What ends each incarnation at once is tried once a second; who was taken for dead is back at once."""
    loop = asyncio.get_running_loop()
    began = loop.time()
    assert await leaving.after(code, lived_s) == code
    assert loop.time() - began == rests_s


@pytest.mark.parametrize("when_s", [0.0, 0.5])
async def test_who_is_told_to_leave_while_it_rests_leaves_at_once(leaving: Leaving, when_s: float) -> None:
    """The next incarnation would not know that there was a signal."""
    loop = asyncio.get_running_loop()
    began = loop.time()
    if when_s == 0:  # while its parts are ended
        leaving._signalled(signal.SIGTERM)
    else:
        loop.call_later(when_s, leaving._signalled, signal.SIGTERM)
    assert await leaving.after(START_AGAIN, 0.0) == SIGNALLED + signal.SIGTERM
    assert loop.time() - began == when_s
