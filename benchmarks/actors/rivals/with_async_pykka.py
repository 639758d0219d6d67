"""async-pykka: pykka's actors as asyncio tasks."""

# mypy: ignore-errors
# What it imports is installed elsewhere.

from __future__ import annotations

from typing import Any

import async_pykka

from .workloads import Reaction


class Reacting(async_pykka.AsyncioActor):
    """Reacts."""

    def __init__(self, reaction: Reaction) -> None:
        super().__init__()
        self.reaction = reaction

    async def on_receive(self, message: Any) -> Any:
        """React."""
        return await self.reaction(message)


class Library:
    """async-pykka."""

    package = "async-pykka"
    threads = False

    async def __aenter__(self) -> Library:
        return self

    async def __aexit__(self, *_: object) -> None:
        await async_pykka.ActorRegistry.stop_all()

    async def spawn(self, reaction: Reaction) -> Any:
        """Make an actor."""
        return Reacting.start(reaction)

    async def tell(self, ref: Any, message: Any) -> None:
        """Tell."""
        ref.tell(message)

    async def ask(self, ref: Any, message: Any) -> Any:
        """Ask."""
        return await ref.ask(message)

    async def end(self, ref: Any) -> None:
        """Stop: it returns when the actor is gone."""
        await ref.stop()
