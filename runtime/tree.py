"""The living tree of a system: as text, as data, and with the stacks of suspended handlers.

Reads cells, changes nothing; called by `ActorSystem.tree`, `ActorSystem.tree_data` and `runtime.observability`.
Deliberately not here: history. A tree says what is, not what was.
"""

from __future__ import annotations

import traceback
from types import FrameType
from typing import Any

from runtime.stashing import handled_message


def render(cell: Any, depth: int = 0) -> str:
    """`cell` and everything below it: path, class, state, waiting messages, watchers."""
    if cell is None:
        return ""
    mailbox = len(cell.user) if cell.user is not None else 0
    watchers = len(cell.book.watchers) if cell.book is not None else 0
    state = cell.state.name.lower() + (" suspended" if cell.suspensions else "") + (" busy" if cell.busy else "")
    lines = [f"{'  ' * depth}{cell.ref} {cell.props.class_name} {state} mailbox={mailbox} watchers={watchers}"]
    if cell.family is not None:
        lines.extend(render(child.sink, depth + 1) for child in cell.family.refs())
    return "\n".join(lines)


def as_data(cell: Any, now: float) -> dict[str, Any]:
    """`cell` and everything below it, in values that JSON knows.

    Args:
        cell: The top.
        now: The loop's time in seconds.
    """
    book, family, worker = cell.book, cell.family, cell.worker
    busy_with = handled_message(cell) if cell.busy else None
    return {
        "path": str(cell.ref.path),
        "name": cell.ref.name,
        "class": cell.props.class_name,
        "state": cell.state.name.lower(),
        "mailbox": len(cell.user or ()),
        "signals": len(cell.system) if isinstance(cell.system, list) else int(cell.system is not None),
        "stash": len(cell.stashed or ()),
        "suspensions": cell.suspensions,
        "watchers": [str(ref) for ref in book.watchers] if book is not None else [],
        "watching": [str(ref) for ref in book.watching] if book is not None else [],
        "busy_s": round(max(0.0, now - worker.since), 3) if worker is not None else None,
        "busy_with": None if busy_with is None else type(busy_with).__name__,
        "children": [as_data(child.sink, now) for child in family.refs()] if family is not None else [],
    }


def stacks(cell: Any, now: float) -> str:
    """The suspended handlers of `cell` and everything below it, each with its stack, the outermost call first."""
    parts: list[str] = []
    if cell.worker is not None and cell.worker.coroutine is not None:
        message = handled_message(cell)
        handling = "" if message is None else f" {type(message).__name__}"
        seconds = max(0.0, now - cell.worker.since)
        worker = cell.worker
        # What the coroutine waits for in the end is known to its task alone; if that is a task too, go on there.
        frames = _frames(worker.coroutine) + _frames(_coroutine_of(getattr(worker.task, "_fut_waiter", None)))
        parts.append(f"{cell.ref} has been busy with{handling or ' a hook'} for {seconds:.3f} s:\n")
        parts.extend(traceback.StackSummary.extract((frame, frame.f_lineno) for frame in frames).format())
    if cell.family is not None:
        parts.extend(stacks(child.sink, now) for child in cell.family.refs())
    return "".join(parts)


def _frames(awaited: Any) -> list[FrameType]:
    """The frames of a suspended coroutine and of those that it awaits."""
    frames: list[FrameType] = []
    while awaited is not None:
        for kind, inner in _AWAITABLES:
            frame = getattr(awaited, f"{kind}_frame", None)
            if frame is not None:
                frames.append(frame)
                awaited = getattr(awaited, f"{kind}_{inner}")
                break
        else:
            return frames
    return frames


def _coroutine_of(task: Any) -> Any:
    return task.get_coro() if hasattr(task, "get_coro") else None


_AWAITABLES = (("cr", "await"), ("gi", "yieldfrom"), ("ag", "await"))
