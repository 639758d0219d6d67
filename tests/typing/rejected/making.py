"""Recipes that do not fit, and things that are no actors. Each marked line is a mistake."""

from __future__ import annotations

from actors import Actor, ActorRef, Props, message
from runtime import ActorSystem, TestKit


@message
class Add:
    amount: int


class Counter(Actor[Add]):
    def __init__(self, limit: int, *, label: str = "") -> None:
        self.limit = limit
        self.label = label

    def receive(self, message: Add) -> None:
        self.context.spawn(Plain)
        self.context.spawn(Counter)  # error: it needs its limit
        self.context.spawn(Thing)  # error: not an actor
        wrong: ActorRef[str] = self.context.spawn(Plain)  # error: it takes Add
        self.context.watch(wrong.path)  # error: a path is no reference
        self.context.watch(Plain)  # error
        self.context.stop("plain")  # error


class Plain(Actor[Add]):
    """Has no constructor of its own."""


class Thing:
    def receive(self, message: Add) -> None:
        print(message)


def make(system: ActorSystem, kit: TestKit) -> None:
    system.spawn(Props(Counter, 1))
    system.spawn(Props(Counter, 1, label="a"))
    system.spawn(Props(Counter, "1"))  # error: the limit is a number
    system.spawn(Props(Counter))  # error: the limit is missing
    system.spawn(Props(Counter, 1, "a"))  # error: the label is named
    system.spawn(Props(Counter, 1, title="a"))  # error
    system.spawn(Props(Plain, 1))  # error: it takes nothing
    system.spawn(Props(Thing))  # error: not an actor
    system.spawn(Counter)  # error: it needs its limit
    system.spawn(Counter(1))  # error: an instance, not a recipe
    system.spawn(lambda: Counter())  # error
    system.spawn(lambda: 1)  # error
    system.spawn(Thing)  # error
    system.spawn(Plain, name=1)  # error
    kit.spawn(Thing)  # error
    Counter("1")  # error
    Plain(1)  # error
    print(Counter(1).limits)  # error: no such attribute


def keep(system: ActorSystem) -> None:
    plain = system.spawn(Plain)
    plain.tell(Counter(1))  # error
    recipe: Props[str] = Props(Plain)  # error
    print(recipe)
