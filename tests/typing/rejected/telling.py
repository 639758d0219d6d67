"""Messages and references that do not belong together. Each marked line is a mistake."""

from __future__ import annotations

from actors import Actor, ActorRef, Request, Terminated, message
from runtime import ActorSystem


@message
class Add:
    amount: int


@message
class Subtract:
    amount: int


@message
class GetTotal(Request[int]):
    pass


class Counter(Actor[Add | GetTotal]):
    def receive(self, message: Add | GetTotal) -> None:
        self.context.watch(self.sender)


class Wrong(Actor[Add | GetTotal]):
    def receive(self, message: Add) -> None:  # error: takes less than it says
        print(message)


def tell(counter: ActorRef[Add | GetTotal], only_add: ActorRef[Add]) -> None:
    counter.tell(Subtract(1))  # error: not in the union
    counter.tell("add")  # error
    counter.tell(Add)  # error: the class, not a message
    only_add.tell(GetTotal())  # error: the reference was narrowed
    counter.tell(Add("one"))  # error: a field of another type
    counter.tell(Add())  # error: a field is missing
    counter.tell(Add(1), "me")  # error: the sender is a reference
    counter.forward(Subtract(1))  # error
    Add(1).amount = 2  # error: messages are frozen


def widen(only_add: ActorRef[Add], counter: ActorRef[Add | GetTotal]) -> None:
    wider: ActorRef[Add | GetTotal] = only_add  # error
    anything: ActorRef[object] = counter  # error
    both: list[ActorRef[Add | GetTotal]] = [counter, only_add]  # error
    print(wider, anything, both)


def spawn(system: ActorSystem) -> None:
    counter = system.spawn(Counter)
    counter.tell(Terminated(counter))  # error: it does not say that it takes this
    wider: ActorRef[Add | GetTotal | Subtract] = system.spawn(Counter)  # error
    print(wider)
