"""Between a failure and its verdict: who waits, what is kept, and what is handled all the same."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from actors import ActorRef, Backoff, Directive, PoisonPill, Props
from actors.signals import Failed
from runtime import ActorSystem, TestProbe
from tests.runtime.local.puppets import (
    PUPPETS,
    Puppet,
    child_of,
    nothing,
    one_for_one,
    quiet,
    raising,
    supervisor,
)

SLOW = Backoff(10.0, 10.0, 0.0)
"""Verdicts that take ten seconds to take effect."""


@pytest.mark.parametrize("directive", [Directive.RESUME, Directive.RESTART])
async def test_messages_wait_in_their_order(actor_system: ActorSystem, directive: Directive) -> None:
    """S49: from the failure to the verdict no message is handled, and those that wait are kept in their order."""
    diary: list[str] = []
    seen: list[int] = []

    def decider(error: BaseException) -> Directive:
        seen.append(len(diary))
        return directive

    parent = actor_system.spawn(supervisor([], decider))
    child = await child_of(parent, Props(Puppet, diary, "c"))
    parent.tell(lambda actor: asyncio.sleep(5.0))  # the verdict takes so long
    child.tell(raising(ValueError()))
    for n in range(5):
        child.tell(n)
    await quiet(1.0)
    assert diary == ["c1 made", "c1 pre_start"]
    await quiet(10.0)

    assert [entry.split()[1] for entry in diary if entry[-1].isdigit()] == ["0", "1", "2", "3", "4"]


async def lineage(system: ActorSystem, diary: list[str], *decisions: Any, puppet: type[Puppet] = Puppet) -> Any:
    """`p` over `m` over `c` over `g`, with a decision each for `p`, `m` and `c`; `m` and `c` keep their children."""
    top, middle, child = decisions
    p = system.spawn(supervisor(diary, lambda e: top))
    m = await child_of(p, Props(puppet, diary, "m", one_for_one(lambda e: middle), pre_restart=nothing))
    c = await child_of(m, Props(puppet, diary, "c", one_for_one(lambda e: child), pre_restart=nothing))
    g = await child_of(c, Props(puppet, diary, "g"))
    diary.clear()
    return p, m, c, g


async def test_descendants_wait_and_go_on(actor_system: ActorSystem) -> None:
    """S50, S51: all descendants of a failing actor wait for its verdict, and go on after resume."""
    diary: list[str] = []
    p, m, c, g = await lineage(actor_system, diary, Directive.RESUME, Directive.RESUME, Directive.RESUME)

    p.tell(lambda actor: asyncio.sleep(5.0))
    m.tell(raising(ValueError()))
    await quiet(1.0)
    for ref in (m, c, g):
        ref.tell("x")
    await quiet(1.0)
    assert diary == []
    await quiet(10.0)

    assert sorted(diary) == ["c1 x", "g1 x", "m1 x"]


async def test_suspensions_nest(actor_system: ActorSystem) -> None:
    """S52: who waits for its own failure and for its parent's goes on only after both."""
    diary: list[str] = []
    p, m, c, _ = await lineage(actor_system, diary, Directive.RESUME, Directive.RESUME, Directive.RESUME)

    p.tell(lambda actor: asyncio.sleep(20.0))  # the verdict on `m`
    m.tell(lambda actor: asyncio.sleep(5.0))  # the verdict on `c`, and then
    m.tell(raising(ValueError()))
    c.tell(raising(ValueError()))
    c.tell("x")
    await quiet(15.0)
    assert diary == []
    await quiet(15.0)

    assert diary == ["c1 x"]


