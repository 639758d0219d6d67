"""What a slot process does when it cannot say how its task has ended."""

from __future__ import annotations

import asyncio
import os
import socket
from unittest.mock import AsyncMock, Mock

import pytest

from cluster.slots.slot_process import Slot


@pytest.mark.asyncio(loop_factories=["asyncio"])
async def test_an_end_that_cannot_be_said_is_the_end_of_the_process(monkeypatch: pytest.MonkeyPatch) -> None:
    """Its TaskManager sees that; a process that lived on would be a task that runs for ever."""
    ended = Mock(side_effect=SystemExit)
    monkeypatch.setattr(os, "_exit", ended)
    ours, theirs = socket.socketpair()
    slot = Slot(theirs, asyncio.get_running_loop())
    with ours, pytest.raises(SystemExit):
        await slot._run(Mock(run=AsyncMock(side_effect=UnicodeEncodeError("utf-8", "\ud800", 0, 1, "surrogates"))))
    ended.assert_called_once_with(1)
    slot._channel.close()
