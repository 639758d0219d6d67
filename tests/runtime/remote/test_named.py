"""Watches of actors of another node by name alone: by a path without a uid, which stands for whoever bears it."""

from __future__ import annotations

import asyncio

import pytest

from actors import ActorPath, ActorRef, DeathCause, Props, Terminated
from runtime import ActorSystem, TestProbe, graceful_stop
from tests.runtime.local.people import Do, Obedient
from tests.runtime.remote.nodes import Echo, Nodes, here, probe, seen_from, until


def named(system: ActorSystem, other: ActorSystem, name: str = "echo") -> ActorRef[object]:
    """The reference that `system` makes of a name of `other`."""
    return system.ref_for(ActorPath.parse(f"{other.address}/user/{name}"))


async def nothing_is_left(*systems: ActorSystem) -> None:
    """No node watches another one."""
    await until(lambda: not any(system.remote.watch_counts() for system in systems))


async def each_dies_once(me: TestProbe, subjects: set[ActorRef[object]], *systems: ActorSystem) -> None:
    """Whoever watches these is told of each of them, and of nothing else."""
    assert {(await me.expect(Terminated)).ref for _ in subjects} == subjects
    await nothing_is_left(*systems)
    await me.expect_no_message(1.0)


async def test_d62_an_actor_that_is_watched_by_name_stops(nodes: Nodes) -> None:
    """D1, D62: its watcher is told, of the reference that it has; and then the node is watched no longer."""
    a, b = await nodes.start("a"), await nodes.start("b")
    me, echo = probe(a), b.spawn(Echo, "echo")
    subject = me.watch(named(a, b))
    await me.expect_no_message(1.0)
    b.stop(echo)

    assert await me.expect_terminated(subject) == Terminated(subject, True, False, DeathCause.STOPPED, "")
    await nothing_is_left(a, b)
    await me.expect_no_message(1.0)


async def test_who_is_watched_by_uid_and_by_name_dies_once_of_each(nodes: Nodes) -> None:
    """D14: there are two registrations, and so two notices."""
    a, b = await nodes.start("a"), await nodes.start("b")
    me, echo = probe(a), b.spawn(Echo, "echo")
    both = {me.watch(named(a, b)), me.watch(seen_from(a, b, echo))}
    await me.expect_no_message(1.0)
    b.stop(echo)

    await each_dies_once(me, both, a, b)


@pytest.mark.parametrize("keeps_name", [True, False])
async def test_the_end_of_one_of_two_watches_leaves_the_other(nodes: Nodes, keeps_name: bool) -> None:
    """D21: who no longer watches an actor by one of two references is told by the other."""
    a, b = await nodes.start("a"), await nodes.start("b")
    me, echo = probe(a), b.spawn(Echo, "echo")
    kept, ended = named(a, b), seen_from(a, b, echo)
    if not keeps_name:
        kept, ended = ended, kept
    for one in (kept, ended):
        me.watch(one)
    await me.expect_no_message(1.0)
    me.unwatch(ended)
    await me.expect_no_message(1.0)
    b.stop(echo)

    assert (await me.expect_terminated(kept)).cause is DeathCause.STOPPED
    await nothing_is_left(a, b)
    await me.expect_no_message(1.0)


async def test_the_end_of_a_watch_by_name_spares_who_bears_it_since(nodes: Nodes) -> None:
    """D18, D21: somebody else has taken the name meanwhile, and is watched by its uid."""
    a, b = await nodes.start("a"), await nodes.start("b")
    me, old = probe(a), b.spawn(Echo, "echo")
    name = me.watch(named(a, b))
    await me.expect_no_message(1.0)
    nodes.net.cut("b", "a")  # nothing is told for now
    b.stop(old)
    await asyncio.sleep(0.1)
    new = b.spawn(Echo, "echo")
    subject = me.watch(a.remote.resolve_text(here(b, new)))
    me.unwatch(name)
    await asyncio.sleep(0.1)
    nodes.net.heal("b", "a")
    await me.expect_no_message(2.0)
    b.stop(new)

    assert (await me.expect_terminated(subject)).cause is DeathCause.STOPPED
    await nothing_is_left(a, b)


async def test_a_name_that_is_watched_anew_outlives_its_last_bearer(nodes: Nodes) -> None:
    """D18, D31: the death came while a handler was suspended, which then watches who bears the name since."""
    a, b = await nodes.start("a"), await nodes.start("b")
    me, old, name = probe(a), b.spawn(Echo, "echo"), named(a, b)

    async def renew(watcher: Obedient) -> None:
        await asyncio.sleep(1.0)
        watcher.context.unwatch(name)
        watcher.context.watch(name)

    watcher = a.spawn(Props(Obedient, me))
    watcher.tell(Do(lambda actor: actor.context.watch(name)))
    await until(lambda: b.remote.watch_counts())
    watcher.tell(Do(renew))
    await graceful_stop(old)
    new = b.spawn(Echo, "echo")
    await me.expect_no_message(2.0)
    b.stop(new)

    assert (await me.expect(Terminated)).ref == name
    await nothing_is_left(a, b)


