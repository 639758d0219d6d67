"""The example of a payroll: seeds of mishaps find what is wrong with its naive versions, nothing in the mended one."""

from __future__ import annotations

from functools import partial
from pathlib import Path

import pytest

from examples.payroll import CarelessWorker, ForgetfulPool, LoyalWorker, Pool, Worker
from examples.payroll_story import everybody_is_paid_once
from runtime.sim import World
from runtime.sim.campaign import seeds


@seeds(20)
async def test_everybody_is_paid_once(world: World) -> None:
    """Whatever happens when, in twenty seeds each payment is made once, and all are at work again."""
    await everybody_is_paid_once(world)


@pytest.mark.parametrize(
    ("pool", "worker", "wrong"),
    [
        (ForgetfulPool, Worker, r"payments \[\d.*\] are missing, \[\] were made twice"),
        (Pool, CarelessWorker, r"payments \[\] are missing, \[\d.*\] were made twice"),
        (Pool, LoyalWorker, r"\['w.*\] did nothing in the end"),
    ],
)
def test_seeds_find_what_is_wrong(pool: type[Pool], worker: type[Worker], wrong: str, tmp_path: Path) -> None:
    """A pool that does not watch a second life loses payments; a worker without a key makes some twice.

    And who was taken for dead while it lived is not heard again until it has started anew.
    """

    async def naive(world: World) -> None:
        await everybody_is_paid_once(world, pool, worker)

    with pytest.raises(AssertionError, match=wrong) as caught:
        seeds(100, reports=tmp_path, shrink=0)(naive)()
    (page,) = tmp_path.iterdir()
    assert "paid" in page.read_text(encoding="utf-8")
    seed = int(page.stem.rpartition("-")[2])
    assert f"@seeds(1, first={seed})" in " ".join(caught.value.__notes__)
    with pytest.raises(AssertionError) as again:
        World.run(partial(everybody_is_paid_once, pool=pool, worker=worker), seed)
    assert str(again.value) == str(caught.value)
