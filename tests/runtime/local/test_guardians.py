"""The top of the tree: guardians, names, and how a system ends."""

from __future__ import annotations

from typing import Any

import pytest

from actors import ActorNameInUse, InvalidActorName, UnhandledMessage
from runtime import ActorSystem, TestKit
from tests.runtime.local.people import Do, Obedient, all_is_quiet, nap, obedient, spawned


class Leaving(Obedient):
    """Writes its end on a list."""

    def __init__(self, left: list[str]) -> None:
        super().__init__()
        self.left = left

    def post_stop(self) -> None:
        """Say so."""
        self.left.append(self.ref.name)


async def test_the_order_of_the_end_of_a_system() -> None:
    """S71: /user ends with all below it, then /system, then the callbacks in reverse order, then the system."""
    order: list[str] = []
    system = ActorSystem("test")
    await system.start()
    system.spawn_system(lambda: Leaving(order), "in-system")
    parent = system.spawn(lambda: Leaving(order), "parent")
    await spawned(parent, lambda: Leaving(order), "child")
    system.on_termination(lambda: order.append("registered first"))
    system.on_termination(lambda: order.append("registered last"))

    await system.terminate()

    assert order == ["child", "parent", "in-system", "registered last", "registered first"]
    await system.when_terminated()
    assert str(system.tree()).count("\n") == 0


async def test_a_callback_that_fails_does_not_stop_the_others() -> None:
    """S71: a termination callback's error is logged, the others run, and the end goes on."""
    order: list[str] = []

    def fail() -> None:
        raise ValueError

    async with ActorSystem("test") as system:
        system.on_termination(lambda: order.append("first"))
        system.on_termination(fail)

    assert order == ["first"]


async def test_waiting_for_the_end_of_a_system() -> None:
    """S71: when_terminated ends with the system, whoever ends it; ending it twice is ending it once."""
    import asyncio

    system = ActorSystem("test")
    with pytest.raises(RuntimeError, match="not started"):
        await system.when_terminated()
    await system.start()
    waiting = asyncio.ensure_future(system.when_terminated())
    await all_is_quiet()
    assert not waiting.done()
    await asyncio.gather(system.terminate(), system.terminate())

    await waiting
    await system.terminate()
    with pytest.raises(RuntimeError, match="started before"):
        await system.start()


async def test_the_end_of_user_is_the_end_of_the_system() -> None:
    """S71: a system whose /user is stopped from inside ends altogether."""
    async with ActorSystem("test") as system:
        actor = system.spawn(obedient())
        actor.tell(Do(lambda actor: actor.context.system.root.context.stop(actor.context.parent)))

        await system.when_terminated()


async def test_nobody_is_born_while_a_system_ends() -> None:
    """S72: spawning while the system ends, or after, is refused, in /user, in /system and inside of actors."""
    errors: list[Exception] = []

    class Late(Obedient):
        def post_stop(self) -> None:
            for spawn in (self.context.spawn, self.context.system.spawn, self.context.system.spawn_system):
                try:
                    spawn(obedient())
                except RuntimeError as error:
                    errors.append(error)

    async with ActorSystem("test") as system:
        system.spawn_system(Late)
    assert len(errors) == 2 + 1

    for spawn in (system.spawn, system.spawn_system):
        with pytest.raises(RuntimeError):
            spawn(obedient())


async def test_nobody_is_born_before_a_system_starts() -> None:
    """S72: a system that was not started refuses, and says what to do."""
    with pytest.raises(RuntimeError, match="async with"):
        ActorSystem("test").spawn(obedient())


@pytest.mark.parametrize("name", ["user", "system"])
async def test_guardians_do_not_understand(actor_system: ActorSystem, test_kit: TestKit, name: str) -> None:
    """S73: a message to a guardian is unhandled, and the guardian goes on."""
    probe = test_kit.probe()
    actor_system.event_stream.subscribe(probe.tell, UnhandledMessage)
    guardian = await actor_system.resolve(f"actor://test/{name}")
    guardian.tell("hello", probe.ref)

    assert await probe.expect(UnhandledMessage) == UnhandledMessage("hello", probe.ref, guardian)
    await test_kit.spawn(obedient()).ask(Do(lambda actor: actor.reply("alive")))


@pytest.mark.parametrize("name", ["", "$1", "a/b", "a b", "ä", 7])
async def test_a_name_is_checked_at_once(actor_system: ActorSystem, test_kit: TestKit, name: Any) -> None:
    """S74: a bad name raises in the caller, and nothing is made."""
    before = actor_system.tree()
    with pytest.raises(InvalidActorName):
        actor_system.spawn(obedient(), name)

    assert actor_system.tree() == before
    probe, parent = test_kit.probe(), test_kit.spawn(obedient())

    def spawn(actor: Any) -> None:
        with pytest.raises(InvalidActorName):
            actor.context.spawn(obedient(), name)
        probe.tell("raised")

    parent.tell(Do(spawn))
    await probe.expect("raised")


async def test_a_name_is_unique_among_siblings(actor_system: ActorSystem, test_kit: TestKit) -> None:
    """S74: a taken name raises at once in the caller; elsewhere in the tree the same name is free."""
    first = actor_system.spawn(obedient(), "name")
    with pytest.raises(ActorNameInUse, match="name"):
        actor_system.spawn(obedient(), "name")

    assert (await spawned(first, obedient(), "name")).path.elements == ("user", "name", "name")
    assert actor_system.spawn_system(obedient(), "name") != first


async def test_a_name_is_free_when_its_actor_is_gone(actor_system: ActorSystem, test_kit: TestKit) -> None:
    """S74, D42: a top-level name stays taken while its actor stops, and is free afterwards."""
    probe, first = test_kit.probe(), test_kit.spawn(obedient(), "name")
    probe.watch(first)
    first.tell(nap(1.0))
    await all_is_quiet()
    actor_system.stop(first)
    with pytest.raises(ActorNameInUse, match="is stopping"):
        actor_system.spawn(obedient(), "name")
    await probe.expect_terminated(first)

    assert actor_system.spawn(obedient(), "name") != first


async def test_who_has_no_name_gets_one(actor_system: ActorSystem) -> None:
    """S74: given names begin with $, which no chosen name may; they are all different."""
    names = [actor_system.spawn(obedient()).name for _ in range(3)]

    assert len(set(names)) == 3
    assert all(name.startswith("$") for name in names)
