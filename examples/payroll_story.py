"""The test of the payroll: its machines suffer what the seed draws, and each payment has to be made exactly once.

Payments are ordered all the while, so that whatever happens happens to somebody at work, and how long a silence the
office puts up with is drawn, too: what is taken for dead soon, and while it lives, is another test than what is never.
When all is well again, each machine has to be at work again. Nothing here waits for real: `World` runs the office and
the workers' machines on virtual time, in one thread.
"""

from __future__ import annotations

import asyncio
from functools import partial

from actors import ActorRef
from examples.payroll import Bank, Order, Pool, Worker, keep_office, work
from runtime import FailureDetectorSettings, RemoteSettings, Settings
from runtime.sim import World
from runtime.sim.services import Services

AT_ONCE, EVERY_S = 5, 0.5
"""So many payments are ordered again and again, while things happen: about as many as two workers can make."""
AFTER = range(100_001, 100_021)
"""Those that are ordered when all is well again."""
WORKERS = ("w1", "w2")
POOL = "actor://office@office:2552/user/pool"
MISHAPS = (5, 20)
"""At the most: many at once find what goes wrong when they meet, and hide what the next one mends."""
STARTING_TAKES_S, WELL_AFTER_S = 1.0, 15.0
PATIENCE = (FailureDetectorSettings.lan(), FailureDetectorSettings.default())
"""Silence is death after 0.4 s, or after 8."""


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

    ordered: list[int] = []

    async def order(office: ActorRef[Order]) -> None:
        while True:
            numbers = [len(ordered) + number for number in range(1, AT_ONCE + 1)]
            ordered.extend(numbers)
            office.tell(Order(numbers))
            await asyncio.sleep(EVERY_S)

    bank = Bank(paid)
    settings = Settings(remote=RemoteSettings(failure_detector=world.chance.choice(PATIENCE)))
    programs = {name: partial(work, worker=worker, office=POOL, bank=bank) for name in WORKERS}
    programs["office"] = partial(keep_office, pool=pool)
    async with Services(world, programs, settings=settings, spared=["office"]) as services:
        await asyncio.sleep(STARTING_TAKES_S)
        office = await services.system("office").resolve(POOL)
        ordering = asyncio.create_task(order(office))
        await services.suffer(most=world.chance.choice(MISHAPS), within_s=8.0)
        ordering.cancel()
        await asyncio.sleep(WELL_AFTER_S)
        office.tell(Order([*AFTER]))
        await asyncio.sleep(WELL_AFTER_S)
    numbers = [number for _, number in made]
    missing = sorted({*ordered, *AFTER} - set(numbers))
    twice = sorted({number for number in numbers if numbers.count(number) > 1})
    idle = sorted(set(WORKERS) - {who for who, number in made if number in AFTER})
    if missing or twice or idle:
        raise AssertionError(f"payments {missing} are missing, {twice} were made twice, {idle} did nothing in the end")
