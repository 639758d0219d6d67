"""How an actor ends: what is finished, what is not, and who may end it."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from actors import Actor, ActorKilledError, DeadLetter, DeathCause, Directive, Kill, PoisonPill, Props, Terminated
from runtime import ActorSystem, TestProbe
from tests.runtime.local.puppets import PUPPETS, Puppet, child_of, quiet, raising, supervisor

EVERY_PUPPET = pytest.mark.parametrize("puppet", PUPPETS)


@EVERY_PUPPET
async def test_stop(actor_system: ActorSystem, puppet: type[Puppet]) -> None:
    """S60: the present message finishes, no other begins, children end, then `post_stop`, then watchers are told."""
    diary: list[str] = []
    ref = actor_system.spawn(Props(puppet, diary))
    await child_of(ref, Props(puppet, diary, "c"))

    class Watcher(Actor[Any]):
        def pre_start(self) -> None:
            self.context.watch(ref)

        def receive(self, message: Terminated) -> None:
            diary.append("terminated")

    actor_system.spawn(Watcher)
    diary.clear()

    async def finish(actor: Puppet) -> None:
        await asyncio.sleep(1.0)
        actor.write("finished")

    ref.tell(finish)
    ref.tell("never")
    await quiet(0.1)
    actor_system.stop(ref)
    await quiet(2.0)

    assert diary == ["a1 finished", "c1 post_stop", "a1 post_stop", "terminated"]


@EVERY_PUPPET
async def test_poison_pill(actor_system: ActorSystem, puppet: type[Puppet]) -> None:
    """S62: a poison pill takes its place in the mailbox: what is before it is handled, what is behind it is not."""
    diary: list[str] = []
    ref = actor_system.spawn(Props(puppet, diary))

    for message in ("one", "two", PoisonPill(), "three"):
        ref.tell(message)
    await quiet()

    assert diary[2:] == ["a1 one", "a1 two", "a1 post_stop"]


async def test_kill_stops_by_default(actor_system: ActorSystem) -> None:
    """S63: a kill is a failure with `ActorKilledError`; by default it ends the actor, and watchers learn why."""
    diary: list[str] = []
    probe = TestProbe(actor_system)
    ref = probe.watch(actor_system.spawn(Props(Puppet, diary)))

    ref.tell("one")
    ref.tell(Kill())
    ref.tell("two")
    terminated = await probe.expect_terminated(ref)

    assert terminated.cause is DeathCause.KILLED
    assert diary[2:] == ["a1 one", "a1 post_stop"]


@EVERY_PUPPET
async def test_kill_can_restart(actor_system: ActorSystem, puppet: type[Puppet]) -> None:
    """S63: the supervisor decides about a kill as about any failure: it may restart."""
    diary: list[str] = []
    parent = actor_system.spawn(supervisor([], [ActorKilledError]))
    child = await child_of(parent, Props(puppet, diary, "c"))

    child.tell(Kill())
    child.tell("after")
    await quiet()

    assert diary[-3:] == ["c2 post_restart", "c2 pre_start", "c2 after"]


async def test_receive_sees_neither_pill_nor_kill(actor_system: ActorSystem) -> None:
    """S64: a poison pill or a kill never reaches `receive`, whatever the actor has become, so nobody can stash it."""
    seen: list[Any] = []

    class Hoarder(Actor[Any]):
        def receive(self, message: Any) -> None:
            seen.append(message)
            self.context.stash()

    parent = actor_system.spawn(supervisor([], {ActorKilledError: Directive.RESUME}))
    hoarder = await child_of(parent, Hoarder)
    for message in ("one", Kill(), "two", PoisonPill(), "three"):
        hoarder.tell(message)
    await quiet()

    assert seen == ["one", "two"]


async def test_stop_of_the_dead(actor_system: ActorSystem) -> None:
    """S65: stopping is asynchronous, and stopping what is dead is nothing."""
    diary: list[str] = []
    parent = actor_system.spawn(Props(Puppet, [], "p"))
    child = await child_of(parent, Props(Puppet, diary, "c"))

    parent.tell(lambda actor: (actor.context.stop(child), diary.append("asked")))
    await quiet()
    parent.tell(lambda actor: actor.context.stop(child))
    parent.tell(lambda actor: actor.context.stop(child))
    await quiet()
    top = actor_system.spawn(Props(Puppet, []))
    actor_system.stop(top)
    await quiet()
    actor_system.stop(top)

    assert diary[2:] == ["asked", "c1 post_stop"]


@EVERY_PUPPET
async def test_failures_of_children_while_stopping(actor_system: ActorSystem, puppet: type[Puppet]) -> None:
    """S66: who is stopping no longer judges its children's failures; it only waits for their end."""
    judged: list[BaseException] = []
    diary: list[str] = []
    probe = TestProbe(actor_system)
    parent = actor_system.spawn(supervisor(diary, lambda e: judged.append(e) or Directive.ESCALATE))  # type: ignore[func-returns-value]
    child = await child_of(parent, Props(puppet, diary, "c"))
    probe.watch(parent)

    async def fail_later(actor: Puppet) -> None:
        await asyncio.sleep(1.0)
        raise ValueError

    child.tell(fail_later)
    await quiet(0.1)
    actor_system.stop(parent)
    await probe.expect_terminated(parent)

    assert judged == []
    assert diary[-2:] == ["c1 post_stop", "p1 post_stop"]


