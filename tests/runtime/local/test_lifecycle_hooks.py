"""Which hook is called when, on which instance."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from actors import Actor, ActorRef, Kill, Props
from runtime import ActorSystem, TestProbe
from tests.runtime.local.puppets import PUPPETS, Puppet, child_of, nothing, quiet, raising, supervisor


@pytest.mark.parametrize("puppet", PUPPETS)
async def test_a_life_without_failures(actor_system: ActorSystem, puppet: type[Puppet]) -> None:
    """S30: first the constructor, then `pre_start`, and no restart hook in a life without failures."""
    diary: list[str] = []
    ref = actor_system.spawn(Props(puppet, diary))
    ref.tell("hello")
    await quiet()
    actor_system.stop(ref)
    await quiet()

    assert diary == ["a1 made", "a1 pre_start", "a1 hello", "a1 post_stop"]


@pytest.mark.parametrize("puppet", PUPPETS)
async def test_the_order_of_a_restart(actor_system: ActorSystem, puppet: type[Puppet]) -> None:
    """S31: old `pre_restart` with reason and message, the end of children, the new constructor and `post_restart`."""
    diary: list[str] = []
    heard: list[Any] = []
    error = ValueError("x")
    parent = actor_system.spawn(supervisor(diary, [ValueError]))

    def pre_restart(actor: Puppet, reason: BaseException, failed: Any) -> None:
        heard.extend([actor.number, reason, failed])
        for child in actor.context.children:
            actor.context.stop(child)

    def post_restart(actor: Puppet, reason: BaseException) -> None:
        heard.extend([actor.number, reason])

    message = raising(error)
    props = Props(puppet, diary, "c", pre_restart=pre_restart, post_restart=post_restart)
    child = await child_of(parent, props)
    await child_of(child, Props(puppet, diary, "g"))
    diary.clear()

    child.tell(message)
    await quiet()

    assert diary == ["c1 pre_restart", "g1 post_stop", "c1 made", "c1 post_restart"]
    assert heard == [1, error, message, 1, error]  # numbers begin again: the diary was cleared


class Plain(Actor[Any]):
    """Only the two hooks that everybody writes."""

    def __init__(self, diary: list[str]) -> None:
        self.diary = diary

    def receive(self, message: Any) -> Any:
        return message(self)

    def pre_start(self) -> None:
        self.diary.append("pre_start")

    def post_stop(self) -> None:
        self.diary.append("post_stop")


class Suspending(Plain):
    async def receive(self, message: Any) -> None:
        await asyncio.sleep(0.01)
        message(self)

    async def pre_start(self) -> None:
        await asyncio.sleep(0.01)
        super().pre_start()

    async def post_stop(self) -> None:
        await asyncio.sleep(0.01)
        super().post_stop()


@pytest.mark.parametrize("cls", [Plain, Suspending])
async def test_default_hooks(actor_system: ActorSystem, cls: type[Plain]) -> None:
    """S32: by default a restart unwatches and stops all children, calls `post_stop`, and then `pre_start`."""
    diary: list[str] = []
    seen: list[Any] = []
    parent = actor_system.spawn(supervisor([], [ValueError]))
    child = await child_of(parent, Props(cls, diary))
    grandchild = await child_of(child, Props(Puppet, diary, "g"), "g")
    child.tell(lambda actor: actor.context.watch(grandchild))
    probe = TestProbe(actor_system)
    probe.watch(grandchild)

    child.tell(raising(ValueError()))
    child.tell(lambda actor: seen.append(actor.context.children))
    await quiet()

    assert diary[:3] == ["pre_start", "g1 made", "g1 pre_start"]
    assert sorted(diary[3:5]) == ["g1 post_stop", "post_stop"]
    assert diary[5:] == ["pre_start"]
    assert seen == [()]  # and no `Terminated`, which `receive` would have tried to call
    await probe.expect_terminated(grandchild)


async def test_the_message_for_pre_restart(actor_system: ActorSystem) -> None:
    """S33: `pre_restart` gets the message being handled: a `Kill` is the `Kill`, a timer's tick is its payload."""
    heard: list[Any] = []
    parent = actor_system.spawn(supervisor([], [Exception]))
    props = Props(Puppet, [], pre_restart=lambda actor, reason, message: heard.append(message))
    child = await child_of(parent, props)
    tick = raising(ValueError())

    child.tell(Kill())
    await quiet()
    child.tell(lambda actor: actor.context.timers.start_single("t", tick, 0.1))
    await quiet()

    assert heard == [Kill(), tick]


