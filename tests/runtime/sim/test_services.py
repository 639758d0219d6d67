"""`Services`: programs on machines live again whatever ends them, suffer what a seed draws, and end with the world."""

from __future__ import annotations

import asyncio
import contextlib
import random
import sys
from collections import Counter
from collections.abc import Coroutine
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runtime.sim import World
from runtime.sim.campaign import seeds
from runtime.sim.failures import UnhandledErrors
from runtime.sim.misfortune import LINKS, NUMBERS
from runtime.sim.mishaps import draw, mishaps
from runtime.sim.misspelt import CLOCK, check_numbers
from runtime.sim.schedule import Fault, parsed
from runtime.sim.services import Services
from runtime.system import ActorSystem

LONG_S = 60.0


class Lives:
    """Counts how often the program of each machine was started."""

    def __init__(self) -> None:
        self.of: Counter[str] = Counter()

    async def patient(self, system: ActorSystem) -> None:
        """Runs until its system is asked to end."""
        self.of[system.name] += 1
        await system.when_terminated()

    async def deaf(self, system: ActorSystem) -> None:
        """Does not care whether its system lives."""
        self.of[system.name] += 1
        await asyncio.sleep(1e6)

    async def brief(self, system: ActorSystem) -> None:
        """Returns at once, twice."""
        self.of[system.name] += 1
        if self.of[system.name] > 2:
            await system.when_terminated()

    async def broken(self, system: ActorSystem) -> None:
        """Raises, twice."""
        self.of[system.name] += 1
        if self.of[system.name] > 2:
            await system.when_terminated()
        raise RuntimeError("a bug")

    def early(self, system: ActorSystem) -> Coroutine[Any, Any, None]:
        """Raises before there is anything to await, twice."""
        self.of[system.name] += 1
        if self.of[system.name] <= 2:
            raise RuntimeError("a bug")
        return system.when_terminated()

    async def leaving(self, system: ActorSystem) -> None:
        """Ends its process, twice."""
        self.of[system.name] += 1
        if self.of[system.name] > 2:
            await system.when_terminated()
        sys.exit("no")

    async def cancelled(self, system: ActorSystem) -> None:
        """Cancels itself, twice."""
        self.of[system.name] += 1
        if self.of[system.name] > 2:
            await system.when_terminated()
        raise asyncio.CancelledError


@pytest.mark.parametrize("fault", ["kill", "vanish", "leave"])
@pytest.mark.parametrize("program", ["patient", "deaf"])
async def test_whatever_ends_a_program_it_lives_again(fault: str, program: str) -> None:
    """Killed, unplugged or asked to leave: it is started once more, when the fault is over."""
    lives = Lives()
    async with World() as world, Services(world, {"a": getattr(lives, program), "b": lives.patient}) as services:
        system = services.system("a")
        await services.suffer([Fault(1.0, fault, ("a",), 2.0)])
        await asyncio.sleep(1.0)
        assert lives.of == {"a": 2, "b": 1}
        assert services.system("a") is not system


@pytest.mark.parametrize(
    ("program", "why"),
    [
        ("brief", "returned"),
        ("broken", "RuntimeError: a bug"),
        ("early", "RuntimeError: a bug"),
        ("leaving", "SystemExit: no"),
        ("cancelled", "asyncio.exceptions.CancelledError"),
    ],
)
async def test_a_program_that_ends_is_started_again(program: str, why: str) -> None:
    """Whether it returns or raises; the timeline says why it has ended."""
    events: list[tuple[str, str, str]] = []
    lives = Lives()
    async with World() as world:
        world.network.told = lambda *event: events.append(event)
        async with Services(world, {"a": getattr(lives, program)}):
            await asyncio.sleep(2.0)
            assert lives.of == {"a": 3}
    assert events.count(("a", "program ended", why)) >= 2


async def test_nothing_is_started_after_the_end() -> None:
    """What ends when it is over stays away."""
    lives = Lives()
    async with World() as world:
        async with Services(world, {"a": lives.patient}) as services:
            services.system("a").begin_to_terminate("over")
        await asyncio.sleep(LONG_S)
        assert lives.of == {"a": 1}


async def test_all_is_well_after_it_has_suffered() -> None:
    """No link is cut, nobody stands still, and everybody is up."""
    lives = Lives()
    async with World(3) as world, Services(world, dict.fromkeys(("a", "b", "c"), lives.patient)) as services:
        await services.suffer(most=12, within_s=5.0)
        await asyncio.sleep(1.0)
        assert not world.network.is_cut("a", "b")
        for name in ("a", "b", "c"):
            process = world.network.process(name)
            assert process.alive
            assert not process.frozen
            assert services.system(name).name == name


