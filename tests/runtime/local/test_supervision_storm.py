"""S59: a tree in which everything fails at random recovers, or ends."""

from __future__ import annotations

import asyncio
import os
import random
from typing import Any

import pytest

from actors import Directive, OneForOneStrategy, Props
from actors.lifecycle import State
from runtime import ActorSystem, Settings
from runtime.sim.loop import SimLoop
from tests.runtime.local.storm import BREADTH, FULL_BREADTH, Node, Storm, blow

SEEDS_A_TEST = 20

FULL_SEEDS = int(os.environ.get("STORMS", "2"))
"""How many storms of full size; thousands in the long mode."""

SEEDS = max(40, FULL_SEEDS // 5)
"""How many small storms."""

FULL_SEEDS_A_TEST = 10


async def weather(seed: int, breadth: tuple[int, ...], strongest: int) -> Storm:
    """One storm, with gusts of less than `strongest` messages, and the calm after it."""
    storm = Storm(seed, breadth)
    guardian = OneForOneStrategy(decider=lambda error: top(storm, system, error), logging=False)
    settings = Settings(guardian_strategy=guardian, throughput=storm.random.choice([1, 3, 100]))
    async with ActorSystem("storm", settings, random=random.Random(seed)) as system:
        system.log = Silence()
        storm.refs.append(system.spawn(Props(Node, storm, 0), "n"))
        for _ in range(60):
            storm.refs = [ref for ref in storm.refs if system.find_local(ref.path) is not None]
            if not storm.refs:
                storm.refs.append(system.spawn(Props(Node, storm, 0), "n"))
            for _ in range(storm.random.randrange(strongest)):
                blow(storm)
            await asyncio.sleep(storm.random.choice([0.0, 0.001, 0.05]))
        storm.rages = False
        await asyncio.sleep(100.0)
        living = [cell for cell in all_cells(system.root) if cell.state is not State.TERMINATED]
        for cell in living:
            if cell.state is not State.RUNNING or cell.suspensions or cell.busy or cell.deferred:
                storm.wrong.append(f"{cell.ref} is {cell.state.name}, suspended {cell.suspensions} times, in the calm")
        nodes = {cell.ref for cell in living if cell.ref.path.elements[:2] == ("user", "n")}
        for ref in nodes:
            ref.tell("ping")
        await asyncio.sleep(1.0)
        storm.wrong += [f"{ref} does not answer in the calm" for ref in nodes - storm.pings]
        began = asyncio.get_running_loop().time()
    if asyncio.get_running_loop().time() - began > 1.0:
        storm.wrong.append("the system took long to end")
    if storm.alive:
        storm.wrong.append(f"instances {storm.alive} were never ended")
    if len(asyncio.all_tasks()) > 1:
        storm.wrong.append(f"tasks are left: {asyncio.all_tasks()}")
    return storm


def top(storm: Storm, system: ActorSystem, error: BaseException) -> Directive:
    """What `/user` decides about the root of the tree."""
    assert system._user is not None
    directive = storm.verdict(system._user.context.sender, None, error)
    return Directive.RESTART if directive is Directive.STOP and storm.random.random() < 0.9 else directive


def all_cells(cell: Any) -> list[Any]:
    """A cell and everybody below it."""
    children = cell.family.all() if cell.family is not None else []
    return [cell, *(other for child in children for other in all_cells(child.ref.sink))]


class Silence:
    """A log for those who expect the worst."""

    def __getattr__(self, name: str) -> Any:
        return lambda *_, **__: self


def run(seed: int, breadth: tuple[int, ...] = BREADTH, strongest: int = 20) -> Storm:
    """One storm on a loop of its own."""
    with asyncio.Runner(loop_factory=lambda: SimLoop(seed, limit_s=10_000.0)) as runner:
        return runner.run(weather(seed, breadth, strongest))


@pytest.mark.parametrize("first", range(0, SEEDS, SEEDS_A_TEST))
def test_storm(first: int) -> None:
    """S59: nobody handles a message while suspended, nobody stays suspended, each life ends once, the system ends."""
    handled = failures = 0
    for seed in range(first, first + SEEDS_A_TEST):
        storm = run(seed)
        assert not storm.wrong, f"seed {seed}: {storm.wrong[:5]}"
        handled, failures = handled + storm.handled, failures + storm.failures

    assert handled > 50 * SEEDS_A_TEST, "a storm in which nobody works shows nothing"
    assert failures > 20 * SEEDS_A_TEST


@pytest.mark.parametrize("first", range(0, FULL_SEEDS, FULL_SEEDS_A_TEST))
def test_storm_of_full_size(first: int) -> None:
    """S59: the same with 500 actors; `STORMS=5000` in the environment makes it thousands of seeds."""
    handled = failures = 0
    seeds = range(first, min(first + FULL_SEEDS_A_TEST, FULL_SEEDS))
    for seed in seeds:
        storm = run(seed, FULL_BREADTH, 150)
        assert not storm.wrong, f"seed {seed}: {storm.wrong[:5]}"
        handled, failures = handled + storm.handled, failures + storm.failures

    assert handled > 100 * len(seeds), "a storm in which nobody works shows nothing"
    assert failures > 100 * len(seeds)


def test_storms_can_be_replayed() -> None:
    """S59: a seed replays its storm, so that what it shows can be looked at again."""
    first, second, other = run(7), run(7), run(8)

    assert (first.handled, first.failures, first.instances) == (second.handled, second.failures, second.instances)
    assert (first.handled, first.failures) != (other.handled, other.failures)
