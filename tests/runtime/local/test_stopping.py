"""How an actor stops: what it still handles, in which order its family ends, and where its messages go."""

from __future__ import annotations

from typing import Any

import pytest

from actors import ActorPath, DeadLetter, Kill, PoisonPill, Props
from runtime import ActorSystem, TestKit, TestProbe, graceful_stop
from tests.runtime.local.people import Do, Obedient, all_is_quiet, nap, obedient, spawned, stop


class Leaving(Obedient):
    """Reports its end."""

    def post_stop(self) -> None:
        """Say so."""
        assert self.report is not None
        self.report.tell(f"{self.ref.name} stopped")


def leaving(report: TestProbe) -> Props[Any]:
    """The recipe of a `Leaving`."""
    return Props(Leaving, report)


async def test_the_order_of_an_end(actor_system: ActorSystem, test_kit: TestKit) -> None:
    """S60: the message being handled is finished, no other is; children end in reverse order, then post_stop."""
    probe = test_kit.probe()
    actor = test_kit.spawn(leaving(probe), "parent")
    for name in ("first", "second"):
        await spawned(actor, leaving(probe), name)

    async def work(actor: Any) -> None:
        await nap(1.0).what(actor)
        probe.tell("finished")

    probe.watch(actor)
    actor.tell(Do(work))
    await all_is_quiet()
    actor.tell("too late")
    actor_system.stop(actor)

    for expected in ("finished", "second stopped", "first stopped", "parent stopped"):
        await probe.expect(expected)
    await probe.expect_terminated(actor)
    await probe.expect_no_message()


async def test_stopping_oneself_ends_the_mailbox(actor_system: ActorSystem, test_kit: TestKit) -> None:
    """S60: after context.stop(self.ref) the handler goes on to its end, and no further message is handled."""
    probe, letters = test_kit.probe(), test_kit.probe()
    actor_system.event_stream.subscribe(letters.tell, DeadLetter)

    def stop_and_speak(actor: Any) -> None:
        actor.context.stop(actor.ref)
        probe.tell("spoken")

    actor = test_kit.spawn(leaving(probe), "actor")
    actor.tell(Do(stop_and_speak))
    actor.tell("too late")

    await probe.expect("spoken")
    await probe.expect("actor stopped")
    assert (await letters.expect(DeadLetter)).message == "too late"
    await probe.expect_no_message()


async def test_what_was_left_is_dead_letters(actor_system: ActorSystem, test_kit: TestKit) -> None:
    """S61: messages left in stash and mailbox are dead letters in their order, with sender and recipient."""
    letters, sender = test_kit.probe(), test_kit.probe()
    actor_system.event_stream.subscribe(letters.tell, DeadLetter)

    class Keeping(Obedient):
        def receive(self, message: Any) -> Any:
            if message == "stashed":
                self.context.stash()
                return None
            return super().receive(message)

    actor = test_kit.spawn(Keeping)
    actor.tell("stashed", sender.ref)
    actor.tell(Do(stop))
    for number in range(5):
        actor.tell(number, sender.ref)

    for message in ("stashed", *range(5)):
        assert await letters.expect(DeadLetter) == DeadLetter(message, sender.ref, actor)


async def test_a_poison_pill_waits_for_its_turn(test_kit: TestKit) -> None:
    """S62, S64: what was sent before a PoisonPill is handled, the pill is not seen, and nothing after it."""
    probe = test_kit.probe()
    actor = probe.watch(test_kit.spawn(obedient(probe)))
    for number in range(200):
        actor.tell(number)
    actor.tell(PoisonPill())
    actor.tell("too late")

    for number in range(200):
        await probe.expect(number)
    await probe.expect_terminated(actor)
    await probe.expect_no_message()


async def test_stopping_is_asynchronous(actor_system: ActorSystem, test_kit: TestKit) -> None:
    """S65: stop returns at once, and stopping what is dead or dying already is nothing."""
    probe = test_kit.probe()
    actor = test_kit.spawn(leaving(probe), "actor")
    probe.watch(actor)
    await all_is_quiet()
    actor_system.stop(actor)
    actor_system.stop(actor)
    assert f"{actor} " in actor_system.tree()
    await probe.expect("actor stopped")
    await probe.expect_terminated(actor)
    actor_system.stop(actor)

    await probe.expect_no_message()


async def test_only_parents_stop(actor_system: ActorSystem, test_kit: TestKit) -> None:
    """S65, S81: an actor that stops a stranger, or a system that stops somebody's child, gets a ValueError."""
    probe, stranger, parent = test_kit.probe(), test_kit.spawn(obedient()), test_kit.spawn(obedient())
    child = await spawned(parent, obedient(probe))

    def stop_others(actor: Any) -> None:
        for other in (stranger, actor.context.parent):
            with pytest.raises(ValueError, match="only itself and its children"):
                actor.context.stop(other)
        probe.tell("raised")

    child.tell(Do(stop_others))
    await probe.expect("raised")
    with pytest.raises(ValueError, match="only itself and its children"):
        actor_system.stop(child)


async def test_a_graceful_stop_waits_for_the_end(actor_system: ActorSystem, test_kit: TestKit) -> None:
    """S68: graceful_stop returns when the actor is gone, behind everything that was in its mailbox."""
    probe = test_kit.probe()
    actor = test_kit.spawn(leaving(probe), "actor")
    actor.tell(nap(1.0))
    actor.tell("before")
    await graceful_stop(actor, timeout=2.0)

    assert actor_system.now() >= 1.0
    assert [await probe.receive_one(0) for _ in range(2)] == ["before", "actor stopped"]
    assert actor_system.find_local(actor.path) is None


async def test_a_graceful_stop_of_the_dead_is_done(actor_system: ActorSystem, test_kit: TestKit) -> None:
    """S68: it returns at once for a dead actor and for a path without one."""
    actor = test_kit.spawn(obedient())
    await graceful_stop(actor)
    begun = actor_system.now()
    await graceful_stop(actor)
    await graceful_stop(actor_system.ref_for(ActorPath.parse("actor://test/user/nobody")))

    assert actor_system.now() == begun


async def test_a_graceful_stop_of_an_actor_of_an_ended_system_is_done() -> None:
    """S68: what ended with its system is dead, and saying so takes no time; telling it something is no error."""
    async with ActorSystem("short") as system:
        actor = system.spawn(obedient())
    begun = system.now()

    await graceful_stop(actor, timeout=1.0)
    actor.tell("late")
    assert system.now() == begun


async def test_a_graceful_stop_can_be_late(actor_system: ActorSystem, test_kit: TestKit) -> None:
    """S68: when the actor does not end in time, TimeoutError names it; the stop itself goes on."""
    probe = test_kit.probe()
    actor = probe.watch(test_kit.spawn(obedient(), "actor"))
    actor.tell(nap(2.0))

    with pytest.raises(TimeoutError, match=r"actor.* did not stop within 1\.0 s"):
        await graceful_stop(actor, timeout=1.0)
    await probe.expect_terminated(actor)


@pytest.mark.parametrize("last", ["stop", Kill()])
async def test_a_graceful_stop_by_another_message(test_kit: TestKit, last: Any) -> None:
    """S68: the message that stops may be one of the actor's own, or Kill."""

    class Polite(Obedient):
        def receive(self, message: Any) -> Any:
            if message == "stop":
                self.context.stop(self.ref)

    await graceful_stop(test_kit.spawn(Polite), timeout=1.0, stop_message=last)
