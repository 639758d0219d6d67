"""`Host`: the system as its cells know it. A protocol, so that cells and the system need not import each other.

Implemented by `runtime.system`. Deliberately not here: what only people call.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Coroutine
from typing import Any, Protocol

from actors.ref import ActorRef
from runtime.deadlines import Deadlines
from runtime.dispatcher import Dispatcher
from runtime.settings import Settings


class Host(Protocol):
    """What a cell needs of the system around it."""

    @property
    def settings(self) -> Settings:
        """The system's settings."""
        ...

    @property
    def dispatcher(self) -> Dispatcher:
        """The ready queue."""
        ...

    @property
    def random(self) -> random.Random:
        """The system's source of randomness."""
        ...

    @property
    def deadlines(self) -> Deadlines:
        """When asks are too late."""
        ...

    @property
    def dead_letters(self) -> ActorRef[Any]:
        """Where messages to nobody go."""
        ...

    @property
    def log(self) -> Any:
        """The system's structured logger."""
        ...

    def now(self) -> float:
        """The loop's time in seconds."""
        ...

    def call_later(self, delay_s: float, callback: Callable[..., Any], *args: Any) -> Any:
        """Call back later; the handle has `cancel()`."""
        ...

    def next_uid(self) -> int:
        """A number for the next incarnation of an actor."""
        ...

    def dead_letter(self, message: Any, sender: ActorRef[Any] | None, recipient: ActorRef[Any]) -> None:
        """A message was not delivered."""

    def fatal(self, error: BaseException) -> None:
        """The whole system has to end because of this error."""

    def hurry(self, cell: Any) -> None:
        """A busy cell was told to stop: cancel its handler when it is late."""

    def ask(self, ref: ActorRef[Any], message: Any, timeout_s: float, /) -> Coroutine[Any, Any, Any]:
        """Send and wait for the first reply."""
        ...

    async def tell_when_room(
        self, ref: ActorRef[Any], message: Any, sender: ActorRef[Any] | None, timeout_s: float
    ) -> None:
        """Send once the target's mailbox has room."""

    def current_sender(self) -> ActorRef[Any] | None:
        """The sender of the message that the calling handler handles."""
        ...

    def is_watched(self, watcher: ActorRef[Any], subject: ActorRef[Any]) -> bool:
        """Whether an actor here watches one of another node, since that node was last said to be dead."""
        ...

    def register_temporary(self, name: str, ref: ActorRef[Any]) -> None:
        """Make a reference findable at `/temp/` and this name."""

    def forget_temporary(self, name: str) -> None:
        """And no longer."""
