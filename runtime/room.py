"""Room in a bounded mailbox: waiting for it, and telling without it. SHELL of `actors.mailbox.BoundedLane`.

Deliberately not here: what a full mailbox does with an ordinary `tell`; that is its overflow policy.
"""

from __future__ import annotations

import asyncio
from typing import Any

from actors.errors import MailboxFull
from actors.mailbox import BoundedLane, Waiting
from actors.ref import ActorRef
from runtime.host import Host


async def tell_when_room(
    host: Host, target: ActorRef[Any], message: Any, sender: ActorRef[Any] | None, timeout_s: float
) -> None:
    """Send `message` as soon as the target's mailbox has room; at once if it has no bound, or is not of this process.

    Raises:
        MailboxFull: If there was no room within `timeout_s` seconds; the message was not sent.
        ValueError: If `message` is `None`.
    """
    lane = getattr(target.sink, "user", None)
    if not isinstance(lane, BoundedLane) or lane.has_room or message is None:
        target.tell(message, sender)
        return
    if not timeout_s > 0:
        raise MailboxFull(f"the mailbox of {target} is full; {type(message).__name__} not sent")
    room: asyncio.Future[bool] = asyncio.get_running_loop().create_future()
    waiting = Waiting((message, sender), lambda: _settle(room, True))
    lane.wait(waiting)
    timer = host.call_later(timeout_s, _settle, room, False)
    try:
        if not await room and lane.give_up(waiting):
            raise MailboxFull(f"the mailbox of {target} had no room for {type(message).__name__} within {timeout_s} s")
    except asyncio.CancelledError:
        lane.give_up(waiting)
        raise
    finally:
        timer.cancel()


def tell_or_drop(host: Host, target: ActorRef[Any], message: Any, sender: ActorRef[Any] | None = None) -> None:
    """Send on behalf of the runtime, which no full mailbox may fail: without room it is a dead letter."""
    try:
        target.tell(message, sender)
    except MailboxFull:
        host.dead_letter(message, sender, target)


def _settle(room: asyncio.Future[bool], taken: bool) -> None:
    if not room.done():
        room.set_result(taken)
