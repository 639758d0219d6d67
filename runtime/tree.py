"""The living tree of a system as text: one line an actor.

Reads cells, changes nothing; called by `ActorSystem.tree`.
"""

from __future__ import annotations

from typing import Any


def render(cell: Any, depth: int = 0) -> str:
    """`cell` and everything below it: name, class, state, waiting messages, watchers."""
    if cell is None:
        return ""
    mailbox = len(cell.user) if cell.user is not None else 0
    watchers = len(cell.book.watchers) if cell.book is not None else 0
    state = cell.state.name.lower() + (" suspended" if cell.suspensions else "") + (" busy" if cell.busy else "")
    lines = [f"{'  ' * depth}{cell.ref.name} {cell.props.class_name} {state} mailbox={mailbox} watchers={watchers}"]
    if cell.family is not None:
        lines.extend(render(child.ref.sink, depth + 1) for child in cell.family.all())
    return "\n".join(lines)
