"""DeathWatch between parents and children: names, order, and what a stopping actor still hears."""

from __future__ import annotations

from typing import Any

import pytest

from actors import (
    ActorNameInUse,
    ActorPath,
    ActorRef,
    Address,
    DeadLetter,
    Directive,
    OneForOneStrategy,
    Props,
    SuppressedDeadLetter,
    Terminated,
)
from actors.signals import Watch
from runtime import ActorSystem, TestKit, TestProbe
from tests.runtime.local.people import (
    Do,
    Obedient,
    all_is_quiet,
    fail,
    nap,
    obedient,
    spawned,
    stop,
    supervisor,
    watching,
)


class Leaving(Obedient):
    """Reports its end."""

    def post_stop(self) -> None:
        """Say so."""
        if self.report is not None:
            self.report.tell(f"{self.ref.name} stopped")


def leaving(report: TestProbe) -> Props[Any]:
    """The recipe of a `Leaving`."""
    return Props(Leaving, report)


async def test_a_parent_that_watches_is_told_once(test_kit: TestKit) -> None:
    """D39: a parent is told of its child's end in two ways and sees one Terminated."""
    probe = test_kit.probe()
    parent = test_kit.spawn(obedient(probe))
    child = await spawned(parent, obedient())
    parent.tell(watching(child))
    await all_is_quiet()
    child.tell(Do(stop))

    await probe.expect_terminated(child)
    await probe.expect_no_message()


async def test_a_parent_that_does_not_watch_is_told_nothing(test_kit: TestKit) -> None:
    """D40: without a watch no Terminated; the child is gone from `children`, and its name is free."""
    probe = test_kit.probe()
    parent = test_kit.spawn(obedient(probe))
    child = await spawned(parent, obedient(), "child")
    child.tell(Do(stop))
    await all_is_quiet()

    parent.tell(Do(lambda actor: probe.tell((actor.context.children, actor.context.child("child")))))
    await probe.expect(((), None))
    assert await spawned(parent, obedient(), "child") != child
    await probe.expect_no_message()


async def test_a_child_can_be_replaced_when_its_terminated_is_handled(test_kit: TestKit) -> None:
    """D41: in the handler of Terminated the name is free: same path, another reference, the old one dead."""
    probe = test_kit.probe()

    class Replacing(Obedient):
        def receive(self, message: Any) -> Any:
            if isinstance(message, Terminated):
                probe.tell(self.context.spawn(obedient(probe), message.ref.name))
                return None
            return super().receive(message)

    parent = test_kit.spawn(Replacing)
    old = await spawned(parent, obedient(), "child")
    parent.tell(watching(old))
    await all_is_quiet()
    old.tell(Do(stop))

    new = await probe.receive_one()
    assert new.path.without_uid() == old.path.without_uid()
    assert new != old
    new.tell("new")
    old.tell("old")
    await probe.expect("new")
    await probe.expect_no_message()


async def test_a_name_is_taken_until_its_child_is_gone(test_kit: TestKit) -> None:
    """D42: spawning under the name of a child that was just told to stop is refused."""
    probe = test_kit.probe()
    parent = test_kit.spawn(obedient())
    child = await spawned(parent, obedient(), "child")

    def stop_and_spawn(actor: Any) -> None:
        actor.context.stop(child)
        with pytest.raises(ActorNameInUse, match="is stopping"):
            actor.context.spawn(obedient(), "child")
        probe.tell(actor.context.children)

    parent.tell(Do(stop_and_spawn))
    await probe.expect((child,))


async def test_the_strategy_comes_before_the_terminated(test_kit: TestKit) -> None:
    """D43: a parent judges the failure before it is shown the Terminated of the child that it stops."""
    probe = test_kit.probe()

    def decide(error: BaseException) -> Directive:
        probe.tell("judged")
        return Directive.STOP

    parent = test_kit.spawn(supervisor(OneForOneStrategy(decider=decide), probe))
    child = await spawned(parent, obedient())
    parent.tell(watching(child))
    await all_is_quiet()
    child.tell(Do(fail))

    await probe.expect("judged")
    await probe.expect_terminated(child)


async def test_descendants_end_before_anybody_is_told(actor_system: ActorSystem, test_kit: TestKit) -> None:
    """D44: watchers hear of an actor when its descendants are gone and its post_stop has run."""
    probe = test_kit.probe()
    top = test_kit.spawn(leaving(probe), "top")
    middle = await spawned(top, leaving(probe), "middle")
    bottom = await spawned(middle, leaving(probe), "bottom")
    for ref in (top, middle, bottom):
        probe.watch(ref)
    bottom.tell(nap(1.0))
    await all_is_quiet()
    actor_system.stop(top)

    await probe.expect_no_message(0.5)
    for ref in (bottom, middle, top):
        await probe.expect(f"{ref.name} stopped")
        await probe.expect_terminated(ref)


