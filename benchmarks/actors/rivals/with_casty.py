"""casty: virtual actors with a core in Rust; messages are serialised, also within a process."""

# mypy: ignore-errors
# What it imports is installed elsewhere.

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from casty import ActorSystem, Askable, Context, actor

from .workloads import Reaction

_reactions: list[Reaction] = []


@dataclass(frozen=True)
class Tell:
    """A message."""

    value: int


@dataclass(frozen=True)
class Ask(Askable[int]):
    """A question."""

    value: int


@actor(initial=0)
async def reacting(ctx: Context[int, Tell | Ask]) -> None:
    """React: with the reaction whose number is the actor's key."""
    reaction = _reactions[int(ctx.key)]
    async for message in ctx.inbox:
        answer = await reaction(message.value)
        if isinstance(message, Ask):
            message.reply_to.tell(answer)


class Library:
    """casty."""

    package = "casty"
    threads = False

    def __init__(self) -> None:
        self.system: Any = None

    async def __aenter__(self) -> Library:
        self.system = ActorSystem()
        await self.system.__aenter__()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.system.__aexit__(None, None, None)

    async def spawn(self, reaction: Reaction) -> Any:
        """Name an actor, which is made by its first message."""
        _reactions.append(reaction)
        return self.system.ref(reacting, str(len(_reactions) - 1))

    async def tell(self, ref: Any, message: Any) -> None:
        """Tell."""
        ref.tell(Tell(message))

    async def ask(self, ref: Any, message: Any) -> Any:
        """Ask."""
        return await ref.ask(Ask(message))
