"""Messages that the runtime itself handles when their turn comes, before user code sees them. SHELL.

`receive` never sees a `PoisonPill` or `Kill` (S64), nor a `Terminated` that it did not ask for (D16) or no longer
wants (D21).
"""

from __future__ import annotations

from typing import Any, Final

from actors.errors import ActorKilledError
from actors.notices import ActorIdentity, Identify, Kill, PoisonPill, Terminated
from actors.ref import ActorRef
from actors.signals import TERMINATE
from actors.watching import CustomTermination
from runtime.context import PipedFailure
from runtime.room import tell_or_drop
from runtime.supervising import fail
from runtime.timers import TimerTick

AUTOMATIC: Final = frozenset({Terminated, CustomTermination, TimerTick, PipedFailure, PoisonPill, Kill, Identify})


def automatic(cell: Any, message: Any) -> Any:
    """Handle one of `AUTOMATIC`. Returns what `receive` is to see instead, `None` for nothing."""
    cls = message.__class__
    if cls is Terminated or cls is CustomTermination:
        if cell.book is None or not cell.book.take(message):
            return None
        return message if cls is Terminated else _payload(cell, message.message)
    if cls is TimerTick:
        return _payload(cell, cell.timers.take(message) if cell.timers is not None else None)  # A3
    if cls is PoisonPill:
        cell.signal(TERMINATE)
    elif cls is Kill:
        cell.message = message
        fail(cell, ActorKilledError(f"{cell.ref} was killed"))
    elif cls is PipedFailure and message.instance is not cell.instance:
        cell.drop((message, cell.sender))  # it was restarted meanwhile, perhaps for just that
    elif cls is PipedFailure:
        fail(cell, message.error)
    elif cls is Identify and isinstance(cell.sender, ActorRef):  # else whoever asked cannot be answered
        tell_or_drop(cell.host, cell.sender, ActorIdentity(message.correlation_id, cell.ref), cell.ref)
    return None


def _payload(cell: Any, message: Any) -> Any:
    """What a timer or a `watch_with` was given to send: also a message that ends the actor works as such (S64)."""
    return automatic(cell, message) if message.__class__ in (PoisonPill, Kill) else message
