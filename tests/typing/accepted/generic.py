"""Actors of any message type, protocols split between refs, and classes that hold a typed reference."""

from __future__ import annotations

from typing import Generic, TypeAlias, TypeVar, assert_type

from actors import Actor, ActorRef, Props, Request, message
from runtime import ActorSystem

T = TypeVar("T")


@message
class Put:
    key: str
    value: int


@message
class Get(Request["int | None"]):
    key: str


StoreMessage: TypeAlias = Put | Get


class Store(Actor[StoreMessage]):
    def __init__(self) -> None:
        self.values: dict[str, int] = {}

    def receive(self, message: StoreMessage) -> None:
        match message:
            case Put(key, value):
                self.values[key] = value
            case Get(key):
                self.reply(self.values.get(key), to=message)


class StoreClient:
    """A facade: methods for those who only want to call."""

    def __init__(self, ref: ActorRef[StoreMessage]) -> None:
        self._ref = ref

    def put(self, key: str, value: int) -> None:
        self._ref.tell(Put(key, value))

    async def get(self, key: str) -> int | None:
        return await self._ref.ask(Get(key), timeout=1.0)


class Tee(Actor[T], Generic[T]):
    """Passes what it gets to several others."""

    def __init__(self, *targets: ActorRef[T]) -> None:
        self.targets = targets

    def receive(self, message: T) -> None:
        for target in self.targets:
            target.forward(message)


def only_puts(ref: ActorRef[Put]) -> None:
    ref.tell(Put("a", 1))


async def main() -> None:
    async with ActorSystem("store") as system:
        store = system.spawn(Store)
        only_puts(store)
        client = StoreClient(store)
        client.put("a", 1)
        assert_type(await client.get("a"), int | None)
        tee = system.spawn(Props(Tee[Put], store, store))
        tee.tell(Put("b", 2))
        logger: ActorRef[object] = await system.resolve("actor://store/user/log")
        anything_goes: list[ActorRef[StoreMessage]] = [store, logger]
        for ref in anything_goes:
            ref.tell(Get("a"))
