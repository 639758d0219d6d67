"""A codec and messages, for tests."""

from __future__ import annotations

from typing import Any

from actors.address import ActorPath, Address
from actors.message import message
from actors.ref import ActorRef
from runtime.protocol.codec import Codec


class Nowhere:
    host: Any = None

    def tell(self, message: Any, sender: ActorRef[Any] | None = None) -> None: ...
    def signal(self, signal: Any) -> None: ...
    async def ask(self, ref: ActorRef[Any], message: Any, timeout_s: float) -> Any: ...


def ref(text: str) -> ActorRef[Any]:
    return ActorRef(ActorPath.parse(text), Nowhere())


HERE = Address("here", "127.0.0.1", 2552)


def make_codec() -> Codec:
    return Codec(HERE, ref)


@message(name="test.codec.pair")
class Pair:
    left: Any
    right: Any


@message(name="test.codec.one")
class One:
    value: Any
