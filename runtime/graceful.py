"""`graceful_stop`: stop an actor and wait for its end. SHELL.

The waiting is done by `runtime.ask`: the end of an actor is awaited as a reply is. Not here: stopping a whole system.
"""

from __future__ import annotations

from typing import Any

from actors.notices import PoisonPill
from actors.ref import ActorRef
from runtime.ask import end_of


async def graceful_stop(ref: ActorRef[Any], timeout: float = 5.0, stop_message: Any = None) -> None:  # noqa: ASYNC109
    """Stop an actor behind everything that is already in its mailbox, and wait until it is gone (S68).

    Args:
        ref: The actor, here or on another node; if it is dead already, this returns at once.
        timeout: Seconds to wait.
        stop_message: Sent instead of `PoisonPill`.

    Raises:
        TimeoutError: If it did not end in time.
    """
    await end_of(ref, PoisonPill() if stop_message is None else stop_message, timeout)
