"""Code that never comes back to its loop is named, and ends."""

from __future__ import annotations

import asyncio
import signal
from pathlib import Path

import pytest

from runtime.sim import SimLoop, World, stuck
from runtime.sim.campaign import seeds
from runtime.sim.failures import LivelockError
from runtime.sim.services import Services
from runtime.system import ActorSystem


async def tries_for_ever(system: ActorSystem) -> None:
    """As a naive program does: nothing of this waits once the other is known to be dead."""
    while True:
        try:
            await system.resolve("actor://b@b:2552/user/nobody", timeout=1.0)
        except LookupError:
            continue


async def spins(_: ActorSystem) -> None:
    """It heeds nothing."""
    while True:
        try:
            await asyncio.sleep(0)
            while True:
                pass
        except Exception:
            continue


@pytest.mark.parametrize("program", [tries_for_ever, spins])
def test_what_never_comes_back_is_named(program: object, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """It hung for ever, without a word; a program that ends for it is not started again as if nothing had been."""
    monkeypatch.setattr(stuck, "LOOK_EVERY_S", 0.3)
    before = signal.getsignal(signal.SIGVTALRM)

    @seeds(1, reports=tmp_path)
    async def test(world: World) -> None:
        async with Services(world, {"a": program, "b": ActorSystem.when_terminated}) as services:  # type: ignore[dict-item]
            await asyncio.sleep(1.0)
            await world.crash("b")
            await services.suffer(most=2)
            await asyncio.sleep(100.0)

    with pytest.raises(LivelockError, match=f"(?s)not come back to its loop.*{Path(__file__).name}") as caught:
        test()
    assert "Played again" not in "".join(caught.value.__notes__)
    assert signal.getsignal(signal.SIGVTALRM) is before
    assert signal.getitimer(signal.ITIMER_VIRTUAL) == (0.0, 0.0)


def test_one_world_inside_another_is_looked_at_too(monkeypatch: pytest.MonkeyPatch) -> None:
    """And the outer one is, afterwards."""
    monkeypatch.setattr(stuck, "LOOK_EVERY_S", 0.1)

    inner: list[object] = []

    async def waits(world: World) -> None:
        inner.append(signal.getsignal(signal.SIGVTALRM))
        await asyncio.sleep(1.0)

    loop = SimLoop()
    loop.close()
    with stuck.unstuck(loop):
        outer = signal.getsignal(signal.SIGVTALRM)
        World.run(waits)
        assert inner != [outer]
        assert signal.getsignal(signal.SIGVTALRM) == outer