async def test_the_parent_is_told_first(test_kit: TestKit) -> None:
    """D45: when a watcher hears of a death, the parent knows already: the name is free."""
    probe = test_kit.probe()
    parent = test_kit.spawn(obedient())
    child = await spawned(parent, obedient(), "child")
    known: list[Any] = []

    class Curious(Obedient):
        def receive(self, message: Any) -> Any:
            if isinstance(message, Terminated):
                known.append(parent.sink.family.by_name("child"))  # type: ignore[attr-defined]
                probe.tell("looked")
                return None
            return super().receive(message)

    test_kit.spawn(Curious).tell(watching(child))
    await all_is_quiet()
    child.tell(Do(stop))

    await probe.expect("looked")
    assert known == [None]


async def test_remote_watchers_are_told_before_local_ones(actor_system: ActorSystem, test_kit: TestKit) -> None:
    """D45: whoever watches from another node is told before the watchers of this process."""
    told: list[str] = []

    class Watcher:
        def __init__(self, address: Address, name: str) -> None:
            self.ref: ActorRef[Any] = ActorRef(ActorPath(address, ("user", name), 1), self)
            self.host = actor_system

        def tell(self, message: Any, sender: ActorRef[Any] | None = None) -> None:
            raise AssertionError(f"{message} is no signal")

        def signal(self, signal: Any) -> None:
            told.append(f"{self.ref.name} of {signal.subject.name}")

    subject = test_kit.spawn(obedient(), "subject")
    for address, name in ((Address("test"), "near"), (Address("far", "10.0.0.1", 2552), "far")):
        subject.sink.signal(Watch(subject, Watcher(address, name).ref))
    await all_is_quiet()
    actor_system.stop(subject)
    await all_is_quiet()

    assert told == ["far of subject", "near of subject"]


async def test_two_watchers_are_told_in_no_promised_order(actor_system: ActorSystem, test_kit: TestKit) -> None:
    """D46: both of two watchers are told; the test promises nothing about who is first."""
    probe, subject = test_kit.probe(), test_kit.spawn(obedient())
    watchers = {test_kit.spawn(obedient(probe)) for _ in range(2)}
    for watcher in watchers:
        watcher.tell(watching(subject))
    await all_is_quiet()
    actor_system.stop(subject)

    await probe.expect_terminated(subject)
    await probe.expect_terminated(subject)


async def test_a_stopping_actor_hears_of_no_death(actor_system: ActorSystem, test_kit: TestKit) -> None:
    """D47: what dies while its watcher is stopping is neither shown to it nor a dead letter of any kind."""
    probe, letters, subject = test_kit.probe(), test_kit.probe(), test_kit.spawn(obedient())
    for kind in (DeadLetter, SuppressedDeadLetter):
        actor_system.event_stream.subscribe(letters.tell, kind)
    watcher = test_kit.spawn(obedient(probe))
    child = await spawned(watcher, obedient())
    child.tell(nap(1.0))
    watcher.tell(watching(subject))
    watcher.tell(watching(child))
    await all_is_quiet()
    actor_system.stop(watcher)
    await all_is_quiet()
    actor_system.stop(subject)

    await probe.expect_no_message(2.0)
    await letters.expect_no_message()


async def test_watching_from_post_stop_is_too_late(actor_system: ActorSystem, test_kit: TestKit) -> None:
    """D47: a watch from post_stop, or from a context that outlived its actor, registers nothing."""
    letters, subject = test_kit.probe(), test_kit.spawn(obedient())
    for kind in (DeadLetter, SuppressedDeadLetter):
        actor_system.event_stream.subscribe(letters.tell, kind)
    contexts: list[Any] = []

    class Late(Obedient):
        def post_stop(self) -> None:
            self.context.watch(subject)
            contexts.append(self.context)

    watcher = test_kit.spawn(Late)
    actor_system.stop(watcher)
    await all_is_quiet()
    assert _line_of(subject, actor_system).endswith("watchers=0")
    contexts[0].unwatch(subject)
    contexts[0].watch(subject)
    await all_is_quiet()

    assert _line_of(subject, actor_system).endswith("watchers=0")
    actor_system.stop(subject)
    await letters.expect_no_message()


async def test_watchers_that_are_gone_are_not_told(actor_system: ActorSystem, test_kit: TestKit) -> None:
    """D48: watchers that stop before their subject leave nothing with it, and nothing is sent to them."""
    letters, subject = test_kit.probe(), test_kit.spawn(obedient())
    for kind in (DeadLetter, SuppressedDeadLetter):
        actor_system.event_stream.subscribe(letters.tell, kind)
    watchers = [test_kit.spawn(obedient()) for _ in range(50)]
    for watcher in watchers:
        watcher.tell(watching(subject))
    await all_is_quiet()
    assert _line_of(subject, actor_system).endswith("watchers=50")
    for watcher in watchers:
        actor_system.stop(watcher)
    await all_is_quiet()

    assert _line_of(subject, actor_system).endswith("watchers=0")
    actor_system.stop(subject)
    await letters.expect_no_message()


def _line_of(ref: Any, system: ActorSystem) -> str:
    return next(line for line in system.tree().splitlines() if f"{ref} " in line)
