"""`clocks`: how the clocks of simulated machines go, and who has which."""

from __future__ import annotations

import asyncio
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runtime.sim.clocks import EVERYBODY, LOOKS_S, Clock, clocks, moving, others
from runtime.sim.network import SimTransport
from runtime.sim.schedule import parsed
from runtime.sim.world import World


async def test_each_process_has_its_own_clock() -> None:
    """Offset and rate: what a process sleeps by its own clock is shorter or longer for the world."""
    woke: dict[str, tuple[float, float]] = {}
    async with World() as world:
        loop = asyncio.get_running_loop()

        async def main(transport: SimTransport) -> None:
            here = asyncio.get_running_loop()
            before = here.time()
            async with asyncio.timeout(20.0):
                await asyncio.sleep(10.0)
            woke[transport.process.name] = (here.time() - before, world.network.now())

        programs = [
            world.launch("fast", main, clock=Clock(100.0, 2.0)),
            world.launch("slow", main, clock=Clock(0.0, 0.5)),
        ]
        await asyncio.gather(*programs)
        assert woke == {"fast": (10.0, 5.0), "slow": (10.0, 20.0)}
        assert loop.time() == 20.0


@given(st.floats(-1e6, 1e6), st.floats(0.5, 2.0), st.floats(0, 1e6, allow_subnormal=False))
def test_a_clock_never_wakes_too_early(offset_s: float, rate: float, shown_s: float) -> None:
    """The moment at which a clock shows a time is not one at which it does not show it yet."""
    clock = Clock(offset_s, rate)
    assert clock.shows(clock.when(shown_s)) >= shown_s


def test_a_clock_runs_forward() -> None:
    """A rate of 0 or less is refused, and so are a tick and a look below 0."""
    with pytest.raises(ValueError, match="rate must be above 0"):
        Clock(rate=0.0)
    with pytest.raises(ValueError, match="tick must not be below 0"):
        Clock(tick_s=-0.001)
    with pytest.raises(ValueError, match="must not take less than 0 s"):
        Clock(look_s=-1e-6)


@given(st.floats(-1e3, 1e3), st.floats(0.5, 2.0), st.floats(0, 1e3), st.floats(0, 100.0))
def test_timers_in_ticks_come_half_a_tick_early_at_most(
    offset_s: float, rate: float, world_s: float, wait_s: float
) -> None:
    """They wait for a whole number of ticks by their own clock, and for one at least, so that time goes on."""
    clock = Clock(offset_s, rate, 0.001)
    now_s = clock.shows(world_s)
    rings_s = clock.shows(clock.rings(now_s + wait_s, world_s))
    assert abs(rings_s - now_s - wait_s) <= (0.0005 if wait_s >= 0.0005 else 0.001) + 1e-6
    assert abs((rings_s - now_s) / 0.001 - round((rings_s - now_s) / 0.001)) < 1e-3
    assert rings_s > now_s or now_s + wait_s == now_s


async def test_a_process_whose_loop_counts_in_ticks_wakes_early() -> None:
    """`asyncio.sleep` of 10.4 ms ends after 10 ms there, and after 10.4 elsewhere."""
    woke: dict[str, float] = {}
    async with World() as world:

        async def main(transport: SimTransport) -> None:
            await asyncio.sleep(0.0104)
            woke[transport.process.name] = world.network.now()

        await asyncio.gather(world.launch("coarse", main, clock=Clock(tick_s=0.001)), world.launch("exact", main))
    assert woke == {"coarse": 0.01, "exact": 0.0104}


async def test_code_takes_time_where_each_look_does() -> None:
    """Its own clock goes on with each look, never back, and never beyond what the world's has reached since."""
    async with World() as world:

        async def main(transport: SimTransport) -> list[float]:
            loop = asyncio.get_running_loop()
            shown = [loop.time() for _ in range(4)]
            await asyncio.sleep(0.001)  # until less than what the looks have taken is over
            shown.append(loop.time())
            await asyncio.sleep(10.0)
            return [*shown, loop.time() - world.network.now()]

        *looks, after, behind = await world.launch("slow", main, clock=Clock(offset_s=50.0, look_s=0.25))
        assert looks == [50.0, 50.25, 50.5, 50.75]
        assert after >= 51.0
        assert 50.0 <= behind < 50.5


def test_a_schedule_sets_clocks() -> None:
    """Of one machine; or, without a target, how long code takes on all, also where there is another clock."""
    lines = "0.0 clock for=0.0 look=0.0001", "0.0 clock n1 for=0.0 offset=5.0 rate=1.01", "1.0 kill n1 for=1.0"
    found = clocks(parsed("\n".join(lines)))
    assert found == {EVERYBODY: Clock(look_s=0.0001), "n1": Clock(5.0, 1.01)}
    assert clocks(parsed("0.0 clock n1 for=0.0 tick=0.001")) == {"n1": Clock(tick_s=0.001)}
    assert [fault.targets for fault in others(parsed("\n".join(lines)))] == [("n1",), ("n1",)]


async def test_who_is_started_has_the_clock_of_its_machine() -> None:
    """One that has none of its own has that of everybody."""
    async with World() as world:
        world.set_clocks(parsed("0.0 clock for=0.0 look=0.0001\n0.0 clock n1 for=0.0 offset=5.0"))

        async def main(transport: SimTransport) -> Clock | None:
            return transport.process.clock

        assert await world.launch("n1", main) == Clock(5.0, look_s=0.0001)
        assert await world.launch("n2", main) == Clock(look_s=0.0001)


def test_code_takes_time_in_some_seeds() -> None:
    """In about a quarter of them, and for as long as is known."""
    drawn = [fault for seed in range(200) for fault in moving(random.Random(seed))]
    assert 30 < len(drawn) < 70
    assert {fault.number("look") for fault in drawn} == set(LOOKS_S)