async def test_the_long_dead_do_not_answer_for_who_bears_their_name(nodes: Nodes) -> None:
    """D3, D18: who watches a dead actor by its uid, and its successor by the name, hears of the dead one only."""
    a, b = await nodes.start("a"), await nodes.start("b")
    me, old = probe(a), b.spawn(Echo, "echo")
    dead = seen_from(a, b, old)
    await graceful_stop(old)
    new = b.spawn(Echo, "echo")
    name = me.watch(named(a, b))
    me.watch(dead)

    assert not (await me.expect_terminated(dead)).existence_confirmed
    await me.expect_no_message(1.0)
    b.stop(new)
    assert (await me.expect_terminated(name)).existence_confirmed
    await nothing_is_left(a, b)


async def test_who_is_watched_twice_in_the_midst_of_its_end_answers_twice(nodes: Nodes) -> None:
    """D6, D14: a watch by uid and one by name that come while `post_stop` runs are each answered."""

    class Lingers(Echo):
        async def post_stop(self) -> None:
            await asyncio.sleep(1.0)

    a, b = await nodes.start("a"), await nodes.start("b")
    me, ends = probe(a), b.spawn(Lingers, "echo")
    await b.resolve("actor://b/user/echo")
    b.stop(ends)
    await asyncio.sleep(0.1)
    both = {me.watch(named(a, b)), me.watch(seen_from(a, b, ends))}

    await each_dies_once(me, both, a, b)


@pytest.mark.parametrize("by_uid_too", [False, True])
async def test_a_death_ends_a_watch_of_the_name_that_is_on_its_way(nodes: Nodes, by_uid_too: bool) -> None:
    """D18, D21: who is told of one bearer of a name is not kept among the watchers of the next, but by its uid."""
    a, b = await nodes.start("a"), await nodes.start("b")
    me, old = probe(a), b.spawn(Echo, "echo")
    name = me.watch(named(a, b))
    await me.expect_no_message(1.0)
    nodes.net.cut("b", "a")  # nothing is told for now
    await graceful_stop(old)
    new = b.spawn(Echo, "echo")
    me.unwatch(name)
    me.watch(name)
    if by_uid_too:
        me.watch(seen_from(a, b, new))
    await asyncio.sleep(0.1)
    nodes.net.heal("b", "a")
    await me.expect_terminated(name)
    await me.expect_no_message(1.0)

    assert b.remote.watch_counts() == ({a.address: (0, 1)} if by_uid_too else {})
    b.stop(new)
    if by_uid_too:
        await me.expect_terminated(seen_from(a, b, new))
    await nothing_is_left(a, b)
    await me.expect_no_message(1.0)


async def test_a_watcher_by_name_is_told_of_the_end_of_the_node(nodes: Nodes) -> None:
    """D63: as anybody else who watches somebody there."""
    a, b = await nodes.start("a"), await nodes.start("b", port=7)
    me = probe(a)
    b.spawn(Echo, "echo")
    subject = me.watch(named(a, b))
    await me.expect_no_message(1.0)
    nodes.kill(b)

    assert (await me.expect_terminated(subject)).cause is DeathCause.PROCESS_DEAD
    await nothing_is_left(a)


async def test_a_name_is_not_too_long_for_its_bearer_to_tell_of_its_end(nodes: Nodes) -> None:
    """D62: the longest name that can be watched is told of under its uid, and nobody lives at a longer one."""
    a, b = await nodes.start("a"), await nodes.start("b")
    me = probe(a)
    longest = 2048 - len(f"{b.address}/user/#{2**64}")
    bearers = [b.spawn(Echo, "n" * length) for length in (longest, longest + 1)]
    subject, too_long = (me.watch(named(a, b, bearer.name)) for bearer in bearers)
    assert (await me.expect_terminated(too_long)).cause is DeathCause.NEVER_EXISTED
    await me.expect_no_message(1.0)
    b.stop(bearers[0])

    assert (await me.expect_terminated(subject)).cause is DeathCause.STOPPED
    await nothing_is_left(a, b)


async def test_who_could_not_be_told_cannot_watch(nodes: Nodes) -> None:
    """D30: a watcher whose own path is too long for the other node gets an error, and nothing is registered."""
    a, b = await nodes.start("a"), await nodes.start("b")
    me, echo = probe(a), b.spawn(Echo, "echo")
    subject, near = seen_from(a, b, echo), a.spawn(Echo, "near")

    def try_to_watch(watcher: Obedient) -> None:
        with pytest.raises(ValueError, match=r"cannot watch one of another node.* 2048 bytes"):
            watcher.context.watch(subject)
        with pytest.raises(ValueError, match="cannot watch one of another node"):
            watcher.context.watch_with(subject, "another message than before")
        watcher.context.watch(near)
        me.tell("tried")

    watcher = a.spawn(Props(Obedient, me), "n" * 2048)
    watcher.tell(Do(try_to_watch))
    await me.expect("tried")
    assert not a.remote.watch_counts()
    b.stop(echo)
    a.stop(near)
    assert (await me.expect(Terminated)).ref == near
    await me.expect_no_message(1.0)
