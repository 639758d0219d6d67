"""everything-is-an-actor: actors for agents, a task each."""

# mypy: ignore-errors
# What it imports is installed elsewhere.

from __future__ import annotations

from typing import Any

from actor_for_agents import Actor, ActorSystem

from .workloads import Reaction


class Library:
    """everything-is-an-actor."""

    package = "everything-is-an-actor"
    threads = False

    def __init__(self) -> None:
        self.system: Any = None
        self.spawned = 0

    async def __aenter__(self) -> Library:
        self.system = ActorSystem("bench")
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.system.shutdown()

    async def spawn(self, reaction: Reaction) -> Any:
        """Make an actor: of a class of its own, because a constructor takes no arguments there."""
        self.spawned += 1
        return await self.system.spawn(_class(reaction), f"a{self.spawned}")

    async def tell(self, ref: Any, message: Any) -> None:
        """Tell."""
        await ref.tell(message)

    async def ask(self, ref: Any, message: Any) -> Any:
        """Ask."""
        return await ref.ask(message)

    async def end(self, ref: Any) -> None:
        """Stop, and join."""
        ref.stop()
        await ref.join()


class Reacting(Actor):
    """Reacts."""

    reaction: Reaction

    async def on_receive(self, message: Any) -> Any:
        """React."""
        return await type(self).reaction(message)


_classes: dict[Reaction, type[Reacting]] = {}


def _class(reaction: Reaction) -> type[Reacting]:
    if reaction not in _classes:
        _classes[reaction] = type("Reacting", (Reacting,), {"reaction": staticmethod(reaction)})
    return _classes[reaction]