@pytest.mark.parametrize(
    ("line", "text"),
    [
        ("1.0 kil a for=1.0", "there is no fault kil; there are cut, delay, disk-full, disk-slow, freeze"),
        ("1.0 kill c for=1.0", "there is no machine c; there are a, b"),
        ("1.0 cut a for=1.0", "cut happens to 2, not to 1"),
        ("1.0 disk-slow a for=1.0 seconds=1.0", "a has no disk; give its program world.disk"),
    ],
)
async def test_a_mistake_in_a_schedule_is_named(line: str, text: str) -> None:
    """Before anything is done."""
    lives = Lives()
    async with World() as world, Services(world, {"a": lives.patient, "b": lives.patient}) as services:
        with pytest.raises(ValueError, match=text):
            await services.suffer(parsed(f"0.5 kill a for=1.0\n{line}"))
        await asyncio.sleep(LONG_S)
        assert lives.of == {"a": 1, "b": 1}


async def test_what_is_mistaken_is_named() -> None:
    """A text has letters, which are no machines; outside of `async with` nobody is up, and nobody suffered."""
    async with World() as world:
        with pytest.raises(TypeError, match=r"spared is a list of machines: \['office'\]"):
            Services(world, {"office": Lives().patient}, spared="office")
        services = Services(world, {"office": Lives().patient})
        with pytest.raises(RuntimeError, match="up within `async with"):
            await services.suffer()
        async with services:
            for given in ({"faults": 5}, {"most": "5"}, {"most": 5.5}):
                with pytest.raises(TypeError, match=r"a whole number: suffer\(most=5\)"):
                    await services.suffer(**given)
            with pytest.raises(KeyError, match="no machine ofice is up; up are office"):
                services.system("ofice")


def test_links_that_are_used_suffer_most() -> None:
    """Those of a machine in the midst: most are drawn for two that say nothing to each other, where a cut is none."""

    async def asks(system: ActorSystem) -> None:
        while True:
            with contextlib.suppress(LookupError):
                await system.resolve("actor://hub@hub:2552/user/anybody", timeout=1.0)
            await asyncio.sleep(0.2)

    async def story(world: World) -> list[Fault]:
        programs = {"hub": Lives().patient, **dict.fromkeys("abcde", asks)}
        async with Services(world, programs) as services:
            await asyncio.sleep(1.0)
            await services.suffer(most=40, within_s=5.0)
            drawn, by_hand = list(world.suffered), parsed("0.1 cut a b for=0.1")
            await services.suffer(by_hand)
            assert world.suffered == [*drawn, *by_hand]
            return [fault for fault in drawn if fault.kind in LINKS]

    faults = [fault for seed in range(4) for fault in World.run(story, seed)]
    assert sum("hub" in fault.targets for fault in faults) > len(faults) / 2  # of the links it has a third
    assert any("hub" not in fault.targets for fault in faults)


async def test_a_disk_suffers() -> None:
    """It is slow, and full, for as long as the fault lasts; two of a kind may overlap."""
    async with World() as world:
        disk = world.disk("a")
        async with Services(world, {"a": Lives().patient}) as services:
            slow = "0.0 disk-slow a for=3.0 seconds=1.0\n1.0 disk-slow a for=1.0 seconds=5.0"
            suffering = asyncio.create_task(services.suffer(parsed(f"{slow}\n0.0 disk-full a for=2.5")))
            seen = []
            for _ in range(4):
                await asyncio.sleep(0.9)
                seen.append((max(disk.delays_s, default=0.0), disk.shortages))
            await suffering
        assert seen == [(1.0, 1), (5.0, 1), (1.0, 0), (0.0, 0)]


@pytest.mark.parametrize(("fault", "left"), [("kill", {b"new"}), ("vanish", {b"", b"n", b"ne", b"new"})])
async def test_a_disk_outlives_its_programs(fault: str, left: set[bytes]) -> None:
    """A process that is killed takes nothing back; a loss of power leaves what chance says."""
    found = set()
    for seed in range(30):
        async with World(seed) as world, Services(world, {"a": Lives().patient}) as services:
            await world.disk("a").write("file", b"")
            await world.disk("a").sync("file")
            await world.disk("a").write("file", b"new")
            await services.suffer([Fault(1.0, fault, ("a",), 1.0)])
            found.add(await world.disk("a").read("file"))
    assert found == left


async def test_each_machine_has_a_clock_of_its_own() -> None:
    """As real ones: what one shows says nothing about another, and a machine that was without power counts from 0."""
    shown: dict[str, list[float]] = {"a": [], "b": []}

    async def program(system: ActorSystem) -> None:
        shown[system.name].append(asyncio.get_running_loop().time())
        await system.when_terminated()

    async with World(3) as world, Services(world, {"a": program, "b": program}) as services:
        await services.suffer(parsed("1.0 vanish a for=2.0\n5.0 kill a for=1.0\n5.0 kill b for=1.0"))
        await asyncio.sleep(1.0)
    (first, after_power, after_kill), (b_first, b_again) = shown["a"], shown["b"]
    assert abs(first - b_first) > 1.0
    assert after_power < 1.0
    assert after_kill == pytest.approx(after_power + 3.0, abs=0.1)
    assert b_again == pytest.approx(b_first + 6.0, abs=0.1)


