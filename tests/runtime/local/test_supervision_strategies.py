"""One for one and all for one, limits and windows, seen from outside."""

from __future__ import annotations

from typing import Any

import pytest

from actors import ActorRef, AllForOneStrategy, Backoff, Directive, OneForOneStrategy, Props
from runtime import ActorSystem, TestProbe
from tests.runtime.local.puppets import PUPPETS, Puppet, child_of, quiet, raising, supervisor

DAY_S = 86_400.0


async def three(system: ActorSystem, diary: list[str], strategy: OneForOneStrategy) -> list[ActorRef[Any]]:
    """Three siblings `x`, `y`, `z` under a puppet with this strategy."""
    parent = system.spawn(Props(Puppet, diary, "p", strategy))
    children = [await child_of(parent, Props(Puppet, diary, name), name) for name in "xyz"]
    diary.clear()
    return children


def after(diary: list[str], what: str) -> list[str]:
    """Whose entry it is, for each entry about this."""
    return sorted(entry.split()[0] for entry in diary if entry.endswith(f" {what}"))


async def test_one_for_one(actor_system: ActorSystem) -> None:
    """S15: one for one treats the failed child only; its siblings keep their state and go on."""
    diary: list[str] = []
    children = await three(actor_system, diary, OneForOneStrategy(decider=[ValueError], logging=False))

    children[1].tell(raising(ValueError()))
    for child in children:
        child.tell("after")
    await quiet()

    assert after(diary, "after") == ["x1", "y1", "z1"]  # the diary was cleared: `y1` is a second instance
    assert after(diary, "made") == ["y1"]


async def test_all_for_one_restart(actor_system: ActorSystem) -> None:
    """S16: all for one restarts the failed child and all its siblings."""
    diary: list[str] = []
    children = await three(actor_system, diary, AllForOneStrategy(decider=[ValueError], logging=False))

    children[1].tell(raising(ValueError()))
    for child in children:
        child.tell("after")
    await quiet()

    assert after(diary, "pre_restart") == ["x1", "y1", "z1"]
    assert after(diary, "post_restart") == ["x1", "y1", "z1"]
    assert len(after(diary, "after")) == 3


async def test_all_for_one_stop(actor_system: ActorSystem) -> None:
    """S17: all for one stops all children when the directive is stop."""
    diary: list[str] = []
    probe = TestProbe(actor_system)
    children = await three(actor_system, diary, AllForOneStrategy(decider={ValueError: Directive.STOP}, logging=False))
    for child in children:
        probe.watch(child)

    children[1].tell(raising(ValueError()))

    assert {(await probe.receive_one()).ref for _ in children} == set(children)


async def test_all_for_one_resume(actor_system: ActorSystem) -> None:
    """S18: all for one resumes the failed child, and does nothing to the others."""
    diary: list[str] = []
    strategy = AllForOneStrategy(decider={ValueError: Directive.RESUME}, logging=False)
    children = await three(actor_system, diary, strategy)

    children[1].tell(raising(ValueError()))
    for child in children:
        child.tell("after")
    await quiet()

    assert sorted(diary) == ["x1 after", "y1 after", "z1 after"]


async def test_all_for_one_needs_a_retry_of_each(actor_system: ActorSystem) -> None:
    """S19: all for one stops all when one of them has no restart left."""
    diary: list[str] = []
    probe = TestProbe(actor_system)
    strategy = AllForOneStrategy(1, decider=[ValueError], logging=False)
    children = await three(actor_system, diary, strategy)
    for child in children:
        probe.watch(child)

    children[0].tell(raising(ValueError()))
    await quiet()
    assert len(after(diary, "post_restart")) == 3
    children[2].tell(raising(ValueError()))

    assert {(await probe.receive_one()).ref for _ in children} == set(children)


async def test_all_for_one_and_a_mere_stop(actor_system: ActorSystem) -> None:
    """S20: a child that stops without a failure is no concern of its siblings, also under all for one."""
    diary: list[str] = []
    children = await three(actor_system, diary, AllForOneStrategy(decider=[ValueError], logging=False))

    children[1].tell(lambda actor: actor.context.stop(actor.ref))
    await quiet()
    for child in (children[0], children[2]):
        child.tell("after")
    await quiet()

    assert diary == ["y1 post_stop", "x1 after", "z1 after"]


async def fails(child: ActorRef[Any], times: int, pause_s: float = 1.0) -> None:
    """Let a child fail so often."""
    for _ in range(times):
        child.tell(raising(ValueError()))
        await quiet(pause_s)