@EVERY_PUPPET
async def test_nobody_is_born_to_the_dying(actor_system: ActorSystem, puppet: type[Puppet]) -> None:
    """S67: making a child while terminating is an error, while children still end, in `post_stop` and afterwards."""
    errors: list[Exception] = []

    def try_to_spawn(actor: Puppet) -> None:
        try:
            actor.context.spawn(Props(Puppet, []))
        except RuntimeError as error:
            errors.append(error)

    ref = actor_system.spawn(Props(puppet, [], post_stop=try_to_spawn))
    contexts: list[Any] = []
    ref.tell(lambda actor: contexts.append(actor.context))
    await child_of(ref, Props(Puppet, [], post_stop=lambda actor: asyncio.sleep(1.0)))

    actor_system.stop(ref)
    await quiet(0.1)
    with pytest.raises(RuntimeError, match="terminating"):
        contexts[0].spawn(Props(Puppet, []))
    await quiet(5.0)
    with pytest.raises(RuntimeError, match="dead"):
        contexts[0].spawn(Props(Puppet, []))

    assert len(errors) == 1


async def test_closures_survive_their_actor(actor_system: ActorSystem) -> None:
    """S48: what still holds a dead actor's context gets answers or errors that say so, and leaves nothing running."""
    contexts: list[Any] = []
    ref = actor_system.spawn(Props(Puppet, []), "late")
    ref.tell(lambda actor: contexts.append((actor, actor.context)))
    await quiet()
    actor_system.stop(ref)
    await quiet()
    actor, context = contexts[0]

    assert (context.ref, context.children, context.child("x"), context.system) == (ref, (), None, actor_system)
    assert context.parent.name == "user"
    assert actor.sender == actor_system.dead_letters
    context.stop(ref)
    context.unwatch(ref)
    context.become(actor.receive)
    context.unbecome()
    context.unstash_all()
    context.set_receive_timeout(1.0)
    context.timers.start_periodic("t", "tick", 1.0)
    context.pipe_to_self(asyncio.sleep(100.0, "late"))
    with pytest.raises(RuntimeError):
        context.stash()
    actor.unhandled("x")
    letters: list[DeadLetter] = []
    actor_system.event_stream.subscribe(letters.append, DeadLetter)
    await quiet(5.0)

    assert letters == []
    assert not context.timers.is_active("t")


async def test_a_sibling_may_go_first(actor_system: ActorSystem) -> None:
    """S60: an actor with several children ends when the last of them has, however long each takes."""
    diary: list[str] = []
    probe = TestProbe(actor_system)
    ref = probe.watch(actor_system.spawn(Props(Puppet, diary)))
    for name, seconds in (("x", 2.0), ("y", 1.0), ("z", 3.0)):
        await child_of(ref, Props(Puppet, diary, name, post_stop=lambda actor, s=seconds: _late(actor, s)))

    ref.tell(raising(KeyError()))  # restart by default: the children stop, and then a stop comes in between
    actor_system.stop(ref)
    await probe.expect_terminated(ref, timeout_s=10.0)

    assert [entry for entry in diary if entry.endswith("gone")] == ["y1 gone", "x1 gone", "z1 gone"]


async def _late(actor: Puppet, seconds: float) -> None:
    await asyncio.sleep(seconds)
    actor.write("gone")


async def test_what_is_no_actor_is_refused(actor_system: ActorSystem) -> None:
    """S46: what cannot be spawned is refused in the caller, and neither a child nor its name is left."""
    errors: list[Exception] = []

    def spawn_nonsense(actor: Puppet) -> None:
        with pytest.raises(TypeError) as caught:
            actor.context.spawn(int, "name")
        errors.append(caught.value)
        assert actor.context.children == ()
        actor.context.spawn(Props(Puppet, []), "name")

    ref = actor_system.spawn(Props(Puppet, []))
    ref.tell(spawn_nonsense)
    await quiet()
    with pytest.raises(TypeError):
        actor_system.spawn("nonsense")  # type: ignore[arg-type]

    assert len(errors) == 1