async def test_who_is_spared_has_to_have_a_program() -> None:
    """A name that is misspelt would be a machine that dies."""
    async with World() as world:
        with pytest.raises(ValueError, match="no program runs on offise: name machines of office"):
            Services(world, {"office": Lives().patient}, spared=["offise"])


def test_a_seed_is_a_run() -> None:
    """The same seed tells the same, another one something else."""

    async def story(world: World) -> list[tuple[float, str, str, str]]:
        events: list[tuple[float, str, str, str]] = []
        world.network.told = lambda *event: events.append((world.network.now(), *event))
        lives = Lives()
        async with Services(world, dict.fromkeys(("a", "b", "c"), lives.brief)) as services:
            await services.suffer()
        return events

    assert World.run(story, 1) == World.run(story, 1)
    assert World.run(story, 1) != World.run(story, 2)


@given(seed=st.integers(), size=st.integers(1, 4), spared=st.integers(0, 4), disks=st.integers(0, 4))
def test_the_spared_do_not_die(seed: int, size: int, spared: int, disks: int) -> None:
    """Whatever is drawn, it is of a known kind, about known machines, and ends none that is spared."""
    hosts = [f"m{number}" for number in range(size)]
    for fault in draw(random.Random(seed), hosts, hosts[:spared], hosts[:disks], most=20, within_s=5.0):
        assert fault.kind in mishaps(hosts, disks=hosts[:disks])
        assert set(fault.targets) <= set(hosts)
        assert 0.0 <= fault.at_s <= 5.0
        if fault.kind in {"kill", "leave", "vanish"}:
            assert fault.targets[0] not in hosts[:spared]


def test_somebody_has_to_suffer() -> None:
    """No machines, no mishaps."""
    with pytest.raises(ValueError, match="name the machines"):
        mishaps([])


@seeds(5)
async def test_a_story_may_end_as_soon_as_all_is_well(world: World) -> None:
    """While machines are about to be up again; it was said that nothing would ever happen again."""
    async with Services(world, {"a": ActorSystem.when_terminated}) as services:
        await services.suffer(parsed("1.0 kill a for=0.5"))
        await asyncio.sleep(0)


@pytest.mark.parametrize(
    ("line", "why"),
    [
        ("1.0 cut a b one_wai=1.0", "cut has no number one_wai; it has one_way"),
        ("1.0 freeze a mean=0.1", "freeze has no number mean; it has none but `for`"),
        ("1.0 delay a b means=0.1", "delay has no number means; it has mean, one_way"),
    ],
)
@seeds(1)
async def test_a_number_that_no_fault_has_is_refused(world: World, line: str, why: str) -> None:
    """It was taken for 0, without a word."""
    async with Services(world, {"a": ActorSystem.when_terminated, "b": ActorSystem.when_terminated}) as services:
        with pytest.raises(ValueError, match=why):
            await services.suffer(parsed(line))


def test_each_number_that_is_drawn_is_known() -> None:
    """So what a seed has drawn can be played by hand."""
    for seed in range(200):
        check_numbers(draw(random.Random(seed), ["a", "b"], disks=["a"]), {**NUMBERS, "clock": CLOCK})


@seeds(1)
async def test_a_program_that_is_none_is_refused(world: World) -> None:
    """It was taken for one that fails, and was started again for ever, while its test passed."""

    async def takes_nothing() -> None:
        raise AssertionError

    for wrong in (takes_nothing, None, 17):
        with pytest.raises(TypeError, match="the program of a has to be an async function of its actor system"):
            Services(world, {"a": wrong})  # type: ignore[dict-item]


def test_a_program_that_is_not_async_fails_the_test() -> None:
    """Each of its lives would end at once."""

    async def story(world: World) -> None:
        async with Services(world, {"a": lambda _: None}):  # type: ignore[dict-item,return-value]
            await asyncio.sleep(1.0)

    with pytest.raises(UnhandledErrors) as caught:
        World.run(story)
    assert "the program of a has to be an async function" in str(caught.value.exceptions[0])


@seeds(1)
async def test_what_cannot_be_suffered_is_said(world: World) -> None:
    """In a line, and not by an error from deep inside."""
    async with Services(world, {"a": ActorSystem.when_terminated}) as services:
        with pytest.raises(TypeError, match=r"suffer\(parsed\(...\)\)"):
            await services.suffer("1.0 kill a")  # type: ignore[arg-type]
        with pytest.raises(ValueError, match="1 mishap at least"):
            await services.suffer(most=0)
        with pytest.raises(ValueError, match="within no less than 0 s"):
            await services.suffer(within_s=-1.0)
