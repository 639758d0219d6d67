"""A tree of actors in which everything fails at random, and what must hold all the same (S59).

`Storm` is the weather and the account of one run: it draws who fails, sleeps, stops or is judged how, and keeps what
was seen. `Node` is an actor in it. Everything comes from one seed.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import Iterable
from typing import Any

from actors import Actor, ActorRef, AllForOneStrategy, Backoff, Directive, Kill, OneForOneStrategy, PoisonPill, Props

BREADTH = (4, 3, 4)
"""Children of the root, of its children, and of those: 64 nodes below the root."""

FULL_BREADTH = (5, 9, 10)
"""The same for a tree of the size that S59 asks for: 500 nodes below the root."""


class Ill(Exception):
    """What nodes fail with."""


class Storm:
    """One run.

    Args:
        seed: Replays it.
        breadth: Of the tree, as `BREADTH`.

    Attributes:
        rages: Whether anything fails; afterwards everybody recovers.
        wrong: What must not happen and did.
        waiting: Who has failed in a handler, or escalated a failure, and what of that is not judged yet.
        at_once: Those of them that failed before their handler waited for anything.
        alive: Instances that have started and were not ended.
        ended: Instances that have seen `post_stop` or `pre_restart`.
        refs: Everybody who was ever made, or who of them is left.
    """

    def __init__(self, seed: int, breadth: tuple[int, ...] = BREADTH) -> None:
        self.random = random.Random(seed)
        self.breadth = breadth
        self.rages = True
        self.wrong: list[str] = []
        self.waiting: dict[ActorRef[Any], list[BaseException]] = {}
        self.at_once: set[ActorRef[Any]] = set()
        self.alive: set[int] = set()
        self.ended: set[int] = set()
        self.refs: list[ActorRef[Any]] = []
        self.instances = 0
        self.handled = 0
        self.failures = 0
        self.pings: set[ActorRef[Any]] = set()

    def strikes(self, chance: float) -> bool:
        """Whether something happens now."""
        return self.rages and self.random.random() < chance

    def strategy(self, node: Node) -> OneForOneStrategy:
        """A strategy of any kind whose decisions are drawn one by one."""
        draw = self.random
        make = draw.choice([OneForOneStrategy, OneForOneStrategy, AllForOneStrategy])
        backoff = Backoff(0.01, 0.5) if draw.random() < 0.3 else None
        return make(draw.choice([-1, 20]), draw.choice([None, 0.2]), node.decide, backoff, logging=False)

    def verdict(self, child: ActorRef[Any], supervisor: ActorRef[Any] | None, error: BaseException) -> Directive:
        """Draw what becomes of a child, and keep the account."""
        if supervisor is not None and self.strikes(0.2):
            self.at_once.add(supervisor)
            if self.strikes(0.2):
                raised = Ill("in a decider")
                raised.__cause__ = error
                self.fails(supervisor, raised)
                raise raised
            self.fails(supervisor, error)
            return Directive.ESCALATE
        self.settle(error, self.waiting)
        return self.random.choices([Directive.RESUME, Directive.RESTART, Directive.STOP], [10, 15, 1])[0]

    def fails(self, ref: ActorRef[Any], error: BaseException) -> None:
        """An actor waits for a verdict on a failure of its own, or on one that it escalates."""
        self.waiting.setdefault(ref, []).append(error)

    def settle(self, error: BaseException | None, where: Iterable[ActorRef[Any]]) -> None:
        """A failure is judged, and with it those of which it came."""
        while error is not None:
            for ref in [ref for ref in where if ref in self.waiting]:
                left = [other for other in self.waiting[ref] if other is not error]
                if left:
                    self.waiting[ref] = left
                else:
                    del self.waiting[ref]
                    self.at_once.discard(ref)
            error = error.__cause__

    def restarted(self, ref: ActorRef[Any]) -> None:
        """An actor is restarted, perhaps for a sibling's failure: what it has escalated is settled for those below."""
        depth = len(ref.path.elements)
        below = [other for other in self.waiting if other.path.elements[:depth] == ref.path.elements and other != ref]
        for error in self.waiting.get(ref, ()):
            self.settle(error, below)


