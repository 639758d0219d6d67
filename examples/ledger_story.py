"""The test of the ledger: its machines suffer what the seed draws, and what was confirmed has to be there at the end.

The machine of the ledger dies like the others, also by a loss of power, and its disk is slow or full for a while. When
all is well again it loses power once more: only then does it show what was on the disk, and what was not. Nothing here
waits for real: `World` runs the machines on virtual time, in one thread.
"""

from __future__ import annotations

import asyncio
from functools import partial

from examples.ledger import Deposit, Ledger, Statement, keep_ledger, sell
from runtime.sim import World
from runtime.sim.schedule import parsed
from runtime.sim.services import Services

SHOPS = ("shop1", "shop2")
LEDGER = "actor://office@office:2552/user/ledger"
SELLS_EVERY_S = 0.3
AFTER = 20
"""So many deposits are made in each shop when all is well again."""
MISHAPS = (5, 20)
WELL_AFTER_S = 30.0


async def nothing_confirmed_is_lost(world: World, ledger: type[Ledger] = Ledger) -> None:
    """Make deposits, while machines die, lose power and are cut off, and the disk has no room and no time.

    Args:
        world: Of the ledger and the shops.
        ledger: Which ledger.

    Raises:
        AssertionError: If a deposit that was confirmed is missing in the end, or one that was made is not confirmed.
    """
    made: dict[str, int] = {}
    confirmed: list[str] = []
    waiting: dict[str, list[Deposit]] = {shop: [] for shop in SHOPS}

    def note(shop: str, key: str) -> None:
        confirmed.append(key)
        world.tell(shop, "confirmed", key)

    def deposit(shop: str) -> None:
        key = f"{shop}-{len(made)}"
        made[key] = world.chance.randint(1, 10_000)
        waiting[shop].append(Deposit(key, made[key]))

    async def deal() -> None:
        while True:
            deposit(world.chance.choice(SHOPS))
            await asyncio.sleep(SELLS_EVERY_S)

    programs = {
        shop: partial(sell, ledger=LEDGER, deposits=waiting[shop], confirmed=partial(note, shop)) for shop in SHOPS
    }
    programs["office"] = partial(keep_ledger, ledger=ledger, disk=world.disk("office"))
    async with Services(world, programs) as services:
        dealing = asyncio.create_task(deal())
        await services.suffer(most=world.chance.choice(MISHAPS), within_s=10.0)
        dealing.cancel()
        for shop in SHOPS:
            for _ in range(AFTER):
                deposit(shop)
        await asyncio.sleep(WELL_AFTER_S)
        await services.suffer(parsed("0.0 vanish office for=1.0"))
        await asyncio.sleep(1.0)
        clerk = await services.system("office").resolve(LEDGER)
        kept = await clerk.ask(Statement())
    missing = sorted(key for key in confirmed if kept.get(key) != made[key])
    unanswered = sorted(made.keys() - set(confirmed))
    if missing or unanswered:
        raise AssertionError(f"deposits {missing} were confirmed and are lost, {unanswered} were never confirmed")