async def test_suspensions_of_two_ancestors_nest(actor_system: ActorSystem) -> None:
    """S52: a descendant of two failed actors goes on when both are resumed."""
    diary: list[str] = []
    p, m, c, g = await lineage(actor_system, diary, Directive.RESUME, Directive.RESUME, Directive.RESUME)

    p.tell(lambda actor: asyncio.sleep(20.0))
    m.tell(lambda actor: asyncio.sleep(5.0))
    m.tell(raising(ValueError()))
    c.tell(raising(ValueError()))
    await quiet(1.0)
    g.tell("x")
    await quiet(15.0)
    assert diary == []
    await quiet(15.0)

    assert diary == ["g1 x"]


async def test_children_of_the_suspended(actor_system: ActorSystem) -> None:
    """S53: a child made while its parent is suspended starts, and waits like its parent."""
    diary: list[str] = []
    made: list[ActorRef[Any]] = []

    def spawn_early(actor: Puppet, *_: Any) -> None:
        made.append(actor.context.spawn(Props(Puppet, diary, "g")))

    def slow(actor: Puppet, *_: Any) -> Any:
        return asyncio.sleep(5.0)

    parent = actor_system.spawn(supervisor([], [ValueError]))

    async def pre_restart(actor: Puppet, *_: Any) -> None:
        spawn_early(actor)
        made[0].tell("x")
        await slow(actor)

    child = await child_of(parent, Props(Puppet, diary, "c", pre_restart=pre_restart))
    child.tell(raising(ValueError()))
    await quiet(1.0)
    assert diary[2:] == ["c1 pre_restart", "g1 made", "g1 pre_start"]
    await quiet(10.0)

    assert diary[-1] == "g2 x"


async def test_failures_wait_for_the_failed(actor_system: ActorSystem) -> None:
    """S54: a child's failure that comes while its supervisor has failed is judged when that has recovered."""
    diary: list[str] = []
    judged: list[str] = []
    p = actor_system.spawn(supervisor(diary, lambda e: judged.append("m") or Directive.RESUME))  # type: ignore[func-returns-value]
    decider = lambda e: judged.append("c") or Directive.RESUME  # type: ignore[func-returns-value]  # noqa: E731
    m = await child_of(p, Props(Puppet, diary, "m", one_for_one(decider)))
    c = await child_of(m, Props(Puppet, diary, "c"))

    async def fail_later(actor: Puppet) -> None:
        await asyncio.sleep(1.0)
        raise ValueError

    p.tell(lambda actor: asyncio.sleep(5.0))
    c.tell(fail_later)
    c.tell("x")
    await quiet(0.1)
    m.tell(raising(ValueError()))
    await quiet(3.0)
    assert judged == []
    await quiet(5.0)

    assert judged == ["m", "c"]
    assert diary[-1] == "c1 x"


async def test_failures_of_others_are_dropped(actor_system: ActorSystem) -> None:
    """S55: the failure of an unknown child, or of an older one of the same name, is nobody's business."""
    judged: list[BaseException] = []
    parent = actor_system.spawn(supervisor([], lambda e: judged.append(e) or Directive.STOP))  # type: ignore[func-returns-value]
    old = await child_of(parent, Props(Puppet, []), "same")
    parent.tell(lambda actor: actor.context.stop(old))
    await quiet()
    diary: list[str] = []
    new = await child_of(parent, Props(Puppet, diary), "same")

    parent.sink.signal(Failed(old, ValueError()))
    parent.sink.signal(Failed(TestProbe(actor_system).ref, ValueError()))
    new.tell("x")
    await quiet()

    assert judged == []
    assert diary[-1] == "a1 x"


async def test_what_is_handled_while_suspended(actor_system: ActorSystem) -> None:
    """S56: watch, unwatch, the end of a child and a stop are handled while an actor waits for its verdict."""
    left, stays = TestProbe(actor_system), TestProbe(actor_system)
    parent = actor_system.spawn(supervisor([], [ValueError], backoff=SLOW))
    child = await child_of(parent, Props(Puppet, []))
    grandchild = await child_of(child, Props(Puppet, [], post_stop=lambda actor: asyncio.sleep(0.5)), "g")
    left.watch(child)

    grandchild.tell(PoisonPill())
    await quiet(0.1)
    child.tell(raising(ValueError()))
    stays.watch(child)
    left.unwatch(child)
    await quiet(1.0)
    assert child.sink.context.children == ()  # type: ignore[attr-defined]  # the end of its child was heard
    parent.tell(lambda actor: actor.context.stop(child))

    await stays.expect_terminated(child, timeout_s=0.1)
    await left.expect_no_message()


