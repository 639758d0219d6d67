"""The test of the payroll: workers die at moments that the seed draws, and each payment has to be made exactly once.

Nothing here waits for real: `World` runs the office and the workers' machines on virtual time, in one thread.
"""

from __future__ import annotations

import asyncio

from actors import Props
from examples.payroll import Bank, Pool, Worker
from runtime.sim import World

PAYMENTS = range(1, 16)
WORKERS = ("w1", "w2")
DEATHS = 4
WELL_AFTER_S = 2.0


async def everybody_is_paid_once(world: World, pool: type[Pool] = Pool, worker: type[Worker] = Worker) -> None:
    """Pay everybody, while workers are killed and started again.

    Args:
        world: Of the office and the workers.
        pool: Which pool.
        worker: Which workers.

    Raises:
        AssertionError: If a payment is missing, or was made twice.
    """
    bank = Bank(lambda who, number: world.tell(who, "paid", str(number)))
    office = await world.start("office")
    office.spawn(Props(pool, PAYMENTS), name="pool")

    async def hire(name: str) -> None:
        machine = await world.start(name)
        machine.spawn(Props(worker, name, f"{office.address}/user/pool", bank), name="worker")

    for name in WORKERS:
        await hire(name)
    for _ in range(DEATHS):
        await asyncio.sleep(world.chance.uniform(0.0, 0.3))
        name = world.chance.choice(WORKERS)
        await world.crash(name)
        await asyncio.sleep(world.chance.uniform(0.0, 0.3))
        await hire(name)
    await asyncio.sleep(WELL_AFTER_S)
    missing = sorted(set(PAYMENTS) - set(bank.payments))
    twice = sorted({number for number in bank.payments if bank.payments.count(number) > 1})
    if missing or twice:
        raise AssertionError(f"payments {missing} are missing, {twice} were made twice")