async def test_no_message_for_pre_restart(actor_system: ActorSystem) -> None:
    """S33: when a child's failure was escalated, `pre_restart` gets no message, although one was handled before."""
    heard: list[Any] = []
    parent = actor_system.spawn(supervisor([], [Exception]))
    props = Props(Puppet, [], "m", pre_restart=lambda actor, reason, message: heard.append(message))
    middle = await child_of(parent, Props(_escalating, props))
    child = await child_of(middle, Props(Puppet, []))

    middle.tell("an earlier message")
    child.tell(raising(ValueError()))
    await quiet()

    assert heard == [None]


def _escalating(props: Props[Any]) -> Actor[Any]:
    actor = props.make()
    actor.supervisor_strategy = supervisor([], []).make().supervisor_strategy
    return actor


@pytest.mark.parametrize("puppet", PUPPETS)
async def test_the_sender_in_hooks(actor_system: ActorSystem, puppet: type[Puppet]) -> None:
    """S34: in `pre_restart`, and in `post_stop` after a failure, the sender is that of the failing message."""
    senders: list[ActorRef[Any]] = []
    probe = TestProbe(actor_system)

    def note(actor: Puppet, *_: Any) -> None:
        senders.append(actor.sender)

    parent = actor_system.spawn(supervisor([], [ValueError], max_nr_of_retries=1))
    child = await child_of(parent, Props(puppet, [], pre_restart=note, post_stop=note))

    for _ in range(2):
        child.tell(raising(ValueError()), probe.ref)
        child.tell("a later message")
        await quiet()

    assert senders == [probe.ref, probe.ref]


@pytest.mark.parametrize("puppet", PUPPETS)
async def test_no_sender_in_hooks(actor_system: ActorSystem, puppet: type[Puppet]) -> None:
    """S34: where no message is being handled there is no sender: in a new instance, and after an ordinary stop."""
    senders: list[ActorRef[Any]] = []
    probe = TestProbe(actor_system)

    def note(actor: Puppet, *_: Any) -> None:
        senders.append(actor.sender)

    parent = actor_system.spawn(supervisor([], [ValueError]))
    child = await child_of(parent, Props(puppet, [], pre_start=note, post_restart=note, post_stop=note))
    child.tell("message", probe.ref)
    await quiet()
    child.tell(raising(ValueError()), probe.ref)
    await quiet()
    child.tell("message", probe.ref)
    child.tell(lambda actor: actor.context.stop(actor.ref), probe.ref)
    await quiet()

    nobody = actor_system.dead_letters
    assert senders == [nobody, probe.ref, nobody, nobody]


@pytest.mark.parametrize("puppet", PUPPETS)
async def test_a_restart_waits_for_stopped_children(actor_system: ActorSystem, puppet: type[Puppet]) -> None:
    """S35: the new constructor runs when all stopped children are gone, and may use their names again."""
    diary: list[str] = []

    def with_child(actor: Puppet) -> None:
        actor.context.spawn(Props(puppet, diary, "g"), "same-name")

    parent = actor_system.spawn(supervisor(diary, [ValueError]))
    child = await child_of(parent, Props(puppet, diary, "c", made=with_child))
    refs: list[ActorRef[Any]] = []
    child.tell(lambda actor: refs.extend(actor.context.children))
    child.tell(raising(ValueError()))
    child.tell(lambda actor: refs.extend(actor.context.children))
    await quiet()

    assert diary.index("g1 post_stop") < diary.index("c2 made") < diary.index("g2 made")
    assert [ref.name for ref in refs] == ["same-name", "same-name"]
    assert refs[0] != refs[1]


@pytest.mark.parametrize("puppet", PUPPETS)
async def test_kept_children_restart_afterwards(actor_system: ActorSystem, puppet: type[Puppet]) -> None:
    """S36: children that `pre_restart` keeps are restarted when their parent is up again, and keep their references."""
    diary: list[str] = []
    parent = actor_system.spawn(supervisor(diary, [ValueError]))
    child = await child_of(parent, Props(puppet, diary, "c", pre_restart=nothing))
    kept = await child_of(child, Props(puppet, diary, "g"))
    start = len(diary)

    child.tell(raising(ValueError()))
    await quiet()
    kept.tell("still there")
    await quiet()

    assert diary[start:] == [
        "c1 pre_restart",
        "c2 made",
        "c2 post_restart",
        "c2 pre_start",
        "g1 pre_restart",
        "g1 post_stop",
        "g2 made",
        "g2 post_restart",
        "g2 pre_start",
        "g2 still there",
    ]
