"""The stash of an actor: messages put aside, and put back at the front of the mailbox. SHELL-side, of one cell.

A death that is stashed counts as not yet handled, so that unwatching still drops it (D27); that is decided in
`actors.watching`. Deliberately not here: the bound of the mailbox, which stashed messages are exempt from.
"""

from __future__ import annotations

from typing import Any

from actors.mailbox import put_front


class Stashed:
    """Stands for the message being handled once it is stashed: equal messages may come, but none is stashed twice."""

    __slots__ = ("message",)

    def __init__(self, message: Any) -> None:
        self.message: Any = message


def stash(cell: Any) -> None:
    """Put the message being handled aside (A6).

    Raises:
        RuntimeError: If there is none, it is stashed already, or the stash is full.
    """
    message = cell.message
    if message is None:
        raise RuntimeError(f"{cell.ref} handles no message that could be stashed")
    if type(message) is Stashed:
        raise RuntimeError(f"{cell.ref} has stashed this {type(message.message).__name__} already")
    if cell.stashed is None:
        cell.stashed = []
    capacity = cell.host.settings.stash_capacity
    if len(cell.stashed) >= capacity:
        raise RuntimeError(f"the stash of {cell.ref} holds its {capacity} messages")
    kept = message if cell.book is None else cell.book.put_back(message, cell.sender)
    cell.stashed.append((kept, cell.sender))
    cell.message = Stashed(message)


def unstash_all(cell: Any) -> None:
    """Put everything from the stash at the front of the mailbox, in its order (A6)."""
    stashed, cell.stashed = cell.stashed, None
    if stashed:
        put_front(cell.user if cell.user is not None else cell.new_lane(), stashed)


def handled_message(cell: Any) -> Any:
    """The message being handled, also if it is stashed by now."""
    message = cell.message
    return message.message if type(message) is Stashed else message
