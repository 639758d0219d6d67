"""DeathWatch under any sequence of watches, deaths, failures and pauses, with the watchers in another system."""

from __future__ import annotations

import asyncio
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from actors import OneForOneStrategy
from runtime import Settings
from runtime.sim.world import World
from tests.runtime.across.stage import Stage
from tests.runtime.local.diaries import STEPS, SUBJECTS, WATCHERS, Diarist, judge, order

PAUSES_S = (0.0001, 0.0005, 0.002)
"""Of "quiet" steps; a message takes about as long from one system to the other."""


def lives(steps: list[tuple[str, int, int]], seed: int) -> list[list[tuple[str, Any, Any]]]:
    """Perform the steps, let all subjects die, and return the diaries of the watchers."""
    silent = Settings(guardian_strategy=OneForOneStrategy(logging=False))

    async def story(world: World) -> list[list[tuple[str, Any, Any]]]:
        stage = Stage(await world.start("here", silent), await world.start("there", silent))
        diaries: list[list[tuple[str, Any, Any]]] = [[] for _ in range(WATCHERS)]
        watchers = [stage.watcher(lambda diary=diary: Diarist(diary)) for diary in diaries]
        subjects = [stage.subject() for _ in range(SUBJECTS)]
        for number, (what, watcher, subject) in enumerate(steps):
            if what == "quiet":
                await asyncio.sleep(PAUSES_S[number % len(PAUSES_S)])
            elif what == "stop":
                stage.stop(subjects[subject])
            else:
                watchers[watcher].tell(order(what, subjects[subject]))
        await asyncio.sleep(1.0)
        for ref in subjects:
            stage.stop(ref)
        await asyncio.sleep(1.0)
        for system in (stage.here, stage.there):
            assert system.remote is not None
            assert system.remote.watch_counts() == {}
        return diaries

    return World.run(story, seed)


@given(STEPS, st.integers(0, 10_000))
def test_each_registration_is_answered_once(steps: list[tuple[str, int, int]], seed: int) -> None:
    """D1, D9, D20, D21, D24, D30, D31, D49, D89: a registration that stands is answered once, as it asked."""
    for diary in lives(steps, seed):
        judge(diary)