class Node(Actor[Any]):
    """An actor in the storm, with children below it down to the depth of the storm's `breadth`."""

    def __init__(self, storm: Storm, level: int) -> None:
        self.storm, self.level = storm, level
        storm.instances += 1
        self.number = storm.instances
        self.supervisor_strategy = storm.strategy(self)
        self.fall_ill(0.03)

    def fall_ill(self, chance: float) -> None:
        """Perhaps fail."""
        if self.storm.strikes(chance):
            self.storm.failures += 1
            raise Ill(f"instance {self.number}")

    async def dawdle(self) -> bool:
        """Perhaps wait. Returns whether it did."""
        if not self.storm.strikes(0.3):
            return False
        await asyncio.sleep(self.storm.random.choice([0.0, 0.001, 0.02]))
        return True

    def decide(self, error: BaseException) -> Directive:
        """The decider of this node's strategy."""
        return self.storm.verdict(self.sender, self.ref, error)

    def raise_children(self) -> None:
        """Make those that are not there."""
        if self.level < len(self.storm.breadth):
            for n in range(self.storm.breadth[self.level]):
                if self.context.child(f"n{n}") is None:
                    self.storm.refs.append(self.context.spawn(Props(Node, self.storm, self.level + 1), f"n{n}"))

    async def pre_start(self) -> None:
        self.fall_ill(0.03)
        self.raise_children()
        await self.dawdle()
        self.fall_ill(0.03)
        self.storm.alive.add(self.number)

    async def post_restart(self, reason: BaseException) -> None:
        await self.dawdle()
        self.fall_ill(0.03)
        self.raise_children()
        self.storm.alive.add(self.number)

    async def pre_restart(self, reason: BaseException, message: Any | None) -> None:
        self.end("pre_restart")
        self.storm.restarted(self.ref)
        if self.storm.random.random() < 0.5:
            for child in self.context.children:
                if self.storm.random.random() < 0.8:
                    self.context.stop(child)
        await self.dawdle()
        self.fall_ill(0.1)

    async def post_stop(self) -> None:
        self.end("post_stop")
        await self.dawdle()
        self.fall_ill(0.1)

    def end(self, hook: str) -> None:
        """This instance is over."""
        if self.number not in self.storm.alive:
            self.storm.wrong.append(f"{hook} on instance {self.number}, which never started or is over")
        self.storm.alive.discard(self.number)
        self.storm.ended.add(self.number)

    async def receive(self, message: Any) -> None:
        self.check()
        self.storm.handled += 1
        if message == "ping":
            self.storm.pings.add(self.ref)
            return
        if message == "stop":
            self.context.stop(self.ref)
        waited = await self.dawdle()
        if self.storm.strikes(0.3):
            self.storm.failures += 1
            error = Ill(f"instance {self.number}")
            self.storm.fails(self.ref, error)
            if not waited:
                self.storm.at_once.add(self.ref)
            raise error

    def check(self) -> None:
        """Nobody who waits for a verdict, or whose parent does, handles a message."""
        if self.ref in self.storm.waiting:
            self.storm.wrong.append(f"{self.ref} handled a message before its verdict")
        if self.context.parent in self.storm.at_once:
            self.storm.wrong.append(f"{self.ref} handled a message while its parent waits for a verdict")
        if self.number in self.storm.ended or self.number not in self.storm.alive:
            self.storm.wrong.append(f"instance {self.number} of {self.ref} handled a message out of its life")


def blow(storm: Storm) -> None:
    """One gust: a message to somebody, now and then one that ends."""
    draw = storm.random
    target = draw.choice(storm.refs)
    message = draw.choices(["work", "stop", PoisonPill(), Kill()], [80, 1, 1, 1])[0]
    target.tell(message)
