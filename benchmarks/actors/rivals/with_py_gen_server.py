"""py-gen-server: Erlang's generic server on asyncio queues."""

# mypy: ignore-errors
# What it imports is installed elsewhere.

from __future__ import annotations

from typing import Any

from py_gen_server import Actor

from .workloads import Reaction


class Reacting(Actor[Any, Any, Any]):
    """Reacts."""

    def __init__(self, reaction: Reaction) -> None:
        self.reaction = reaction

    async def handle_cast(self, msg: Any, env: Any) -> None:
        """React."""
        await self.reaction(msg)

    async def handle_call(self, msg: Any, env: Any, reply_sender: Any) -> None:
        """React and answer."""
        reply_sender.send(await self.reaction(msg))


class Library:
    """py-gen-server."""

    package = "py-gen-server"
    threads = False

    def __init__(self) -> None:
        self.refs: list[Any] = []

    async def __aenter__(self) -> Library:
        return self

    async def __aexit__(self, *_: object) -> None:
        for ref in self.refs:
            ref.cancel()

    async def spawn(self, reaction: Reaction) -> Any:
        """Make an actor."""
        self.refs.append(Reacting(reaction).spawn())
        return self.refs[-1]

    async def tell(self, ref: Any, message: Any) -> None:
        """Cast."""
        await ref.cast(message)

    async def ask(self, ref: Any, message: Any) -> Any:
        """Call."""
        return await ref.call(message)

    async def end(self, ref: Any) -> None:
        """Cancel, and await the task."""
        ref.cancel()
        await ref.actor_task
