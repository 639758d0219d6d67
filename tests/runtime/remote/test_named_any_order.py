"""Watches of one name and of those who bear it, one after the other, in any order: what both nodes keep of them."""

from __future__ import annotations

import asyncio
import random
from typing import Any

import pytest

from actors import ActorNameInUse, ActorRef, Props, Terminated
from runtime import ActorSystem
from runtime.sim import World
from tests.runtime.local.people import Do, Obedient

WATCHERS = 2


class Watcher(Obedient):
    """Does what a `Do` says, and nothing about a `Terminated` but to remember it.

    Args:
        told: What it was told of.
    """

    def __init__(self, told: list[ActorRef[Any]]) -> None:
        super().__init__()
        self.told = told

    def receive(self, message: Any) -> Any:
        """Do it, or remember it."""
        if isinstance(message, Terminated):
            self.told.append(message.ref)
        return super().receive(message)


def renewing(ref: ActorRef[Any], nap_s: float) -> Do:
    """Ends a watch and begins it anew, with whatever comes meanwhile in the lane of the watcher."""

    async def renew(actor: Obedient) -> None:
        await asyncio.sleep(nap_s)
        actor.context.unwatch(ref)
        actor.context.watch(ref)

    return Do(renew)


def change(chance: random.Random, ref: ActorRef[Any]) -> Do:
    """One thing that a watcher may do with a reference."""
    return chance.choice(
        [
            Do(lambda actor: actor.context.watch(ref)),
            Do(lambda actor: actor.context.unwatch(ref)),
            renewing(ref, 0.0),
            renewing(ref, chance.uniform(0.0, 0.02)),
        ]
    )


class Story:
    """Somebody bears the name at most of the time.

    Args:
        a: Where the watchers are.
        b: Where the name is.
        chance: What happens.
    """

    def __init__(self, a: ActorSystem, b: ActorSystem, chance: random.Random) -> None:
        self.a, self.b, self.chance = a, b, chance
        self.told: list[ActorRef[Any]] = []
        self.watchers = [a.spawn(Props(Watcher, self.told), f"w{number}") for number in range(WATCHERS)]
        self.name: ActorRef[Any] = a.remote.resolve_text(f"{b.address}/user/subject")
        self.refs: list[ActorRef[Any]] = []
        self.bearer: ActorRef[Any] | None = None

    async def play(self) -> None:
        """Everything, and what comes of it."""
        for _ in range(self.chance.randint(10, 60)):
            self.bear()
            ref = self.chance.choice([self.name, self.refs[-1], self.chance.choice(self.refs)])
            self.chance.choice(self.watchers).tell(change(self.chance, ref))
            if self.bearer is not None and self.chance.random() < 0.3:
                self.b.stop(self.bearer)
                self.bearer = None
            assert self.bearer is None or self.refs[-1] not in self.told
            await asyncio.sleep(self.chance.choice([0.0, 0.0001, 0.001, 0.01]) * self.chance.random())
        await asyncio.sleep(3.0)

    def bear(self) -> None:
        """Let somebody bear the name, unless somebody does or is not quite gone."""
        if self.bearer is None:
            try:
                self.bearer = self.b.spawn(Obedient, "subject")
            except ActorNameInUse:
                assert self.refs
            else:
                self.refs.append(self.a.remote.resolve_text(str(self.bearer.path.at(self.b.address))))

    def look(self) -> None:
        """Watched is who lives, by watchers that its node knows; the registries of both nodes have just these."""
        cells: list[Any] = [watcher.sink for watcher in self.watchers]
        watched = {cell.ref.path.name: set(cell.book.watching) for cell in cells if cell.book is not None}
        living = set() if self.bearer is None else {self.name, self.refs[-1]}
        assert all(refs <= living for refs in watched.values())
        book = None if self.bearer is None else self.bearer.sink.book  # type: ignore[attr-defined] # a cell
        known = set() if book is None else {watcher.path.name for watcher in book.watchers}
        assert known == {name for name, refs in watched.items() if refs}
        assert self.a.remote.watch_counts().get(self.b.address, (0, 0))[0] == sum(map(len, watched.values()))
        assert self.b.remote.watch_counts().get(self.a.address, (0, 0))[1] == len(known)


@pytest.mark.parametrize("seed", range(15))
def test_names_and_those_who_bear_them_are_watched_in_any_order(seed: int) -> None:
    """D18, D21: nobody waits for a death that was, and nobody is kept of whom no watcher knows, by uid or by name."""

    async def main(world: World) -> None:
        story = Story(await world.start("a"), await world.start("b"), world.chance)
        await story.play()
        story.look()

    World.run(main, seed)
