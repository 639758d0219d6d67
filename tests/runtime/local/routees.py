"""Workers behind a router, for tests."""

from __future__ import annotations

import asyncio
from typing import Any

from actors import (
    Actor,
    ActorRef,
    GetRoutees,
    Request,
    message,
)
from tests.runtime.local.people import Ill


@message
class Who(Request[str]):
    """Answered with a worker's name."""


class Worker(Actor[Any]):
    """Writes who handles what on a list; "fail" fails it, a number of seconds keeps it busy."""

    def __init__(self, seen: list[str]) -> None:
        self.seen = seen

    def post_restart(self, reason: BaseException) -> None:
        """Say so."""
        self.seen.append(f"{self.ref.name} again")

    def receive(self, message: Any) -> Any:
        """Do it."""
        if message == "fail":
            raise Ill
        if isinstance(message, float):
            return asyncio.sleep(message)
        if isinstance(message, Who):
            self.reply(self.ref.name)
        else:
            self.seen.append(f"{self.ref.name} {message}")
        return None


async def routees(router: ActorRef[Any]) -> tuple[ActorRef[Any], ...]:
    return (await router.ask(GetRoutees())).refs
