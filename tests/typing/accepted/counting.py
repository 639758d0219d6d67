"""Messages, a counter, and everything that its reference can do."""

from __future__ import annotations

import asyncio
from typing import assert_never, assert_type

from actors import Actor, ActorRef, AskTimeout, Kill, PoisonPill, Props, Request, message
from runtime import ActorSystem, graceful_stop


@message
class Add:
    amount: int


@message(name="counting.reset")
class Reset:
    to: int = 0


@message
class GetTotal(Request[int]):
    pass


@message
class GetLabel(Request[str]):
    prefix: str
    width: int = 8


class Counter(Actor[Add | Reset | GetTotal | GetLabel]):
    def __init__(self, limit: int, label: str = "counter") -> None:
        self.limit = limit
        self.label = label
        self.total = 0

    async def receive(self, message: Add | Reset | GetTotal | GetLabel) -> None:
        match message:
            case Add(amount):
                self.total += amount
            case Reset(to):
                self.total = to
            case GetTotal():
                self.reply(self.total, to=message)
            case GetLabel(prefix, width=width):
                self.reply((prefix + self.label).ljust(width), to=message)
            case _:
                assert_never(message)


class LaxCounter(Actor[Add | GetTotal]):
    """Takes what comes, as most examples do, and names its parameter as it likes."""

    total = 0

    def receive(self, received: object) -> None:
        match received:
            case Add(amount):
                self.total += amount
            case GetTotal():
                self.reply(self.total)
            case _:
                self.unhandled(received)


async def main() -> None:
    async with ActorSystem("counting") as system:
        counter = system.spawn(Props(Counter, 10, label="c"), name="counter")
        assert_type(counter, ActorRef[Add | Reset | GetTotal | GetLabel])
        counter.tell(Add(5))
        counter.tell(Reset(), sender=system.dead_letters)
        total = await counter.ask(GetTotal(), timeout=1.0)
        assert_type(total, int)
        label = await counter.ask(GetLabel("a "))
        assert_type(label, str)

        by_function = system.spawn(lambda: Counter(3))
        assert_type(by_function, ActorRef[Add | Reset | GetTotal | GetLabel])
        by_class = system.spawn(LaxCounter)
        assert_type(by_class, ActorRef[Add | GetTotal])

        only_add: ActorRef[Add] = counter
        only_add.tell(Add(1))
        narrow_at_once: ActorRef[Add] = system.spawn(LaxCounter)
        narrow_recipe: Props[Add] = Props(LaxCounter)
        adders: list[ActorRef[Add]] = [only_add, narrow_at_once, by_class, system.spawn(narrow_recipe)]
        for adder in adders:
            adder.tell(Add(adder.path.uid % 2))

        found = await system.resolve("actor://counting/user/counter", timeout=2.0)
        found.tell("whatever")
        assert_type(await found.ask(GetTotal()), int)
        untyped = await found.ask("plain messages are for references that take anything")
        print(untyped)

        try:
            await asyncio.gather(counter.ask(GetTotal()), counter.ask(GetLabel("b"), 0.5))
        except AskTimeout as late:
            print(late)
        found.tell(PoisonPill())
        found.tell(Kill())
        system.stop(by_class)
        await graceful_stop(counter, timeout=2.0)
    print(system.tree(), counter.name, {counter: 1}[counter], counter == found)
