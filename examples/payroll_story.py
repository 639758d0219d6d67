"""The test of the payroll: its machines suffer what the seed draws, and each payment has to be made exactly once.

When all is well again, each machine has to be at work again, too. Nothing here waits for real: `World` runs the office
and the workers' machines on virtual time, in one thread.
"""

from __future__ import annotations

import asyncio
from functools import partial

from examples.payroll import Bank, Order, Pool, Worker, keep_office, work
from runtime.sim import World
from runtime.sim.services import Services

BEFORE, AFTER = range(1, 101), range(101, 121)
"""The payments that are ordered before anything happens, and when all is well again."""
WORKERS = ("w1", "w2")
POOL = "actor://office@office:2552/user/pool"
STARTING_TAKES_S, WELL_AFTER_S = 1.0, 30.0


async def everybody_is_paid_once(world: World, pool: type[Pool] = Pool, worker: type[Worker] = Worker) -> None:
    """Pay everybody, while workers die and start again, machines stand still, and links are cut.

    Args:
        world: Of the office and the workers.
        pool: Which pool.
        worker: Which workers.

    Raises:
        AssertionError: If a payment is missing, or was made twice, or if a machine does nothing in the end.
    """
    made: list[tuple[str, int]] = []

    def paid(who: str, number: int) -> None:
        made.append((who, number))
        world.tell(who, "paid", str(number))

    bank = Bank(paid)
    programs = {name: partial(work, worker=worker, office=POOL, bank=bank) for name in WORKERS}
    programs["office"] = partial(keep_office, pool=pool)
    async with Services(world, programs, spared=["office"]) as services:
        await asyncio.sleep(STARTING_TAKES_S)
        office = await services.system("office").resolve(POOL)
        office.tell(Order([*BEFORE]))
        await services.suffer(most=20, within_s=6.0)
        await asyncio.sleep(WELL_AFTER_S)
        office.tell(Order([*AFTER]))
        await asyncio.sleep(WELL_AFTER_S)
    numbers = [number for _, number in made]
    missing = sorted({*BEFORE, *AFTER} - set(numbers))
    twice = sorted({number for number in numbers if numbers.count(number) > 1})
    idle = sorted(set(WORKERS) - {who for who, number in made if number in AFTER})
    if missing or twice or idle:
        raise AssertionError(f"payments {missing} are missing, {twice} were made twice, {idle} did nothing in the end")
