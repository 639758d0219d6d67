"""pykka: an actor is a thread."""

# mypy: ignore-errors
# What it imports is installed elsewhere.

from __future__ import annotations

import asyncio
from typing import Any

import pykka

from .workloads import Reaction


class Reacting(pykka.ThreadingActor):
    """Reacts."""

    def __init__(self, reaction: Reaction) -> None:
        super().__init__()
        self.reaction = reaction

    def on_receive(self, message: Any) -> Any:
        """React: the reaction never waits, so one step ends it."""
        try:
            self.reaction(message).send(None)
        except StopIteration as stop:
            return stop.value


class Library:
    """pykka."""

    package = "pykka"
    threads = True

    async def __aenter__(self) -> Library:
        return self

    async def __aexit__(self, *_: object) -> None:
        await asyncio.to_thread(pykka.ActorRegistry.stop_all)

    async def spawn(self, reaction: Reaction) -> Any:
        """Make an actor."""
        return Reacting.start(reaction)

    async def tell(self, ref: Any, message: Any) -> None:
        """Tell."""
        ref.tell(message)

    async def ask(self, ref: Any, message: Any) -> Any:
        """Ask, and block: it has no other way that is as fast."""
        return ref.ask(message)

    async def end(self, ref: Any) -> None:
        """Stop, and block until the actor is gone."""
        ref.stop()
