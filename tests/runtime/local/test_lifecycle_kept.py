"""What a restart keeps, and what begins anew."""

from __future__ import annotations

from typing import Any

from actors import Props, ReceiveTimeout, Terminated
from runtime import ActorSystem
from tests.runtime.local.puppets import Puppet, child_of, nothing, quiet, raising, supervisor


async def test_become_is_reset(actor_system: ActorSystem) -> None:
    """S37: a restart forgets what the actor had become, all levels of it."""
    diary: list[str] = []
    parent = actor_system.spawn(supervisor(diary, [ValueError]))
    child = await child_of(parent, Props(Puppet, diary, "c"))

    def other(message: Any) -> None:
        if isinstance(message, str):
            diary.append(f"other {message}")
        else:
            raise ValueError

    def become_twice(actor: Puppet) -> None:
        for _ in range(2):
            actor.context.become(other, discard_old=False)

    child.tell(become_twice)
    child.tell(nothing)  # the other behaviour fails on it
    child.tell("hello")
    child.tell(lambda actor: actor.context.unbecome())
    child.tell("again")
    await quiet()

    assert diary[-2:] == ["c2 hello", "c2 again"]


async def test_a_constructor_may_become(actor_system: ActorSystem) -> None:
    """S37: what a constructor becomes holds for each instance; below it is the actor's own `receive`."""
    diary: list[str] = []

    def other(message: Any) -> Any:
        if callable(message):
            return message(None)
        return diary.append(f"other {message}")

    def become(actor: Puppet) -> None:
        actor.context.become(other)
        diary.append(f"a{actor.number} becomes")
        contexts.append(actor.context)

    contexts: list[Any] = []
    parent = actor_system.spawn(supervisor(diary, [ValueError]))
    child = await child_of(parent, Props(Puppet, diary, made=become))
    child.tell("hello")
    child.tell(raising(ValueError()))
    child.tell("hello")
    child.tell(lambda _: contexts[-1].unbecome())
    child.tell("again")
    await quiet()

    assert [entry for entry in diary if "becomes" in entry] == ["a1 becomes", "a2 becomes"]
    assert [entry for entry in diary if "hello" in entry or "again" in entry] == [
        "other hello",
        "other hello",
        "a2 again",
    ]


async def test_what_a_restart_keeps(actor_system: ActorSystem) -> None:
    """S38: watches, parent, path and receive timeout survive a restart, timers do not, and the stash is unstashed."""
    seen: list[Any] = []

    class Keeper(Puppet):
        def receive(self, message: Any) -> Any:
            if callable(message):
                return message(self)
            if message == "later" and self.number == 1:
                return self.context.stash()
            return seen.append((self.number, message))

    diary: list[str] = []
    other = actor_system.spawn(Props(Puppet, []))
    parent = actor_system.spawn(supervisor([], [ValueError]))
    child = await child_of(parent, Props(Keeper, diary, "c"), "c")
    identity: list[Any] = []
    who = lambda actor: identity.append((actor.context.parent, actor.ref, str(actor.ref.path)))  # noqa: E731

    child.tell(lambda actor: actor.context.watch(other))
    child.tell(lambda actor: actor.context.timers.start_periodic("t", "tick", 0.3))
    child.tell(lambda actor: actor.context.set_receive_timeout(2.0))
    child.tell(who)
    child.tell("later")
    child.tell(raising(ValueError()))
    child.tell("waiting")
    await quiet(0.1)
    child.tell(who)
    actor_system.stop(other)
    await quiet(2.5)

    assert identity[0] == identity[1]
    assert seen[:2] == [(2, "later"), (2, "waiting")]
    assert [type(message) for _, message in seen[2:]] == [Terminated, ReceiveTimeout]


async def test_object_reuse(actor_system: ActorSystem) -> None:
    """S47: a factory may give the same object for each instance; the restart hooks are called on it as ever."""
    diary: list[str] = []
    made: list[Puppet] = []

    def same() -> Puppet:
        if not made:
            made.append(Puppet(diary))
        return made[0]

    ref = actor_system.spawn(same)
    ref.tell(raising(ValueError()))
    ref.tell("after")
    await quiet()

    assert diary[2:] == ["a1 pre_restart", "a1 post_stop", "a1 post_restart", "a1 pre_start", "a1 after"]
