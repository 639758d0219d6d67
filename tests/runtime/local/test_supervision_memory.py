"""What a failure leaves behind when it has been overcome: nothing, least of all its exception with all its frames."""

from __future__ import annotations

from typing import Any

import pytest

from actors import Actor, Directive, OneForOneStrategy, Props
from runtime import ActorSystem, Settings
from tests.runtime.local.puppets import quiet


class Patient(Actor[str]):
    """Fails when it is told to, and perhaps when it starts for the first time."""

    def __init__(self, starts: list[str], *, is_ill: bool) -> None:
        starts.append("once more")
        if is_ill and len(starts) == 1:
            raise ValueError

    def receive(self, message: str) -> None:
        """Fail."""
        raise ValueError


@pytest.mark.parametrize("is_ill", [False, True], ids=["a handler", "a start"])
async def test_whoever_was_resumed_keeps_no_exception(*, is_ill: bool) -> None:
    """S1, S44: after a resume, also of a start that had failed, no reason for a restart is kept."""
    starts: list[str] = []
    resuming = OneForOneStrategy(decider=lambda error: Directive.RESUME, logging=False)
    async with ActorSystem("memory", Settings(guardian_strategy=resuming)) as system:
        patient = system.spawn(Props(Patient, starts, is_ill=is_ill))
        if not is_ill:
            patient.tell("fail")
        await quiet()
        cell: Any = patient.sink

        assert len(starts) == 1 + is_ill
        assert (cell.failure, cell.reason) == (None, None)
