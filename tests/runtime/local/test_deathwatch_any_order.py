"""DeathWatch under any sequence of watches, deaths, failures and pauses, judged by what each watcher lived through."""

from __future__ import annotations

import asyncio
import random
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from actors import OneForOneStrategy
from runtime import ActorSystem, Settings
from runtime.sim.loop import SimLoop
from tests.runtime.local.diaries import STEPS, SUBJECTS, WATCHERS, Diarist, judge, order
from tests.runtime.local.people import all_is_quiet, obedient


async def live_through(steps: list[tuple[str, int, int]]) -> list[list[tuple[str, Any, Any]]]:
    """Perform the steps, let all subjects die, and return the diaries."""
    silent = Settings(guardian_strategy=OneForOneStrategy(logging=False))
    async with ActorSystem("test", silent, random=random.Random(1)) as system:
        diaries: list[list[tuple[str, Any, Any]]] = [[] for _ in range(WATCHERS)]
        watchers = [system.spawn(lambda diary=diary: Diarist(diary)) for diary in diaries]
        subjects = [system.spawn(obedient()) for _ in range(SUBJECTS)]
        for what, watcher, subject in steps:
            if what == "quiet":
                await asyncio.sleep(0.005)
            elif what == "stop":
                system.stop(subjects[subject])
            else:
                watchers[watcher].tell(order(what, subjects[subject]))
        await asyncio.sleep(1.0)
        for ref in subjects:
            system.stop(ref)
        await all_is_quiet()
        await asyncio.sleep(1.0)
    return diaries


@given(STEPS, st.integers(0, 3))
def test_each_registration_is_answered_once(steps: list[tuple[str, int, int]], seed: int) -> None:
    """D1, D9, D20, D21, D24, D30, D31, D49: a registration that stands is answered once, as it asked."""
    loop = SimLoop(seed, limit_s=60.0)
    diaries = loop.run_until_complete(live_through(steps))
    loop.close()

    for diary in diaries:
        judge(diary)