async def test_a_failed_actor_can_be_stopped(actor_system: ActorSystem) -> None:
    """S56: a stop reaches an actor whose verdict waits for its backoff."""
    diary: list[str] = []
    probe = TestProbe(actor_system)
    parent = actor_system.spawn(supervisor([], [ValueError], backoff=SLOW))
    child = await child_of(parent, Props(Puppet, diary, "c"))
    probe.watch(child)

    child.tell(raising(ValueError()))
    await quiet(1.0)
    parent.tell(lambda actor: actor.context.stop(child))
    await probe.expect_terminated(child, timeout_s=0.1)
    await quiet(100.0)

    assert diary == ["c1 made", "c1 pre_start", "c1 post_stop"]


@pytest.mark.parametrize("puppet", PUPPETS)
async def test_escalate_then_restart(actor_system: ActorSystem, puppet: type[Puppet]) -> None:
    """S57: escalate, then restart above with the default hook: the failing grandchild is stopped with its siblings."""
    diary: list[str] = []
    probe = TestProbe(actor_system)
    top = actor_system.spawn(supervisor(diary, [ValueError]))
    middle = await child_of(top, Props(puppet, diary, "m", one_for_one([])))
    child = await child_of(middle, Props(puppet, diary, "c"))
    sibling = await child_of(middle, Props(puppet, diary, "s"))
    probe.watch(child)
    probe.watch(sibling)

    child.tell(raising(ValueError()))
    first, second = await probe.receive_one(), await probe.receive_one()
    await quiet()

    assert {first.ref, second.ref} == {child, sibling}
    assert first.existence_confirmed
    assert second.existence_confirmed
    assert diary[-1] == "m2 pre_start"


@pytest.mark.parametrize("escalations", [1, 2])
async def test_escalate_then_resume(actor_system: ActorSystem, escalations: int) -> None:
    """S58: escalate, then resume at an upper level: the whole subtree goes on, who failed included."""
    diary: list[str] = []
    decisions = [Directive.RESUME, Directive.RESUME, Directive.ESCALATE]
    if escalations == 2:
        decisions[1] = Directive.ESCALATE
    _, m, c, g = await lineage(actor_system, diary, *decisions)
    sibling = await child_of(m, Props(Puppet, diary, "s"))
    diary.clear()

    g.tell(raising(ValueError()))
    for ref in (m, c, g, sibling):
        ref.tell("x")
    await quiet()

    assert sorted(diary) == ["c1 x", "g1 x", "m1 x", "s1 x"]


async def test_what_was_put_off_comes_first(actor_system: ActorSystem) -> None:
    """S52: a suspension that was put off during a restart is counted before the resume that lifts it."""
    diary: list[str] = []
    top_may, child_may = asyncio.Event(), asyncio.Event()
    top = actor_system.spawn(supervisor([], {KeyError: Directive.RESUME}))
    middle = await child_of(top, Props(Puppet, [], "m", one_for_one([ValueError])))
    waiting = await child_of(middle, Props(Puppet, diary, "w"))
    await child_of(waiting, Props(Puppet, [], "c", post_stop=lambda actor: child_may.wait()))

    waiting.tell(raising(ValueError()))  # its restart waits for its child
    await quiet()
    top.tell(lambda actor: top_may.wait())  # the verdict on the middle waits
    await quiet()
    middle.tell(raising(KeyError()))
    await quiet()
    waiting.tell("after")
    top_may.set()
    child_may.set()
    await quiet()

    assert diary[-1] == "w2 after"