@pytest.mark.parametrize(
    ("limit", "window_s", "failures", "pause_s", "instances"),
    [
        (0, None, 1, 1.0, 1),  # S21
        (0, 60.0, 1, 1.0, 1),  # S21
        (3, None, 4, 1.0, 4),  # S22: three restarts, then the end
        (3, None, 4, DAY_S / 8, 4),  # S22: the counter never decays
        (None, None, 100, 1.0, 101),  # S23
        (-1, None, 100, 1.0, 101),  # S23
        (None, 10.0, 2, 1.0, 2),  # S24
        (-1, 10.0, 3, 11.0, 4),  # S24: one in each window
        (2, 10.0, 3, 1.0, 3),  # S25
        (2, 10.0, 8, 6.0, 9),  # S25: two in each window, for ever
        (1, 30 * DAY_S, 2, 60.0, 2),  # S27
    ],
)
async def test_limits(
    actor_system: ActorSystem, limit: int | None, window_s: float | None, failures: int, pause_s: float, instances: int
) -> None:
    """S21, S22, S23, S24, S25, S27: a child has as many instances as its limit, its window and its failures allow."""
    diary: list[str] = []
    limits: dict[str, Any] = {"max_nr_of_retries": limit, "within_time_range_s": window_s}
    parent = actor_system.spawn(supervisor(diary, [ValueError], **limits))
    child = await child_of(parent, Props(Puppet, diary, "c"))

    await fails(child, failures, pause_s)

    assert sum(entry.endswith(" made") for entry in diary if entry.startswith("c")) == instances
    alive = instances == failures + 1
    assert (diary[-1] == f"c{instances} post_stop") is not alive


async def test_counters_are_of_one_child(actor_system: ActorSystem) -> None:
    """S26: each child has its own count, and a new child of the same name begins at zero."""
    diary: list[str] = []
    parent = actor_system.spawn(supervisor(diary, [ValueError], max_nr_of_retries=1))
    first = await child_of(parent, Props(Puppet, diary, "x"), "x")
    second = await child_of(parent, Props(Puppet, diary, "y"), "y")

    await fails(first, 1)
    await fails(second, 1)
    assert diary[-1] == "y2 pre_start"
    await fails(first, 1)
    assert diary[-1] == "x2 post_stop"
    again = await child_of(parent, Props(Puppet, diary, "x"), "x")
    await fails(again, 1)

    assert diary[-1] == "x4 pre_start"


@pytest.mark.parametrize("puppet", PUPPETS)
async def test_the_end_at_the_limit(actor_system: ActorSystem, puppet: type[Puppet]) -> None:
    """S28: at the limit the present instance gets `post_stop` and no `pre_restart`."""
    diary: list[str] = []
    parent = actor_system.spawn(supervisor(diary, [ValueError], max_nr_of_retries=1))
    child = await child_of(parent, Props(puppet, diary, "c"))
    await fails(child, 1)
    diary.clear()

    await fails(child, 1)

    assert diary == ["c2 post_stop"]


@pytest.mark.parametrize("puppet", PUPPETS)
@pytest.mark.parametrize("hook", ["made", "post_restart"])
async def test_failed_restarts_count(actor_system: ActorSystem, puppet: type[Puppet], hook: str) -> None:
    """S29: a restart that fails in the constructor or in `post_restart` uses up retries like any other."""
    diary: list[str] = []

    def broken(actor: Puppet, *_: Any) -> None:
        if actor.number > 1:
            raise OSError("still broken")

    parent = actor_system.spawn(supervisor(diary, [Exception], max_nr_of_retries=3))
    child = await child_of(parent, Props(puppet, diary, "c", **{hook: broken}))
    probe = TestProbe(actor_system)
    probe.watch(child)

    child.tell(raising(ValueError()))
    await probe.expect_terminated(child)

    assert [entry for entry in diary if entry.endswith(" made")] == [
        "p1 made",
        "c1 made",
        "c2 made",
        "c3 made",
        "c4 made",
    ]
    assert diary.count("c1 pre_restart") == 1
    assert not any(entry.endswith("pre_restart") for entry in diary if not entry.startswith("c1"))


async def test_siblings_wait_for_a_common_restart(actor_system: ActorSystem) -> None:
    """S16, S52: under all for one with a backoff the siblings wait as well, and all go on after one restart each."""
    diary: list[str] = []
    strategy = AllForOneStrategy(decider=[ValueError], logging=False, backoff=Backoff(10.0, 10.0, 0.0))
    parent = actor_system.spawn(Props(Puppet, [], "p", strategy))
    first, second = [await child_of(parent, Props(Puppet, diary, name)) for name in "xy"]
    diary.clear()

    first.tell(raising(ValueError()))
    second.tell(raising(ValueError()))
    await quiet(1.0)
    first.tell("after")
    second.tell("after")
    await quiet(5.0)
    assert diary == []
    await quiet(100.0)

    assert [entry[0] for entry in diary if entry.endswith("after")] == ["x", "y"]


async def test_both_fail_under_all_for_one(actor_system: ActorSystem) -> None:
    """S16, S52: siblings that fail at once are restarted for both failures and go on."""
    diary: list[str] = []
    parent = actor_system.spawn(Props(Puppet, [], "p", AllForOneStrategy(decider=[ValueError], logging=False)))
    children = [await child_of(parent, Props(Puppet, diary, name)) for name in "xyz"]

    for child in children:
        child.tell(raising(ValueError()))
    for child in children:
        child.tell("after")
    await quiet()

    assert sorted(entry[0] for entry in diary if entry.endswith("after")) == ["x", "y", "z"]
