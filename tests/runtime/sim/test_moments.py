"""Faults that wait until something is seen to happen, and not for a time of the clock."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import pytest

from runtime.sim.campaign import Record
from runtime.sim.moments import Moment, MomentNemesis
from runtime.sim.network import SimNetwork
from runtime.sim.schedule import parsed, printed
from runtime.sim.trace import Trace
from runtime.sim.weather import Weather
from runtime.sim.world import World


class Town(MomentNemesis):
    """Two hosts that can only be silent."""

    at_once = ("silence",)

    def __init__(self, network: SimNetwork) -> None:
        super().__init__(network, Record(Trace(), network.now), Weather())
        self.heard: list[str] = []
        self.began = network.now()

    def everybody(self) -> list[str]:
        return ["one", "two"]

    def is_up(self, name: str) -> bool:
        return True

    def ended(self, name: str) -> None: ...

    def restart(self, name: str) -> None: ...

    def _silence(self, fault: Any, name: str) -> Callable[[], None]:
        self.heard.append(f"{self._network.now() - self.began:g} {name}")
        return lambda: self.heard.append(f"{self._network.now() - self.began:g} over")


async def played(schedule: str, *words: tuple[float, str]) -> list[str]:
    """What a schedule does where `one` says words to `two` at these moments."""
    async with World() as world:
        town = Town(world.network)
        await town.perform(parsed(schedule))
        for at_s, word in words:
            await asyncio.sleep(town.began + at_s - world.network.now())
            town.moments.happens(Moment(word, "one", "two"))
            town.heard.append(word)
        await asyncio.sleep(0.5)
        town.heal()
        town.moments.happens(Moment("yes", "one", "two"))
        return town.heard


async def test_a_fault_waits_for_the_nth_time_from_its_own_moment_on() -> None:
    """What happened before does not count; it strikes whoever has that part in it, and is over after its time."""
    told = await played("1.0 silence@yes peer for=0.1 nth=2 after=0.25", (0.5, "yes"), (1.5, "yes"), (2.0, "yes"))
    assert told == ["yes", "yes", "yes", "2.25 two", "2.35 over"]


async def test_a_fault_may_strike_in_the_midst_of_it() -> None:
    """Before what happens is done, if it says so and its kind can; and each time, but not when all is healed."""
    assert await played("0.0 silence@yes who for=5.0 after=-1", (0.5, "yes")) == ["0.5 one", "yes", "1 over"]
    told = await played("0.0 silence@yes who for=0.1 after=-1 each=1", (0.5, "yes"), (1.0, "yes"))
    assert told == ["0.5 one", "yes", "0.6 over", "1 one", "yes", "1.1 over"]


async def test_a_fault_may_be_behind_another() -> None:
    """It waits from the moment on at which the other strikes; never if that does not."""
    schedule = "0.0 silence@yes who for=0.1 nth=2 first=7\n0.0 silence@no peer for=0.1 behind=7"
    told = await played(schedule, (0.5, "no"), (1.0, "yes"), (1.5, "yes"), (2.0, "no"))
    assert told == ["no", "yes", "yes", "1.5 one", "1.6 over", "no", "2 two", "2.1 over"]
    assert await played(schedule.splitlines()[1], (0.5, "no")) == ["no"]


def test_what_a_fault_waits_for_is_in_its_text() -> None:
    """So schedules are printed, parsed and made smaller as all others; what there is not is said."""
    text = "3.0 silence@yes who for=2.0 nth=2.0 after=0.001"
    assert printed(parsed(text)) == text

    async def story(world: World) -> None:
        Town(world.network).check(parsed(text))
        with pytest.raises(ValueError, match="there is no fault noise here"):
            Town(world.network).check(parsed("3.0 noise@yes who"))

    World.run(story)
