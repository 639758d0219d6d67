"""The example of a ledger: seeds of mishaps find what is wrong with its naive versions, nothing in the mended one."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from examples.ledger import FILE, Deposit, HastyLedger, Ledger, Statement, TidyLedger, TolerantLedger, keep_ledger
from examples.ledger_story import nothing_confirmed_is_lost
from runtime import ActorSystem
from runtime.disk import FolderDisk
from runtime.sim import World
from runtime.sim.campaign import seeds


@seeds(20)
async def test_nothing_confirmed_is_lost(world: World) -> None:
    """Whatever happens when, in twenty seeds."""
    await nothing_confirmed_is_lost(world)


@pytest.mark.parametrize("ledger", [HastyLedger, TidyLedger, TolerantLedger])
def test_seeds_find_what_is_wrong(ledger: type[Ledger], tmp_path: Path) -> None:
    """With the power goes what is not synced, or written in place; and a line behind a torn one is none."""

    async def naive(world: World) -> None:
        await nothing_confirmed_is_lost(world, ledger)

    with pytest.raises(AssertionError, match=r"deposits \['shop.*\] were confirmed and are lost, \[\] were never"):
        seeds(100, reports=tmp_path, shrink=0)(naive)()
    (page,) = tmp_path.iterdir()
    assert "confirmed" in page.read_text(encoding="utf-8")


def test_it_runs_on_a_folder(tmp_path: Path) -> None:
    """The same ledger on a real disk: a line that was half written is cut off, and what is confirmed is in the file."""
    (tmp_path / FILE).write_text("a 1\nb 2\nc 3")

    async def story() -> dict[str, int]:
        async with ActorSystem("office") as system:
            keeping = asyncio.create_task(keep_ledger(system, Ledger, FolderDisk(tmp_path)))
            await asyncio.sleep(0)
            ledger = await system.resolve("actor://office/user/ledger")
            assert await ledger.ask(Deposit("d", 4)) == "d"
            kept = await ledger.ask(Statement())
        await keeping
        return kept

    assert asyncio.run(story()) == {"a": 1, "b": 2, "d": 4}
    assert (tmp_path / FILE).read_text() == "a 1\nb 2\nd 4\n"
